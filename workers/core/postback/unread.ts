/** What nobody read of a message: kept, so that a mapping made later can read it, and told, so that its sender sees at once what is wrong. */
import type { PostbackContent } from "../../../schema/messages.ts";
import { plainClickId } from "../click-id-hex.ts";
import type { Dialect } from "./dialect.ts";
import { loggedParameters } from "./logged-parameters.ts";
import type { Parameter } from "./parameter.ts";
import type { UnderstoodParameters } from "./parameter-meanings.ts";
import { foldName, type ParameterName, PLAIN_NAMES } from "./parameter-names.ts";

const MAX_NAMES = 20;
/** Characters of names and values together: what a sender said, and what anybody said by the pixel. */
export const SENDERS_UNREAD = 2_048;
export const STRANGERS_UNREAD = 256;

/** Shorter names are one letter away from too many words. */
const MIN_TYPO_LENGTH = 4;
const MAX_TYPO_LENGTH = 32;
const FOLDED_NAMES: readonly (readonly [string, ParameterName])[] = [...PLAIN_NAMES]
  .map(([name, parameter]) => [foldName(name), parameter] as const)
  .filter(([folded]) => folded.length >= MIN_TYPO_LENGTH);

/** The content with what nobody read of its message, as far as it has room: names that mean nothing, and fields of which nothing could be made. No credential is kept. */
export function withUnread(
  content: PostbackContent,
  dialect: Dialect,
  fields: UnderstoodParameters,
  room: number,
): PostbackContent {
  if (fields.unread.length === 0 && content.notes === undefined) return content;
  const noted = [...fields.named.values()].filter(({ name }) => content.notes?.[name] !== undefined);
  // A name that may hold a click ID was read where it did.
  const unread = fields.unread.filter(
    ({ text }) => content.clickId === undefined || plainClickId(text?.trim() ?? "") !== content.clickId,
  );
  const kept = fill(Object.entries(loggedParameters(dialect, [...unread, ...noted], MAX_NAMES)), room);
  return kept.length === 0 ? content : { ...content, unread: Object.fromEntries(kept) };
}

/** Of these pairs as many as are kept of a sender's message. */
export function boundUnread(pairs: readonly [name: string, text: string][]): [name: string, text: string][] {
  return fill(pairs.slice(0, MAX_NAMES), SENDERS_UNREAD);
}

/** Those of the pairs, in their order, that have room together, in characters. */
export function fill(pairs: readonly [name: string, text: string][], room: number): [name: string, text: string][] {
  let left = room;
  return pairs.filter(([name, text]) => {
    const length = name.length + text.length;
    if (length > left) return false;
    left -= length;
    return true;
  });
}

/** What is told of a message besides what became of it: names that nobody read, of those the ones that are perhaps ours misspelled, and fields that could not be read. */
export interface Remarks {
  unread?: string[];
  perhaps?: Record<string, string>;
  notes?: Record<string, string>;
}

/** The remarks on a message of which `unread` are the names that were not read. Nothing where there is nothing to say. */
export function remarksOn({ unread = {}, notes }: Pick<PostbackContent, "unread" | "notes">): Remarks {
  const names = Object.keys(unread).filter((name) => notes?.[name] === undefined);
  const perhaps = names.flatMap((name): [string, string][] => {
    const meant = likelyMeaning(name);
    return meant === null ? [] : [[name, meant]];
  });
  return {
    ...(names.length === 0 ? {} : { unread: names }),
    ...(perhaps.length === 0 ? {} : { perhaps: Object.fromEntries(perhaps) }),
    ...(notes === undefined ? {} : { notes }),
  };
}

/** The names that nobody read of a message that was refused; as many as would be kept. */
export function unreadNames(dialect: Dialect, parameters: readonly Parameter[]): Record<string, string> {
  return loggedParameters(dialect, parameters, MAX_NAMES);
}

/** The parameter of ours that `name` is perhaps meant for: one letter more, less or other than one of its names, or two swapped. Null where it is like none. */
export function likelyMeaning(name: string): string | null {
  const folded = foldName(name);
  if (folded.length < MIN_TYPO_LENGTH || folded.length > MAX_TYPO_LENGTH) return null;
  for (const [known, parameter] of FOLDED_NAMES) if (isOneSlipFrom(known, folded)) return parameter;
  return null;
}

/** True where one letter more, less or other, or two swapped, make one word the other. */
export function isOneSlipFrom(left: string, right: string): boolean {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start++;
  if (short.length < long.length) return short.slice(start) === long.slice(start + 1);
  const [one, other] = [short.slice(start), long.slice(start)];
  if (one.slice(1) === other.slice(1)) return true;
  return one[0] === other[1] && one[1] === other[0] && one.slice(2) === other.slice(2);
}

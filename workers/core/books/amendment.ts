/**
 * An amendment: an operator's word that messages of a family count as other rules have it, which a what-if has looked at. The sender's words stay; by which rules they count is what the
 * patches say. The family is booked anew with them, and what comes to something else has one entry more, an `adjustment`. Where the family is not as it was when it was looked at,
 * nothing is done.
 */
import { sha256 } from "../sha256.ts";
import { commandsOf, compareAttempts } from "./attempts.ts";
import type { BooksIndex } from "./books-index.ts";
import type { Command, Patch } from "./command.ts";
import { familyOf } from "./family.ts";
import type { Change, DecidedMessage } from "./outcome.ts";
import { rebookAmended } from "./rebooking.ts";

/** What makes `amended` of `own`, an attempt of the same message. */
export function patchOf(own: Command, amended: Command): Patch {
  const { receipt, receivedAtMs, row, credentialVersion } = own;
  const before = new Map<string, unknown>(Object.entries(own));
  const fields: Partial<Command> = Object.fromEntries(
    Object.entries(amended).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before.get(name))),
  );
  return { receipt, attempt: { receivedAtMs, row, credentialVersion }, fields };
}

/** The attempts that the patches are of, as they are in the index and as they are to be; null where one is not there. */
export function patched(index: Pick<BooksIndex, "messages">, patches: readonly Patch[]) {
  const pairs = patches.flatMap(({ receipt, attempt, fields }) => {
    const message = index.messages.get(receipt);
    const own = message && commandsOf(message).find((command) => isAttempt(command, attempt));
    return own ? [{ own, amended: { ...own, ...fields } }] : [];
  });
  return pairs.length === patches.length ? pairs : null;
}

function isAttempt(command: Command, attempt: Patch["attempt"]): boolean {
  return compareAttempts(command, { ...command, ...attempt }) === 0;
}

/** An attempt as it is, and as it is to be. */
export interface Amended {
  own: Command;
  amended: Command;
}

/** The family that these belong to, before or after. */
export function familyOfAmended(index: BooksIndex, pairs: readonly Amended[]) {
  return familyOf(index, ...pairs.flatMap(({ own, amended }) => [own, amended]));
}

/** What booking the family anew with these in the place of their own changes, by the operator's word `cause`; what becomes of its claims is left open. */
export function amend(family: BooksIndex, pairs: readonly Amended[], cause: Command): Change {
  const change = rebookAmended(
    family,
    pairs.map(({ amended }) => amended),
    cause,
  );
  const claims = pairs.flatMap(({ amended }) => {
    const known = amended.claim && family.messages.get(amended.receipt);
    return known ? [{ ...known, command: amended }] : [];
  });
  return { ...change, messages: [...change.messages, ...claims] };
}

/** What the books say of a family, but for its claims, and of these messages: another text as soon as anything of it is otherwise. */
export function familyMark(family: BooksIndex, pairs: readonly Amended[]): string {
  const named = new Set(pairs.map(({ own }) => own.receipt));
  const messages = [...family.messages.values()]
    .filter(({ command }) => command.claim === null || named.has(command.receipt))
    .map((message) => [message.command.receipt, saidBy(message), message.outcome]);
  const conversions = [...family.conversions.values()].map(({ conversion: { id, seq } }) => [id, seq]);
  const text = JSON.stringify([sortedByName(messages), sortedByName(conversions)]);
  return sha256(text).slice(0, MARK_LENGTH);
}

const MARK_LENGTH = 24;

function saidBy(message: DecidedMessage) {
  return commandsOf(message).map(({ receivedAtMs, row, content, click, terms, verdict }) => [
    receivedAtMs,
    row,
    content,
    click?.clickId ?? null,
    terms?.rule ?? null,
    verdict,
  ]);
}

function sortedByName<Row extends readonly unknown[]>(rows: readonly Row[]): Row[] {
  return rows.toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1));
}

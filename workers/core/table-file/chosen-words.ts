/** Words of a column that somebody gave their meaning by hand, in one text: `status:Bezahlt=approved,event:Kauf=sale`. */
import { UNREAD } from "../postback/dialect.ts";
import { plainName } from "./plain-name.ts";
import type { OrderStatus } from "./table-layout.ts";

export const WORD_FIELDS = ["status", "event"] as const;
export type WordField = (typeof WORD_FIELDS)[number];

/** `means` is one of our statuses, the name of an event, or `-` for a row that is no order. */
export interface ChosenWord {
  field: WordField;
  word: string;
  means: string;
}

export const ORDER_STATUSES: readonly OrderStatus[] = ["pending", "approved", "rejected", "reversed"];

/** Each word with its meaning; what parts the text is percent-encoded in it. */
export function writeChosenWords(words: readonly ChosenWord[]): string {
  return words.map(({ field, word, means }) => `${field}:${word.replaceAll(/[%=,]/g, encoded)}=${means}`).join(",");
}

/** Null where a part is no choice, or a status is none of ours. */
export function readChosenWords(text: string): ChosenWord[] | null {
  const words: ChosenWord[] = [];
  for (const part of text.split(",").filter((one) => one.trim() !== "")) {
    const [, name, word = "", means = ""] = /^\s*(\w+):([^=]*)=(.*)$/.exec(part) ?? [];
    const field = WORD_FIELDS.find((known) => known === name);
    if (!field || word.trim() === "" || means.trim() === "") return null;
    const chosen = { field, word: word.replaceAll(/%(?:25|3D|2C)/gi, decodeURIComponent).trim(), means: means.trim() };
    if (field === "status" && chosen.means !== UNREAD && statusNamed(chosen.means) === null) return null;
    words.push(chosen);
  }
  return words;
}

/** What was chosen for a word; undefined where nothing was. Words are compared as names are. */
export function chosenMeanings(
  words: readonly ChosenWord[],
): (field: WordField, word: string | null) => string | undefined {
  const chosen = new Map(words.map(({ field, word, means }) => [keyOf(field, word), means]));
  return (field, word) => (word === null ? undefined : chosen.get(keyOf(field, word)));
}

/** Our status of this name; null for none. */
export function statusNamed(name: string): OrderStatus | null {
  return ORDER_STATUSES.find((one) => one === name) ?? null;
}

function keyOf(field: WordField, word: string): string {
  return `${field} ${plainName(word) || word.trim()}`;
}

function encoded(mark: string): string {
  return encodeURIComponent(mark);
}

/**
 * A minute of the log: the heads of what changed since the one before. The log has one leaf for it, a text with the root over them, so that outsiders learn when anything was entered,
 * and neither of whom nor how much. docs/proofs.md draws it.
 */

import { formatInstant } from "../instant.ts";
import { toBase64 } from "../journal/commitments.ts";
import { hashLeaf, pathOf, rootOf } from "../journal/merkle.ts";

/**
 * `journal`: an advertiser's, by a name that says nothing. `rebuilt`: one that was made anew up to that row. `audit`: the audit log. `restored`: the audit log up to the row that it was taken
 * back to with its database. `clicks`: an hour of the click log.
 */
export const HEAD_KINDS = ["audit", "clicks", "journal", "rebuilt", "restored"] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

/** Up to where something had come, and the hash over all of it. */
export interface LoggedHead {
  kind: HeadKind;
  name: string;
  /** Of a journal and the audit log the number of the last row, of an hour of clicks how many pieces it has. */
  number: number;
  /** In base64. */
  head: string;
  /** Not hashed: whose journal it is, by number; and which of the changes of an hour of clicks the root is of. */
  advertiser?: number;
  changes?: number;
  /** Of a journal that was made anew: when, and by whom. */
  rebuilt?: SaidBy;
  /** Of a database that was taken back: when that was said, and by whom. */
  restored?: SaidBy;
}

/** When, and by whom. */
export interface SaidBy {
  atMs: number;
  by: string;
}

/** Of a journal that was made anew, the last row that it has from before. */
export type RebuiltHead = Pick<LoggedHead, "number" | "head"> & Required<Pick<LoggedHead, "rebuilt">>;

/** What a minute is made of; heads are in the order of kind and name. */
export interface LoggedMinute {
  /** From 1: the log has as many leaves. */
  number: number;
  atMs: number;
  heads: LoggedHead[];
}

/** The order in which heads are hashed. */
export function inOrder(heads: readonly LoggedHead[]): LoggedHead[] {
  const nameOf = ({ kind, name }: LoggedHead) => `${kind}\n${name}`;
  return [...heads].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

/** What is hashed of one head: four lines; of what was made anew or restored two more, when and by whom. */
export function writeHead({ kind, name, number, head, rebuilt, restored }: LoggedHead): string {
  const said = rebuilt ?? restored;
  const more = said ? `${formatInstant(said.atMs)}\n${said.by}\n` : "";
  return `${kind}\n${name}\n${number}\n${head}\n${more}`;
}

/** The root over a minute's heads. */
export function minuteRoot({ heads }: Pick<LoggedMinute, "heads">): Uint8Array {
  return rootOf(heads.map(hashHead));
}

/** The way from one of its heads to the root. */
export function pathInMinute({ heads }: Pick<LoggedMinute, "heads">, place: number): Uint8Array[] {
  return pathOf(heads.map(hashHead), place);
}

/** The log's entry for a minute. */
export function writeEntry(number: number, atMs: number, root: string): string {
  return `clickback minute\n${number}\n${formatInstant(atMs)}\n${root}\n`;
}

/** The entry of a minute, and its hash as a leaf. */
export function entryOf(minute: LoggedMinute): { root: string; leaf: Uint8Array } {
  const root = toBase64(minuteRoot(minute));
  return { root, leaf: hashEntry(writeEntry(minute.number, minute.atMs, root)) };
}

export function hashEntry(entry: string): Uint8Array {
  return hashLeaf(new TextEncoder().encode(entry));
}

function hashHead(head: LoggedHead): Uint8Array {
  return hashLeaf(new TextEncoder().encode(writeHead(head)));
}

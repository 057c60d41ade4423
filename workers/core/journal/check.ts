/** Holds an advertiser's books against their journal, from both sides: what the journal has must be in the books as it says, and what is in the books must be in the journal. */
import type { StoredConversion, StoredMessage } from "../books/stored.ts";
import { fromBase64, toBase64 } from "./commitments.ts";
import { breakOf } from "./journal.ts";
import type { JournalRow, WrittenLeaf } from "./journal-row.ts";
import { conversionLeaves, conversionState, messageLeaf } from "./leaves.ts";

/**
 * What is wrong, by name. `broken`: a row of the journal is not what it was, or one is missing. `removed`: the journal has it, and the books do not. `changed`: the books have it otherwise.
 * `added`: the books have it, and the journal does not. `reordered`: it stands where another one stood.
 */
export interface JournalFinding {
  what: "broken" | "removed" | "changed" | "added" | "reordered";
  /** The number of a row of the journal, a receipt, or a conversion's ID and its entry's number. */
  name: string;
  why: string;
}

/** What is held of those whom rows of the journal name. */
export interface JournaledBooks {
  messages: ReadonlyMap<string, StoredMessage>;
  conversions: ReadonlyMap<string, StoredConversion>;
}

/** Rows of the journal, the first of them behind `before`, against each other and against what is held. */
export function checkRows(
  before: Pick<JournalRow, "seq" | "head"> | null,
  rows: readonly JournalRow[],
  held: JournaledBooks,
): JournalFinding[] {
  const findings: JournalFinding[] = [];
  let last = before;
  for (const row of rows) {
    const why = breakOf(last, row);
    if (why) findings.push({ what: "broken", name: String(row.seq), why });
    for (const leaf of row.leaves) findings.push(...checkLeaf(row, leaf, held));
    last = row;
  }
  return findings;
}

function checkLeaf(row: JournalRow, leaf: WrittenLeaf, { messages, conversions }: JournaledBooks): JournalFinding[] {
  if (leaf.kind === "m") return checkMessage(row, leaf, messages.get(leaf.name));
  return checkEntry(row, leaf, conversions.get(leaf.name));
}

function checkMessage(
  { seq }: JournalRow,
  { name, number: stage, hash }: WrittenLeaf,
  message: StoredMessage | undefined,
): JournalFinding[] {
  const found = (what: JournalFinding["what"], why: string) => [{ what, name, why }];
  if (!message) return found("removed", `row ${seq} of the journal has it at stage ${stage}`);
  const { salting } = message;
  if (!salting || message.stage < stage || salting.at < seq)
    return found("changed", `row ${seq} of the journal has it at stage ${stage}, which it is not at any more`);
  // What a later call made of it stands in a later row.
  if (salting.at > seq) return [];
  const isSame = message.stage === stage && toBase64(messageLeaf(message, salting).hash) === hash;
  return isSame ? [] : found("changed", `it is not what row ${seq} of the journal was made of`);
}

function checkEntry(
  { seq: row }: JournalRow,
  { name: id, number: seq, hash, state = "" }: WrittenLeaf,
  stored: StoredConversion | undefined,
): JournalFinding[] {
  const name = `${id}/${seq}`;
  const found = (what: JournalFinding["what"], why: string) => [{ what, name, why }];
  const at = stored?.salting?.at[seq - 1];
  if (!stored?.salting || !stored.conversion.entries[seq - 1] || at === undefined)
    return found("removed", `row ${row} of the journal has it`);
  if (at > row) return [];
  if (at < row) return found("changed", `row ${row} of the journal has it, which is later than it says`);
  const [made] = conversionLeaves(stored, stored.salting, [seq], fromBase64(state));
  if (!made || toBase64(made.hash) !== hash)
    return found("changed", `it is not what row ${row} of the journal was made of`);
  const isLast = seq === stored.conversion.entries.length;
  if (!isLast || toBase64(conversionState(stored, stored.salting)) === state) return [];
  return [{ what: "changed", name: id, why: `its row is not what row ${row} of the journal was made of` }];
}

/** The rows of the journal in which what is held says that it stands. */
export function rowsNamed(messages: readonly StoredMessage[], conversions: readonly StoredConversion[]): number[] {
  const of = [
    ...messages.flatMap(({ salting }) => salting?.at ?? []),
    ...conversions.flatMap(({ salting }) => salting?.at ?? []),
  ];
  return [...new Set(of)];
}

/** What is held against these rows of the journal, which are those that it names. */
export function checkHeld(
  messages: readonly StoredMessage[],
  conversions: readonly StoredConversion[],
  rows: readonly JournalRow[],
): JournalFinding[] {
  const leaves = new Set(rows.flatMap(({ seq, leaves }) => leaves.map((leaf) => leafName(seq, leaf))));
  const findings: JournalFinding[] = [];
  const added = (name: string) => findings.push({ what: "added", name, why: "no row of the journal has it" });
  for (const { command, salting, stage } of messages) {
    const isSaid = salting && leaves.has(leafName(salting.at, { kind: "m", name: command.receipt, number: stage }));
    if (!isSaid && !(command.channel === "pixel" && !salting)) added(command.receipt);
  }
  for (const { conversion, salting } of conversions)
    for (const { seq } of conversion.entries) {
      const at = salting?.at[seq - 1];
      if (at === undefined || !leaves.has(leafName(at, { kind: "c", name: conversion.id, number: seq })))
        added(`${conversion.id}/${seq}`);
    }
  return findings;
}

function leafName(row: number, { kind, name, number }: Pick<WrittenLeaf, "kind" | "name" | "number">): string {
  return `${row} ${kind} ${name} ${number}`;
}

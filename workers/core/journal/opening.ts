/** What is shown of a leaf: some of its fields with their salts, of the others what was committed to, and the way from it to the root of its row. */
import type { StoredConversion, StoredMessage } from "../books/stored.ts";
import {
  type CommittedFields,
  commit,
  type FieldValue,
  fromBase64,
  type Salting,
  saltOf,
  toBase64,
} from "./commitments.ts";
import type { JournalRow } from "./journal-row.ts";
import { conversionFields, conversionState, entryFields, messageFields } from "./leaves.ts";
import { pathOf } from "./merkle.ts";

/** A field that is shown, or one of which only is known that it is there. Bytes are in base64. */
export type OpenedField = { name: string; salt: string; value: FieldValue } | { name: string; commitment: string };

/** Where a leaf stands: in which row of its journal, the how manieth of how many, and the hashes beside the way to their root. */
export interface LeafPlace {
  row: number;
  index: number;
  of: number;
  path: string[];
}

/** A leaf with what is shown of it. `journal` says which of a proof's journals it stands in. */
export type OpenedLeaf = LeafPlace & { journal: number; name: string; number: number; fields: OpenedField[] } & (
    | { kind: "message" }
    | { kind: "conversion"; state: OpenedField[] | string }
  );

/** Names of the fields that are shown; null for all. */
type Shown = ReadonlySet<string> | null;

/** A message as it was entered last; null where the row does not have it. */
export function openMessage(message: StoredMessage, rows: JournalRows, journal: number): OpenedLeaf | null {
  const { salting, stage, command } = message;
  const place = salting && placeOf(rows.get(salting.at), "m", command.receipt, stage);
  if (!salting || !place) return null;
  const fields = openGroup(messageFields(message), salting, 0, null);
  return { kind: "message", journal, name: command.receipt, number: stage, ...place.at, fields };
}

/** An entry as it was entered last. What its conversion is, is shown where it was that when the leaf was made, and whoever asks may see it. */
export function openEntry(
  stored: StoredConversion,
  seq: number,
  rows: JournalRows,
  { journal, shown, stateIsShown }: { journal: number; shown: Shown; stateIsShown: boolean },
): OpenedLeaf | null {
  const { salting, conversion } = stored;
  const place = salting && placeOf(rows.get(salting.at[seq - 1] ?? 0), "c", conversion.id, seq);
  if (!salting || !place) return null;
  const isSame = stateIsShown && toBase64(conversionState(stored, salting)) === place.state;
  const state = isSame ? openGroup(conversionFields(stored), salting, 0, shown) : (place.state ?? "");
  const fields = openGroup(entryFields(conversion, seq), salting, seq, shown);
  return { kind: "conversion", journal, name: conversion.id, number: seq, ...place.at, state, fields };
}

/** Rows of the journal by their numbers. */
type JournalRows = ReadonlyMap<number, JournalRow>;

function placeOf(
  row: JournalRow | undefined,
  kind: "m" | "c",
  name: string,
  number: number,
): { at: LeafPlace; state: string | undefined } | null {
  if (!row) return null;
  const index = row.leaves.findIndex((leaf) => leaf.kind === kind && leaf.name === name && leaf.number === number);
  if (index < 0) return null;
  const leaves = row.leaves.map(({ hash }) => fromBase64(hash));
  const path = pathOf(leaves, index).map(toBase64);
  return { at: { row: row.seq, index, of: leaves.length, path }, state: row.leaves[index]?.state };
}

function openGroup(fields: CommittedFields, salting: Salting, entry: number, shown: Shown): OpenedField[] {
  return fields.map((field) => {
    const [name, value] = field;
    if (shown && !shown.has(name)) return { name, commitment: toBase64(commit(salting, field, entry)) };
    return { name, salt: toBase64(saltOf(salting, field, entry)), value };
  });
}

/**
 * The journal of an advertiser's books: one row for each call that changed something, with the leaves of what it changed. Its head is a hash over the head before it and the root of
 * its leaves, so that nothing in it, or before it, can be changed without changing every head since. docs/proofs.md draws it.
 */
import { hashBytes } from "../hmac-sha256.ts";
import { fromBase64, toBase64 } from "./commitments.ts";
import type { JournalRow, WrittenLeaf } from "./journal-row.ts";
import type { Leaf } from "./leaves.ts";
import { HASH_BYTES, rootOf } from "./merkle.ts";

/** The head before the first row. */
export const NO_HEAD = toBase64(new Uint8Array(HASH_BYTES));
const HEAD_PREFIX = 2;

export function writeLeaf(leaf: Leaf): WrittenLeaf {
  const hash = toBase64(leaf.hash);
  return "receipt" in leaf
    ? { kind: "m", name: leaf.receipt, number: leaf.stage, hash }
    : { kind: "c", name: leaf.conversion, number: leaf.seq, hash, state: toBase64(leaf.state) };
}

/** The row behind `before` with these leaves, of which there is one at least. */
export function nextRow(
  before: Pick<JournalRow, "seq" | "head"> | null,
  leaves: readonly Leaf[],
  atMs: number,
): JournalRow {
  const seq = (before?.seq ?? 0) + 1;
  const root = rootOf(leaves.map(({ hash }) => hash));
  return { seq, atMs, head: headOf(before?.head ?? NO_HEAD, root, seq, atMs), leaves: leaves.map(writeLeaf) };
}

/** The root of a row's leaves. */
export function rowRoot({ leaves }: Pick<JournalRow, "leaves">): Uint8Array {
  return rootOf(leaves.map(({ hash }) => fromBase64(hash)));
}

/** SHA-256 over a two, the head before, the root, and the row's number and time as eight bytes each, the highest first. */
export function headOf(before: string, root: Uint8Array, seq: number, atMs: number): string {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES + 16);
  bytes[0] = HEAD_PREFIX;
  bytes.set(fromBase64(before), 1);
  bytes.set(root, 1 + HASH_BYTES);
  const numbers = new DataView(bytes.buffer, 1 + 2 * HASH_BYTES);
  numbers.setBigUint64(0, BigInt(seq));
  numbers.setBigUint64(8, BigInt(atMs));
  return toBase64(hashBytes(bytes));
}

/** What is wrong with a row as the one behind `before`; null where it follows. */
export function breakOf(before: Pick<JournalRow, "seq" | "head"> | null, row: JournalRow): string | null {
  const expected = (before?.seq ?? 0) + 1;
  if (row.seq !== expected) return `row ${expected} is missing: row ${row.seq} follows`;
  if (row.leaves.length === 0) return `row ${row.seq} has no leaves`;
  const head = headOf(before?.head ?? NO_HEAD, rowRoot(row), row.seq, row.atMs);
  return head === row.head ? null : `row ${row.seq} is not what its head was made of, or the row before it is not`;
}

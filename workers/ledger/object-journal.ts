/** The journal in an advertiser's object: what a call changes is entered in it, within the call's own transaction, and is one row of it. */

import { movedBooks } from "../core/books/moved-books.ts";
import type { StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { erasedSalting, type Salting, SEED_BYTES, toBase64 } from "../core/journal/commitments.ts";
import { NO_HEAD, nextRow, rowRoot } from "../core/journal/journal.ts";
import type { JournalRow, JournalStretch, LoggedUnder, WrittenLeaf } from "../core/journal/journal-row.ts";
import {
  conversionFields,
  conversionLeaves,
  entryFields,
  type Leaf,
  messageFields,
  messageLeaf,
} from "../core/journal/leaves.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import type { Sql } from "./sql.ts";

export const JOURNAL_TABLE = `
  CREATE TABLE IF NOT EXISTS journal (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    head   TEXT NOT NULL,
    leaves TEXT NOT NULL
  ) STRICT;`;

/** Up to which rows the signed log has the journal, each with the checkpoint under which it has it: a row a minute at most. */
export const LOGGED_TABLE = `
  CREATE TABLE IF NOT EXISTS logged (
    seq        INTEGER PRIMARY KEY,
    checkpoint INTEGER NOT NULL
  ) STRICT;`;

const SEEDS_AT_ONCE = 64;

/** The row that a call is about to write. */
export interface OpenJournal {
  before: Pick<JournalRow, "seq" | "head"> | null;
  leaves: Leaf[];
  /** Draws the seed of a row. */
  drawSeed(): string;
}

/** The row of a call; null where no journal is kept. */
export function openJournal(sql: Sql, isKept = true): OpenJournal | null {
  if (!isKept) return null;
  return { before: lastHead(sql), leaves: [], drawSeed: seedDrawer() };
}

/** Draws seeds as often as it is asked, many of them at once: asking the platform takes longer than what it gives. */
function seedDrawer(): () => string {
  const drawn = new Uint8Array(SEEDS_AT_ONCE * SEED_BYTES);
  let at = drawn.length;
  return () => {
    if (at === drawn.length) {
      crypto.getRandomValues(drawn);
      at = 0;
    }
    at += SEED_BYTES;
    return toBase64(drawn.subarray(at - SEED_BYTES, at));
  };
}

/** The last row's number and head; null before there is one. */
export function lastHead(sql: Sql): Pick<JournalRow, "seq" | "head"> | null {
  const [row] = sql.exec("SELECT seq, head FROM journal ORDER BY seq DESC LIMIT 1").toArray();
  return row ? { seq: Number(row.seq), head: String(row.head) } : null;
}

/** Writes the call's row, where anything was entered. */
export function closeJournal(sql: Sql, journal: OpenJournal | null, nowMs: number): void {
  if (!journal || journal.leaves.length === 0) return;
  const row = nextRow(journal.before, journal.leaves, nowMs);
  sql.exec(
    "INSERT INTO journal (seq, at, head, leaves) VALUES (CAST(? AS INTEGER), CAST(? AS INTEGER), ?, ?)",
    String(row.seq),
    String(row.atMs),
    row.head,
    JSON.stringify(
      row.leaves.map(({ kind, name, number, hash, state }) =>
        state === undefined ? [kind, name, number, hash] : [kind, name, number, hash, state],
      ),
    ),
  );
}

/** Enters those of these messages that it does not have at their stage yet, and gives all of them as they are to be written. */
export function enterMessages(journal: OpenJournal, messages: readonly StoredMessage[]): StoredMessage[] {
  const at = seqOf(journal);
  return messages.map((message) => {
    const { salting } = message;
    if (!isCovered(message) || (salting && salting.at !== 0)) return message;
    const entered: Salting<number> = salting ? { ...salting, at } : { seed: journal.drawSeed(), at };
    journal.leaves.push(messageLeaf(message, entered));
    return { ...message, salting: entered };
  });
}

/** The same for the entries of conversions. */
export function enterConversions(journal: OpenJournal, conversions: readonly StoredConversion[]): StoredConversion[] {
  const seq = seqOf(journal);
  return conversions.map((stored) => {
    const { seed, at, ...erased } = stored.salting ?? { seed: journal.drawSeed(), at: [] };
    const fresh = stored.conversion.entries.slice(at.length).map((entry) => entry.seq);
    const salting: Salting<number[]> = { seed, at: [...at, ...fresh.map(() => seq)], ...erased };
    if (fresh.length > 0) journal.leaves.push(...conversionLeaves(stored, salting, fresh));
    return { ...stored, salting };
  });
}

/** What is changed while no journal is kept: it is found as not entered, and entered when one is kept again. */
export function withoutSalting<Stored extends { salting?: unknown }>({
  salting: _,
  ...stored
}: Stored): Omit<Stored, "salting"> {
  return stored;
}

/** Enters a message anew that was erased: what was committed to before stays, and says nothing any more. */
export function enterErasedMessage(
  journal: OpenJournal | null,
  before: StoredMessage,
  after: StoredMessage,
): StoredMessage {
  if (!journal) return withoutSalting(after);
  if (!before.salting) return after;
  const fields = { before: messageFields(before), after: messageFields(after), entry: 0 };
  const salting = { ...erasedSalting(before.salting, [fields], journal.drawSeed()), at: seqOf(journal) };
  journal.leaves.push(messageLeaf(after, salting));
  return { ...after, salting };
}

/** The same for a conversion, with all its entries. */
export function enterErasedConversion(
  journal: OpenJournal | null,
  before: StoredConversion,
  after: StoredConversion,
): StoredConversion {
  if (!journal) return withoutSalting(after);
  if (!before.salting) return after;
  const seqs = after.conversion.entries.map(({ seq }) => seq);
  const fields = [
    { before: conversionFields(before), after: conversionFields(after), entry: 0 },
    ...seqs.map((entry) => ({
      before: entryFields(before.conversion, entry),
      after: entryFields(after.conversion, entry),
      entry,
    })),
  ];
  const at = seqs.map(() => seqOf(journal));
  const salting = { ...erasedSalting(before.salting, fields, journal.drawSeed()), at };
  journal.leaves.push(...conversionLeaves(after, salting, seqs));
  return { ...after, salting };
}

/** A page of the journal behind that row. */
export function pageOfJournal(sql: Sql, after: number, limit: number): JournalRow[] {
  const query = "SELECT * FROM journal WHERE seq > CAST(?1 AS INTEGER) ORDER BY seq LIMIT CAST(?2 AS INTEGER)";
  return sql.exec(query, String(after), String(limit)).toArray().map(readRow);
}

/** Those of these rows of the journal that are there. */
export function journalRows(sql: Sql, seqs: readonly number[]): JournalRow[] {
  const query = "SELECT j.* FROM json_each(?) k CROSS JOIN journal j ON j.seq = k.value";
  return jsonChunks([...new Set(seqs)]).flatMap((chunk) => sql.exec(query, chunk).toArray().map(readRow));
}

/** The last row, where the signed log does not have it yet. */
export function headToLog(sql: Sql): Pick<JournalRow, "seq" | "head"> | null {
  const last = lastHead(sql);
  const [logged] = sql.exec("SELECT seq FROM logged ORDER BY seq DESC LIMIT 1").toArray();
  return last && last.seq > Number(logged?.seq ?? 0) ? last : null;
}

/** Notes under which checkpoint the signed log has the journal up to that row. Where the row has another head, it is one of a journal that was made anew meanwhile, and not what was logged. */
export function markLogged(sql: Sql, seq: number, head: string, checkpoint: number): void {
  const insert = `
    INSERT INTO logged (seq, checkpoint) SELECT seq, ?1 ->> 2 FROM journal WHERE seq = ?1 ->> 0 AND head = ?1 ->> 1 ON CONFLICT DO NOTHING`;
  sql.exec(insert, JSON.stringify([seq, head, checkpoint]));
}

/** The first row from that one on which the signed log has, and under which checkpoint; null where it has none yet. */
export function loggedFrom(sql: Sql, seq: number): { seq: number; checkpoint: number } | null {
  const query = "SELECT seq, checkpoint FROM logged WHERE seq >= CAST(? AS INTEGER) ORDER BY seq LIMIT 1";
  const [row] = sql.exec(query, String(seq)).toArray();
  return row ? { seq: Number(row.seq), checkpoint: Number(row.checkpoint) } : null;
}

/** From each of these rows on to the first that the signed log has; of rows that it does not have yet, nothing. */
export function stretchesOf(sql: Sql, seqs: readonly number[]): JournalStretch[] {
  const stretches: JournalStretch[] = [];
  for (const seq of [...new Set(seqs)].sort((one, other) => one - other)) {
    if (seq <= (stretches.at(-1)?.rows.at(-1)?.seq ?? 0)) continue;
    const logged = loggedFrom(sql, seq);
    if (!logged) continue;
    const [before] = seq === 1 ? [] : journalRows(sql, [seq - 1]);
    const rows = pageOfJournal(sql, seq - 1, logged.seq - seq + 1);
    stretches.push({
      checkpoint: logged.checkpoint,
      before: before?.head ?? NO_HEAD,
      rows: rows.map((row) => ({ seq: row.seq, atMs: row.atMs, root: toBase64(rowRoot(row)) })),
    });
  }
  return stretches;
}

/** Under which checkpoints the signed log has what is held of these, as it is now. What it does not have yet has none. */
export function checkpointsOf(
  sql: Sql,
  { messages, conversions }: { messages: readonly StoredMessage[]; conversions: readonly StoredConversion[] },
): LoggedUnder[] {
  const rows = [
    ...messages.map(({ command, salting }) => ({ name: command.receipt, row: salting?.at ?? 0 })),
    ...conversions.map(({ conversion, salting }) => ({
      name: conversion.id,
      row: Math.max(0, ...(salting?.at ?? [])),
    })),
  ];
  return rows.flatMap(({ name, row }) => {
    const logged = row === 0 ? null : loggedFrom(sql, row);
    return logged ? [{ name, checkpoint: logged.checkpoint }] : [];
  });
}

/** A leaf as it lies in its row: a list, which is shorter. */
type LeafCells = [kind: WrittenLeaf["kind"], name: string, number: number, hash: string, state?: string];

function readRow(row: Record<string, unknown>): JournalRow {
  const written: LeafCells[] = JSON.parse(String(row.leaves));
  const leaves = written.map(([kind, name, number, hash, state]): WrittenLeaf => {
    return { kind, name, number, hash, ...(state === undefined ? {} : { state }) };
  });
  return { seq: Number(row.seq), atMs: Number(row.at), head: String(row.head), leaves };
}

function seqOf({ before }: OpenJournal): number {
  return (before?.seq ?? 0) + 1;
}

/** What anybody can say as often as they like, and what is forgotten, is not entered: by the pixel only what moved the books. */
function isCovered(message: StoredMessage): boolean {
  return message.command.channel !== "pixel" || movedBooks(message);
}

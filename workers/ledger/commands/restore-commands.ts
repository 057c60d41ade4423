/**
 * Makes an advertiser's object anew from the archive of its commands: all of it is taken away, then piece after piece is laid over what the ones before left, then places under caps are
 * counted. A call does a bounded part and says how far it is; wherever it dies, the next one goes on. Nothing is decided meanwhile.
 */

import { placeMoves } from "../../core/books/cap-moves.ts";
import {
  commandPieceName,
  type PieceLine,
  type PieceMark,
  pieceNumber,
  piecesPrefix,
  readMark,
  readPiece,
} from "../../core/books/command-piece.ts";
import type { BookCounts, RebuildAnswer } from "../../core/books/rebuilding.ts";
import { jsonChunks } from "../../core/json-chunks.ts";
import { must } from "../../core/must.ts";
import { pageOfConversions } from "../object-storage.ts";
import type { Sql } from "../sql.ts";
import type { ArchivingStorage, CommandBucket } from "./archive-commands.ts";
import { type Archived, readArchived, writeArchived } from "./archived.ts";
import { ARCHIVED_TABLES, putRows, REBUILT, tableNamed, takeRows } from "./archived-tables.ts";
import { noteRebuilt } from "./rebuilt-journal.ts";

const PIECES_AT_ONCE = 20;
const CONVERSIONS_AT_ONCE = 500;
const PAGES_AT_ONCE = 20;
/** Of the walk that counts places, as of one that archives. */
const COUNTING = "caps";
/** What follows from what is archived, and what says that it is to be archived. */
const OTHERS = ["names", "caps", "due_rows", "changes", "archived"];

/** Piece by number, with what stands beside it. */
export interface CommandPiece {
  piece: number;
  name: string;
  mark: PieceMark;
}

/** An advertiser's pieces, in their order. */
export async function listPieces(bucket: Pick<CommandBucket, "list">, advertiser: number): Promise<CommandPiece[]> {
  const pieces: CommandPiece[] = [];
  for (let cursor: string | undefined; ; ) {
    const options = { prefix: piecesPrefix(advertiser), include: ["customMetadata"] as ["customMetadata"] };
    const page = await bucket.list(cursor === undefined ? options : { ...options, cursor });
    for (const { key, customMetadata } of page.objects) {
      const piece = pieceNumber(key);
      if (piece !== null) pieces.push({ piece, name: key, mark: readMark(customMetadata, key) });
    }
    if (!page.truncated || page.cursor === undefined) return pieces.sort((left, right) => left.piece - right.piece);
    cursor = page.cursor;
  }
}

/** True while the object is being made anew. */
export function isBeingRebuilt(sql: Sql): boolean {
  return typeof readArchived(sql)?.restored === "number";
}

/** A part of it, `by` whom. An object that holds anything is made anew only with `over`. */
export async function rebuildObject(
  storage: ArchivingStorage,
  bucket: CommandBucket,
  advertiser: number,
  { over, by, nowMs }: { over: boolean; by: string; nowMs: number },
): Promise<RebuildAnswer> {
  const pieces = await listPieces(bucket, advertiser);
  const last = pieces.findLast(({ mark }) => mark.isComplete);
  if (!last) return { refused: "no_archive" };
  if (!isBeingRebuilt(storage.sql)) {
    if (!over && holdsAnything(storage.sql)) return { refused: "not_empty" };
    storage.transactionSync(() => clear(storage.sql, advertiser, last));
  }
  const state = must(readArchived(storage.sql), "how far it is with the object of advertiser", advertiser);
  const restored = state.restored ?? 0;
  if (restored < last.piece) {
    const until = Math.min(restored + PIECES_AT_ONCE, last.piece);
    for (let piece = restored + 1; piece <= until; piece++) {
      const name = commandPieceName(advertiser, piece);
      const object = must(await bucket.get(name), "the piece", name);
      const lines = readPiece(new Uint8Array(await object.arrayBuffer()));
      storage.transactionSync(() => {
        layOver(storage.sql, lines);
        writeArchived(storage.sql, { ...state, restored: piece });
      });
    }
    return { pieces: until, of: last.piece, isDone: false };
  }
  if (!storage.transactionSync(() => countPlaces(storage.sql, state)))
    return { pieces: last.piece, of: last.piece, isDone: false };
  // What lies behind it belongs to what was lost, and would be taken for what comes next.
  const behind = pieces.filter(({ piece }) => piece > last.piece).map(({ name }) => name);
  if (behind.length > 0) await bucket.delete(behind);
  storage.transactionSync(() => {
    writeArchived(storage.sql, restoredState(storage.sql, state, last));
    noteRebuilt(storage.sql, by, nowMs);
  });
  return { pieces: last.piece, of: last.piece, isDone: true };
}

/** What the object holds, counted row by row. */
export function countBooks(sql: Sql): BookCounts {
  const query = `
    SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM conversions) AS conversions, (SELECT coalesce(max(seq), 0) FROM journal) AS journal`;
  const [row] = sql.exec(query).toArray();
  const archived = readArchived(sql);
  return {
    messages: Number(row?.messages),
    conversions: Number(row?.conversions),
    journal: Number(row?.journal),
    piece: archived?.piece ?? 0,
    isBeingRebuilt: isBeingRebuilt(sql),
  };
}

function holdsAnything(sql: Sql): boolean {
  const held = ["messages", "conversions", "journal", "erased"]
    .map((table) => `EXISTS (SELECT 1 FROM ${table})`)
    .join(" OR ");
  const [row] = sql.exec(`SELECT ${held} AS held`).toArray();
  return Number(row?.held) === 1;
}

function clear(sql: Sql, advertiser: number, { mark }: CommandPiece): void {
  const archived = ARCHIVED_TABLES.map(({ name }) => name).filter((name) => name !== REBUILT);
  for (const table of [...archived, ...OTHERS]) sql.exec(`DELETE FROM ${table}`);
  writeArchived(sql, {
    advertiser,
    object: mark.object,
    piece: 0,
    journal: 0,
    common: 0,
    logged: 0,
    walk: null,
    restored: 0,
  });
}

/** Later rows take the place of earlier ones of their name. */
function layOver(sql: Sql, lines: readonly PieceLine[]): void {
  const byTable = Map.groupBy(lines, ({ table }) => table);
  for (const name of byTable.keys()) tableNamed(name);
  for (const table of ARCHIVED_TABLES) {
    const own = byTable.get(table.name) ?? [];
    const gone = own.flatMap((line) => ("gone" in line ? [line.gone] : []));
    if (gone.length > 0) takeRows(sql, table, gone);
    const rows = own.flatMap((line) => ("row" in line ? [line.row] : []));
    if (rows.length > 0) putRows(sql, table, rows);
  }
}

/** True once the places of all conversions are counted. */
function countPlaces(sql: Sql, state: Archived): boolean {
  let after = state.walk?.[0] === COUNTING ? String(state.walk[1]) : "";
  for (let page = 0; page < PAGES_AT_ONCE; page++) {
    const conversions = pageOfConversions(sql, after, CONVERSIONS_AT_ONCE);
    const taken = new Map<string, number>();
    for (const { place, by } of conversions.flatMap(({ conversion }) => placeMoves(undefined, conversion)))
      taken.set(place.key, (taken.get(place.key) ?? 0) + by);
    const add =
      "INSERT INTO caps (key, taken) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true ON CONFLICT (key) DO UPDATE SET taken = caps.taken + excluded.taken";
    for (const chunk of jsonChunks([...taken])) sql.exec(add, chunk);
    const last = conversions.at(-1);
    if (!last || conversions.length < CONVERSIONS_AT_ONCE) return true;
    after = last.conversion.id;
  }
  writeArchived(sql, { ...state, walk: [COUNTING, after] });
  return false;
}

/** It archives from here on what changes. */
function restoredState(sql: Sql, { advertiser }: Archived, { piece, mark }: CommandPiece): Archived {
  const [row] = sql
    .exec(
      "SELECT (SELECT max(seq) FROM journal) AS journal, (SELECT max(number) FROM common) AS common, (SELECT max(seq) FROM logged) AS logged",
    )
    .toArray();
  return {
    advertiser,
    object: mark.object,
    piece,
    journal: Number(row?.journal ?? 0),
    common: Number(row?.common ?? 0),
    logged: Number(row?.logged ?? 0),
    walk: null,
    restored: null,
  };
}

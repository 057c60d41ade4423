/** The archive's manifest: what it holds of each log, and what it does not hold yet. */
import * as v from "valibot";
import { type Key, LOGS, type Log, type Piece, pieceName } from "../../core/archive-piece.ts";
import { formatInstant } from "../../core/instant.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Databases } from "../env.ts";
import { instant } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { type ListPage, PAGE_PARAMETERS, pageOf, rowsToRead } from "../web/listing.ts";

/** A row of the manifest. */
export interface HeldPiece extends Piece {
  archivedAtMs: number;
  deletedAtMs: number | null;
}

const time = v.nullable(v.string());

export const pieceAnswer = v.object({
  name: v.string(),
  hour: v.string(),
  piece: v.number(),
  rows: v.number(),
  first_key: v.array(v.union([v.string(), v.number()])),
  last_key: v.array(v.union([v.string(), v.number()])),
  bytes: v.number(),
  sha256: v.string(),
  archived_at: v.string(),
  deleted_at: time,
});

export const summaryAnswer = v.object({
  logs: v.array(
    v.object({
      log: v.picklist(LOGS),
      pieces: v.number(),
      rows: v.number(),
      bytes: v.number(),
      from: time,
      to: time,
      deleted_rows: v.number(),
      deleted_to: time,
      waiting_hours: v.number(),
      waiting_from: time,
    }),
  ),
});

export const pieceList = parameters({
  from: v.exactOptional(instant),
  to: v.exactOptional(instant),
  ...PAGE_PARAMETERS,
});
type PieceQuery = v.InferOutput<typeof pieceList>;

/** A cursor counts pieces of an hour within this. */
const PIECES_OF_AN_HOUR = 1_000;

const SUMMARY = `
  SELECT count(*) AS pieces, coalesce(sum(row_count), 0) AS rows, coalesce(sum(bytes), 0) AS bytes, min(hour) AS first, max(hour) AS last,
    coalesce(sum(iif(deleted_at IS NULL, 0, row_count)), 0) AS deleted, max(iif(deleted_at IS NULL, NULL, hour)) AS deletedLast
  FROM archive_pieces WHERE log = ?`;
const WAITING = "SELECT count(*) AS hours, min(hour) AS first FROM due_hours WHERE log = ?";

interface SummaryRow {
  pieces: number;
  rows: number;
  bytes: number;
  first: number | null;
  last: number | null;
  deleted: number;
  deletedLast: number | null;
}

/** The database in which a log's manifest lies, and the log, but for clicks, which lie in objects. */
export function databaseOf(env: Databases, log: Log): D1Database {
  return { clicks: env.DB, postbacks: env.LOG, entries: env.DB }[log];
}

export async function summariseArchive(env: Databases): Promise<v.InferOutput<typeof summaryAnswer>> {
  return { logs: await Promise.all(LOGS.map((log) => summariseLog(env, log))) };
}

async function summariseLog(env: Databases, log: Log) {
  const db = databaseOf(env, log);
  const [held, waiting] = await Promise.all([
    db.prepare(SUMMARY).bind(log).first<SummaryRow>(),
    db.prepare(WAITING).bind(log).first<{ hours: number; first: number | null }>(),
  ]);
  return {
    log,
    pieces: held?.pieces ?? 0,
    rows: held?.rows ?? 0,
    bytes: held?.bytes ?? 0,
    from: hourText(held?.first ?? null),
    to: endText(held?.last ?? null),
    deleted_rows: held?.deleted ?? 0,
    deleted_to: endText(held?.deletedLast ?? null),
    waiting_hours: waiting?.hours ?? 0,
    waiting_from: hourText(waiting?.first ?? null),
  };
}

/** Pieces of the hours that begin in the range, in order. */
export async function listPieces(
  env: Databases,
  log: Log,
  query: PieceQuery,
): Promise<ListPage<ReturnType<typeof view>>> {
  const pieces = await readPieces(env, log, query, rowsToRead(query));
  const rows = pieces.map((piece) => ({ ...piece, number: cursorOf(piece) }));
  return pageOf(rows, query, view);
}

const READ = `
  SELECT hour, piece, row_count AS rowCount, first_key AS firstKey, last_key AS lastKey, bytes, sha256, archived_at AS archivedAtMs, deleted_at AS deletedAtMs
  FROM archive_pieces WHERE log = ? AND (hour, piece) > (?, ?) AND hour >= ? AND hour < ? ORDER BY hour, piece LIMIT ?`;

type PieceRow = Omit<HeldPiece, "log" | "firstKey" | "lastKey"> & { firstKey: string; lastKey: string };

/** Rows of the manifest behind the cursor. */
export async function readPieces(
  env: Databases,
  log: Log,
  query: Pick<PieceQuery, "from" | "to" | "cursor">,
  limit: number,
): Promise<HeldPiece[]> {
  const cursor = query.cursor ?? 0;
  const after = [Math.floor(cursor / PIECES_OF_AN_HOUR), cursor % PIECES_OF_AN_HOUR];
  const from = Math.ceil((query.from ?? 0) / HOUR_MS);
  const to = query.to === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(query.to / HOUR_MS);
  const read = databaseOf(env, log)
    .prepare(READ)
    .bind(log, ...after, from, to, limit);
  const { results } = await read.all<PieceRow>();
  return results.map((row) => ({ ...row, log, firstKey: keyOf(row.firstKey), lastKey: keyOf(row.lastKey) }));
}

export function cursorOf({ hour, piece }: Pick<Piece, "hour" | "piece">): number {
  return hour * PIECES_OF_AN_HOUR + piece;
}

function view(piece: HeldPiece) {
  return {
    name: pieceName(piece),
    hour: formatInstant(piece.hour * HOUR_MS),
    piece: piece.piece,
    rows: piece.rowCount,
    first_key: piece.firstKey,
    last_key: piece.lastKey,
    bytes: piece.bytes,
    sha256: piece.sha256,
    archived_at: formatInstant(piece.archivedAtMs),
    deleted_at: piece.deletedAtMs === null ? null : formatInstant(piece.deletedAtMs),
  };
}

function keyOf(text: string): Key {
  const key: unknown = JSON.parse(text);
  return Array.isArray(key) ? key : [];
}

function hourText(hour: number | null): string | null {
  return hour === null ? null : formatInstant(hour * HOUR_MS);
}

function endText(hour: number | null): string | null {
  return hour === null ? null : hourText(hour + 1);
}

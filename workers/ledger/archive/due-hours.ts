/** Hours that wait to be archived: one worker at a time takes one, notes each piece as it is written, and strikes the hour off unless a row came meanwhile. */
import type { Key, Log, Piece } from "../../core/archive-piece.ts";

/** Whoever has not noted anything for so long has died. */
const LEASE_MS = 300_000;

/** What an hour is taken of: a log that is archived, the sums of clicks, or the archive itself, where a click comes too late for its object. */
type DueLog = Log | "click_sums" | "late_clicks";

/** An hour that was taken, and how far it came before. `takenAtMs` proves that it still is ours. */
export interface TakenHour {
  log: DueLog;
  hour: number;
  takenAtMs: number;
  /** Number of the last piece that needs no more writing. */
  piece: number;
  /** Where the next piece begins; null: at the hour's beginning. */
  after: Key | null;
}

/** Hours of clicks that left their objects are written by nobody any more. */
const FIND = `
  SELECT hour FROM due_hours WHERE log = ?1 AND hour < ?2 AND taken_at <= ?3
    AND (log <> 'clicks' OR hour >= (SELECT from_at FROM kept WHERE log = 'clicks') / 3600000)
  ORDER BY hour LIMIT ?4`;

/** Clicks stay in their objects when their pieces are sealed, until the whole day goes: so a late one has its hour written anew as a whole. */
const UNSEAL = `
  UPDATE archive_pieces SET deleted_at = NULL WHERE log = 'clicks' AND hour = ?1 AND deleted_at IS NOT NULL
    AND hour >= (SELECT from_at FROM kept WHERE log = 'clicks') / 3600000`;

/** What changed since begins anew, behind the pieces whose rows are no longer here. */
const TAKE = `
  UPDATE due_hours SET taken_at = ?3, changed = 0, after = iif(changed, NULL, after), piece = iif(changed, (
    SELECT coalesce(max(piece), 0) FROM archive_pieces WHERE log = ?1 AND hour = ?2 AND deleted_at IS NOT NULL
  ), piece)
  WHERE log = ?1 AND hour = ?2 AND taken_at <= ?4 RETURNING piece, after`;

const OURS = "EXISTS (SELECT 1 FROM due_hours WHERE log = ?1 AND hour = ?2 AND taken_at = ?3)";

const NOTE_PIECE = `
  INSERT INTO archive_pieces (log, hour, piece, row_count, first_key, last_key, bytes, sha256, archived_at)
  SELECT ?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE ${OURS}
  ON CONFLICT DO UPDATE SET row_count = excluded.row_count, first_key = excluded.first_key, last_key = excluded.last_key,
    bytes = excluded.bytes, sha256 = excluded.sha256, archived_at = excluded.archived_at
  WHERE deleted_at IS NULL`;

const NOTE_PROGRESS = "UPDATE due_hours SET piece = ?4, after = ?5 WHERE log = ?1 AND hour = ?2 AND taken_at = ?3";

const SURPLUS = "SELECT piece FROM archive_pieces WHERE log = ?1 AND hour = ?2 AND piece > ?3 AND deleted_at IS NULL";
const FORGET_SURPLUS = `DELETE FROM archive_pieces WHERE log = ?1 AND hour = ?2 AND piece > ?4 AND deleted_at IS NULL AND ${OURS}`;
const STRIKE_OFF = "DELETE FROM due_hours WHERE log = ?1 AND hour = ?2 AND taken_at = ?3 AND changed = 0";
const GIVE_BACK = "UPDATE due_hours SET taken_at = 0 WHERE log = ?1 AND hour = ?2 AND taken_at = ?3";

/** The oldest hours before `beforeHour` that wait and that nobody has taken. */
export async function findDueHours(
  db: D1Database,
  log: Log,
  beforeHour: number,
  nowMs: number,
  limit: number,
): Promise<number[]> {
  const { results } = await db
    .prepare(FIND)
    .bind(log, beforeHour, nowMs - LEASE_MS, limit)
    .all<{ hour: number }>();
  return results.map(({ hour }) => hour);
}

/** Null when somebody else was faster. */
export async function takeHour<Of extends DueLog>(
  db: D1Database,
  log: Of,
  hour: number,
  nowMs: number,
): Promise<(TakenHour & { log: Of }) | null> {
  const taken = db.prepare(TAKE).bind(log, hour, nowMs, nowMs - LEASE_MS);
  const statements = log === "clicks" ? [db.prepare(UNSEAL).bind(hour), taken] : [taken];
  const row = (await db.batch<{ piece: number; after: string | null }>(statements)).at(-1)?.results[0];
  if (!row) return null;
  return { log, hour, takenAtMs: nowMs, piece: row.piece, after: row.after === null ? null : JSON.parse(row.after) };
}

/** Writes the piece into the manifest, and that the next one begins behind it. Nothing, when the hour is no longer ours. */
export async function notePiece(
  db: D1Database,
  { takenAtMs }: Pick<TakenHour, "takenAtMs">,
  piece: Piece,
  nowMs: number,
): Promise<void> {
  const { log, hour, piece: number, rowCount, firstKey, lastKey, bytes, sha256 } = piece;
  const keys = [JSON.stringify(firstKey), JSON.stringify(lastKey)];
  await db.batch([
    db.prepare(NOTE_PIECE).bind(log, hour, takenAtMs, number, rowCount, ...keys, bytes, sha256, nowMs),
    db.prepare(NOTE_PROGRESS).bind(log, hour, takenAtMs, number, keys[1]),
  ]);
}

/** Numbers of the pieces behind the last one that is needed: the hour has fewer rows than it had. */
export async function surplusPieces(db: D1Database, { log, hour, piece }: TakenHour): Promise<number[]> {
  const { results } = await db.prepare(SURPLUS).bind(log, hour, piece).all<{ piece: number }>();
  return results.map(({ piece: number }) => number);
}

/** The hour is in the archive as it is; where a row came meanwhile, it waits again. */
export async function finishHour(db: D1Database, { log, hour, takenAtMs, piece }: TakenHour): Promise<void> {
  await db.batch([
    db.prepare(FORGET_SURPLUS).bind(log, hour, takenAtMs, piece),
    db.prepare(STRIKE_OFF).bind(log, hour, takenAtMs),
    db.prepare(GIVE_BACK).bind(log, hour, takenAtMs),
  ]);
}

/** Somebody goes on with it later. */
export async function pauseHour(db: D1Database, { log, hour, takenAtMs }: TakenHour): Promise<void> {
  await db.prepare(GIVE_BACK).bind(log, hour, takenAtMs).run();
}

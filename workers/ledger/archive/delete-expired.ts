/** Retention: deletes from D1 what is past its time, oldest first, and only what the archive holds and was read back from it just now. */
import { type Log, type Piece, pieceName } from "../../core/archive-piece.ts";
import { must } from "../../core/must.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { ArchiveParts } from "./archive-hours.ts";
import { ARCHIVED } from "./logs.ts";
import { readBack, spanOf } from "./read-back.ts";
import { spanCondition } from "./read-hour.ts";

/** How long a log is kept in D1. Conversions and entries are kept for ever. */
export interface Retention {
  log: "postbacks";
  keptMs: number;
  /** Size of its database beyond which the oldest rows go before their time. */
  maxBytes: number;
  /** Younger ones stay all the same. */
  keptAtLeastMs: number;
}

/** What no sum counts yet is not deleted, however full the database is: it would be counted by nobody. */
const OLDEST = `
  SELECT hour, piece, row_count AS rowCount, first_key AS firstKey, last_key AS lastKey, bytes, sha256 FROM archive_pieces
  WHERE log = ? AND deleted_at IS NULL AND hour < (SELECT until / ${HOUR_MS} FROM closed_postbacks) ORDER BY hour, piece LIMIT 1`;

/** Neither this hour nor an older one has anything that the archive does not hold as it is. */
const ALL_ARCHIVED = "NOT EXISTS (SELECT 1 FROM due_hours WHERE log = ? AND hour <= ?)";
const SEAL = `
  UPDATE archive_pieces SET deleted_at = ? WHERE log = ? AND hour = ? AND piece = ? AND sha256 = ? AND deleted_at IS NULL AND ${ALL_ARCHIVED}`;
const SEALED = "EXISTS (SELECT 1 FROM archive_pieces WHERE log = ? AND hour = ? AND piece = ? AND deleted_at = ?)";
/** What reports read as rows begins here; what is older stays counted in their rollups. */
const CLOSE = `UPDATE kept SET from_at = max(from_at, ?) WHERE log = ? AND ${SEALED}`;
/** The deletion itself made the hour due. */
const NOT_DUE = `DELETE FROM due_hours WHERE log = ? AND hour = ? AND ${SEALED}`;
/** Lists up to this hour, which name nothing then: of each owner they are found by their key. */
const FORGET_LISTS = `
  WITH RECURSIVE owners (kind, owner) AS (
    SELECT value, (SELECT min(owner) FROM postback_lists WHERE kind = value) FROM json_each('["advertiser", "affiliate"]')
    UNION ALL SELECT kind, (SELECT min(next.owner) FROM postback_lists AS next WHERE next.kind = owners.kind AND next.owner > owners.owner)
    FROM owners WHERE owner IS NOT NULL
  ) DELETE FROM postback_lists WHERE (kind, owner, hour, first) IN (
    SELECT l.kind, l.owner, l.hour, l.first FROM owners CROSS JOIN postback_lists AS l ON l.kind = owners.kind AND l.owner = owners.owner AND l.hour <= ?
  ) AND ${SEALED}`;
const DUE_AGAIN =
  "INSERT INTO due_hours (log, hour) VALUES (?, ?) ON CONFLICT DO UPDATE SET changed = 1 WHERE changed = 0";

type PieceRow = Omit<Piece, "log" | "firstKey" | "lastKey"> & { firstKey: string; lastKey: string };

/** Deletes at most `maxRows` rows, and a piece at least when one is due. Says how many pieces' rows it deleted. */
export async function deleteExpired(
  env: ArchiveParts,
  { log, keptMs, maxBytes, keptAtLeastMs }: Retention,
  maxRows: number,
  nowMs: number,
): Promise<number> {
  const db = env[ARCHIVED[log].database];
  let pieces = 0;
  for (let rows = 0; rows < maxRows; pieces++) {
    const { piece, sizeBytes } = await oldestPiece(db, log);
    if (!piece) return pieces;
    const ageMs = nowMs - (piece.hour + 1) * HOUR_MS;
    const crowded = sizeBytes > maxBytes && ageMs >= keptAtLeastMs;
    if (ageMs < keptMs && !crowded) return pieces;
    const fault = await readBack(env, piece);
    if (fault !== null) {
      console.error({ event: "archive_differs", log, hour: piece.hour, piece: piece.piece, fault });
      await db.prepare(DUE_AGAIN).bind(log, piece.hour).run();
      return pieces;
    }
    if (!(await deletePiece(db, piece, nowMs))) return pieces;
    rows += piece.rowCount;
  }
  return pieces;
}

async function oldestPiece(db: D1Database, log: Log): Promise<{ piece: Piece | null; sizeBytes: number }> {
  const { results, meta } = await db.prepare(OLDEST).bind(log).all<PieceRow>();
  const [row] = results;
  if (!row) return { piece: null, sizeBytes: meta.size_after };
  const keys = { firstKey: JSON.parse(row.firstKey), lastKey: JSON.parse(row.lastKey) };
  return { piece: { ...row, log, ...keys }, sizeBytes: meta.size_after };
}

/**
 * One transaction seals the piece and deletes its rows, or does neither: a row that came since it was read back has made the hour due by then.
 * False when that is so.
 */
async function deletePiece(db: D1Database, piece: Piece, nowMs: number): Promise<boolean> {
  const { hour, log: name } = piece;
  const log = ARCHIVED[name];
  const inSql = must(log.inSql, "how rows are deleted of log", name);
  const { where, values } = spanCondition(inSql, spanOf(piece));
  const sealed = [name, hour, piece.piece, nowMs];
  const [seal] = await db.batch([
    db.prepare(`${SEAL} RETURNING piece`).bind(nowMs, name, hour, piece.piece, piece.sha256, name, hour),
    db.prepare(CLOSE).bind((hour + 1) * HOUR_MS, name, ...sealed),
    // First, so that no row has to be taken out of them.
    db.prepare(FORGET_LISTS).bind(hour, ...sealed),
    db.prepare(`DELETE FROM ${inSql.from} WHERE ${where} AND ${SEALED}`).bind(...values, ...sealed),
    db.prepare(NOT_DUE).bind(name, hour, ...sealed),
  ]);
  return must(seal, "D1's answer on piece", pieceName(piece)).results.length > 0;
}

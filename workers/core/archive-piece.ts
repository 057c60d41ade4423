/**
 * The pieces of the archive: their names in the bucket, and whether an object is what the manifest says.
 *
 *     clicks/date=2026-11-23/hour=08.parquet      an hour of a log, in UTC
 *     clicks/date=2026-11-23/hour=08-2.parquet    its second piece, where it is large, or rows came after the first one was sealed
 *     clicks/date=2026-11-23/day.parquet          a whole day of clicks that was small, in the place of its hours
 */
import type { ParquetCell } from "./parquet-format.ts";
import { openParquet } from "./parquet-reader.ts";
import { sha256 } from "./sha256.ts";
import { HOUR_MS } from "./time-units.ts";

export const LOGS = ["clicks", "postbacks", "entries"] as const;
export type Log = (typeof LOGS)[number];

/** The columns by which a log's rows are ordered; together they are unique. */
export const LOG_KEYS = {
  clicks: ["click_id"],
  postbacks: ["received_at", "receipt"],
  entries: ["received_at", "conversion_id", "seq"],
} as const satisfies Record<Log, readonly string[]>;

/** A row's key: the values of its log's key columns, times as Unix milliseconds. */
export type Key = (string | number)[];

/** An object of the archive as the manifest has it. `hour` counts hours since 1970, `piece` from 1; the SHA-256 is in hex. */
export interface Piece {
  log: Log;
  hour: number;
  piece: number;
  rowCount: number;
  firstKey: Key;
  lastKey: Key;
  bytes: number;
  sha256: string;
}

/** The number of a piece that holds a whole day; it is one of the day's first hour. Hours have fewer pieces. */
export const DAY_PIECE = 901;

/** Where the piece lies in the bucket. */
export function pieceName({ log, hour, piece }: Pick<Piece, "log" | "hour" | "piece">): string {
  const time = new Date(hour * HOUR_MS).toISOString();
  if (piece === DAY_PIECE) return `${log}/date=${time.slice(0, 10)}/day.parquet`;
  return `${log}/date=${time.slice(0, 10)}/hour=${time.slice(11, 13)}${piece === 1 ? "" : `-${piece}`}.parquet`;
}

/** What may be wrong with an object. */
export type PieceFault = "missing" | "other_bytes" | "unreadable" | "other_rows";

/** Null when the object is the piece that the manifest describes: its bytes, and the rows in it as another reader than the writer sees them. */
export async function checkPiece(piece: Piece, bytes: Uint8Array<ArrayBuffer> | null): Promise<PieceFault | null> {
  if (!bytes) return "missing";
  if (bytes.length !== piece.bytes || sha256(bytes) !== piece.sha256) return "other_bytes";
  try {
    const { columns, groups } = openParquet(bytes);
    const places = LOG_KEYS[piece.log].map((name) => columns.findIndex((column) => column.name === name));
    let rowCount = 0;
    let first: ParquetCell[] | undefined;
    let last: ParquetCell[] | undefined;
    for await (const rows of groups()) {
      rowCount += rows.length;
      first ??= rows[0];
      last = rows.at(-1) ?? last;
    }
    const found = [first, last].map((row) => places.map((place) => row?.[place] ?? null));
    const same =
      rowCount === piece.rowCount && JSON.stringify(found) === JSON.stringify([piece.firstKey, piece.lastKey]);
    return same ? null : "other_rows";
  } catch {
    return "unreadable";
  }
}

/**
 * Makes one file of a day of clicks that is small, so that months of a small system are not thousands of files: `clicks/date=2026-11-23/day.parquet`, in the manifest a
 * piece of its own number of the day's first hour, in the place of its hours' pieces.
 */
import { DAY_PIECE, type Piece, pieceName } from "../../core/archive-piece.ts";
import { openParquet } from "../../core/parquet-reader.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import type { ArchiveParts } from "./archive-hours.ts";
import { ARCHIVED } from "./logs.ts";
import type { ArchivedRow } from "./read-hour.ts";
import { makePiece, putPiece } from "./write-piece.ts";

/** What is small: as many rows and bytes as are made and read as a whole. */
const MAX_ROWS = 50_000;
const MAX_BYTES = 8_000_000;
const UNBOUND = { rows: Number.POSITIVE_INFINITY, length: Number.POSITIVE_INFINITY };

const FIND = `
  SELECT hour, piece, row_count AS rowCount, bytes FROM archive_pieces WHERE log = 'clicks' AND hour >= ?1 AND hour < ?2 ORDER BY hour, piece`;
const REPLACE =
  "DELETE FROM archive_pieces WHERE log = 'clicks' AND hour >= ?1 AND hour < ?2 AND NOT (hour = ?1 AND piece = ?3)";
const NOTE = `
  INSERT INTO archive_pieces (log, hour, piece, row_count, first_key, last_key, bytes, sha256, archived_at, deleted_at)
  VALUES ('clicks', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT DO UPDATE SET row_count = excluded.row_count, first_key = excluded.first_key,
    last_key = excluded.last_key, bytes = excluded.bytes, sha256 = excluded.sha256, archived_at = excluded.archived_at, deleted_at = excluded.deleted_at`;

/** The new file first, then the manifest, then the old files go: who reads by the manifest finds each click once, whenever it is. */
export async function mergeDay({ DB, ARCHIVE }: ArchiveParts, day: number, nowMs: number): Promise<void> {
  const [from, to] = [(day * DAY_MS) / HOUR_MS, ((day + 1) * DAY_MS) / HOUR_MS];
  const { results: pieces } = await DB.prepare(FIND)
    .bind(from, to)
    .all<Pick<Piece, "hour" | "piece" | "rowCount" | "bytes">>();
  const sum = (of: "rowCount" | "bytes") => pieces.reduce((all, piece) => all + piece[of], 0);
  if (pieces.length < 2 || sum("rowCount") > MAX_ROWS || sum("bytes") > MAX_BYTES) return;
  const log = ARCHIVED.clicks;
  const made = await makePiece(log, rowsOfPieces(ARCHIVE, pieces), UNBOUND);
  if (!made || made.rowCount !== sum("rowCount")) return;
  const piece = await putPiece(ARCHIVE, { log: "clicks", hour: from, piece: DAY_PIECE }, made);
  const keys = [JSON.stringify(piece.firstKey), JSON.stringify(piece.lastKey)];
  await DB.batch([
    DB.prepare(NOTE).bind(from, DAY_PIECE, piece.rowCount, ...keys, piece.bytes, piece.sha256, nowMs),
    DB.prepare(REPLACE).bind(from, to, DAY_PIECE),
  ]);
  const names = pieces.map((one) => pieceName({ log: "clicks", ...one }));
  await ARCHIVE.delete(names.filter((name) => name !== pieceName(piece)));
}

/** Rows of an older file lack columns of today, which are null; so all are read before the first is written, in the columns of today. */
async function* rowsOfPieces(
  bucket: ArchiveParts["ARCHIVE"],
  pieces: readonly Pick<Piece, "hour" | "piece">[],
): AsyncGenerator<ArchivedRow[]> {
  const wanted = ARCHIVED.clicks.columns.map(({ name }) => name);
  for (const place of pieces) {
    const object = await bucket.get(pieceName({ log: "clicks", ...place }));
    if (!object) throw new Error(`${pieceName({ log: "clicks", ...place })} is not in the archive`);
    const { columns, groups } = openParquet(new Uint8Array(await object.arrayBuffer()));
    const places = wanted.map((name) => columns.findIndex((column) => column.name === name));
    for await (const rows of groups()) yield rows.map((row) => places.map((place) => row[place] ?? null));
  }
}

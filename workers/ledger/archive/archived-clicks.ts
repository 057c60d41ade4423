/** Finds clicks that lie in the archive alone: the manifest tells the file, the file's end the row group, and of it all is read. */
import { DAY_PIECE, type Key, type Piece, pieceName } from "../../core/archive-piece.ts";
import { CLICK_FACTS, type ClickCells, factPlace } from "../../core/click-log/click-facts.ts";
import { readOwnClickId } from "../../core/click-log/click-pack.ts";
import { must } from "../../core/must.ts";
import { lookUp, type RangedFile } from "../../core/parquet-reader.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import type { Bucket } from "./bucket.ts";

export interface ArchivedClicksParts {
  DB: D1Database;
  ARCHIVE: Pick<Bucket, "get">;
}

const FIND = `
  SELECT hour, piece, bytes, first_key AS firstKey, last_key AS lastKey FROM archive_pieces
  WHERE log = 'clicks' AND (hour IN (SELECT value FROM json_each(?1)) OR piece = ${DAY_PIECE} AND hour IN (SELECT value FROM json_each(?2)))
  ORDER BY hour, piece`;
const HOURS_OF_DAY = DAY_MS / HOUR_MS;

/** A piece of clicks, with the first and last ID in it. */
export interface ClickPiece extends Pick<Piece, "hour" | "piece" | "bytes"> {
  first: string;
  last: string;
}

/** The rows of these clicks, of facts that numbers stand for their slugs. */
export async function findArchived(parts: ArchivedClicksParts, clickIds: readonly string[]): Promise<ClickCells[]> {
  if (clickIds.length === 0) return [];
  const pieces = await piecesOf(parts.DB, clickIds);
  const found = await Promise.all(
    pieces.map(async (piece) => {
      const wanted = new Set(clickIds.filter((clickId) => clickId >= piece.first && clickId <= piece.last));
      if (wanted.size === 0) return [];
      const { columns, rows } = await lookUp(rangedFile(parts.ARCHIVE, piece), "click_id", wanted);
      const places = CLICK_FACTS.map(({ name }) => columns.findIndex((column) => column.name === name));
      return rows.map((row): ClickCells => places.map((place) => row[place] ?? null));
    }),
  );
  return found.flat();
}

/** The pieces in which clicks of these hours may be. */
export async function piecesOf(db: D1Database, clickIds: readonly string[]): Promise<ClickPiece[]> {
  const hours = [...new Set(clickIds.flatMap((clickId) => hourOf(clickId) ?? []))];
  const days = hours.map((hour) => hour - (hour % HOURS_OF_DAY));
  const { results } = await db
    .prepare(FIND)
    .bind(JSON.stringify(hours), JSON.stringify(days))
    .all<Pick<Piece, "hour" | "piece" | "bytes"> & { firstKey: string; lastKey: string }>();
  const idOf = (key: string): string => {
    const [id]: Key = JSON.parse(key);
    return String(id);
  };
  return results.map(({ firstKey, lastKey, ...piece }) => ({ ...piece, first: idOf(firstKey), last: idOf(lastKey) }));
}

/** The hour (since 1970) of a click; null where it is no ID of ours. */
export function hourOf(clickId: string): number | null {
  const id = readOwnClickId(clickId);
  return id && Math.floor(id.issuedAtMs / HOUR_MS);
}

function rangedFile(bucket: Pick<Bucket, "get">, piece: ClickPiece): RangedFile {
  const name = pieceName({ log: "clicks", ...piece });
  return {
    byteLength: piece.bytes,
    async slice(start, end = piece.bytes) {
      const object = await bucket.get(name, { range: { offset: start, length: end - start } });
      return must(object, "the file", name).arrayBuffer();
    },
  };
}

/** The place of a click's ID in its row. */
export const ID_PLACE = factPlace("click_id");

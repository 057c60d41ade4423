/** Holds a piece of the archive against D1, row by row: what is deleted here must be there, to the last digit. */
import { checkPiece, type Key, type Piece, pieceName } from "../../core/archive-piece.ts";
import { openParquet } from "../../core/parquet-reader.ts";
import type { ArchiveParts } from "./archive-hours.ts";
import { ARCHIVED, type HourPart } from "./logs.ts";
import { type ArchivedRow, readHour } from "./read-hour.ts";

/** The rows of a piece in D1, when those of the pieces before it are no longer there: all of the hour's to its last key. */
export function spanOf({ hour, lastKey }: Pick<Piece, "hour" | "lastKey">): HourPart {
  return { hour, after: null, through: lastKey };
}

/** Null when the object is what the manifest says and holds exactly the rows that D1 has; else what is wrong. The rows before `after` are no matter of its; without it those of the pieces before it must have been deleted. */
export async function readBack(env: ArchiveParts, piece: Piece, after: Key | null = null): Promise<string | null> {
  const object = await env.ARCHIVE.get(pieceName(piece));
  const bytes = object ? new Uint8Array(await object.arrayBuffer()) : null;
  const fault = await checkPiece(piece, bytes);
  if (fault !== null || bytes === null) return fault ?? "missing";
  const { columns, groups } = openParquet(bytes);
  const log = ARCHIVED[piece.log];
  if (columns.map(({ name }) => name).join() !== log.columns.map(({ name }) => name).join()) return "other_columns";
  const held = readHour(env, log, { ...spanOf(piece), after }, new Map());
  return (await sameRows(held, groups())) ? null : "other_rows_than_d1";
}

async function sameRows(held: AsyncIterable<ArchivedRow[]>, archived: AsyncIterable<ArchivedRow[]>): Promise<boolean> {
  const others = rowsOf(archived);
  for await (const row of rowsOf(held)) {
    const { value, done } = await others.next();
    if (done || !sameRow(row, value)) return false;
  }
  return (await others.next()).done === true;
}

async function* rowsOf(pages: AsyncIterable<ArchivedRow[]>): AsyncGenerator<ArchivedRow> {
  for await (const page of pages) yield* page;
}

/** Text counts as it can be written in UTF-8. */
function sameRow(held: ArchivedRow, archived: ArchivedRow): boolean {
  return held.every((cell, place) => (typeof cell === "string" ? cell.toWellFormed() : cell) === archived[place]);
}

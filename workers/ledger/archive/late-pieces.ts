/**
 * Adds clicks to the archive whose day has left its objects, as a message may bring them that waited for weeks: the piece that they belong to is written anew with them.
 * A click that is there already is left as it is, so that even then nothing is counted or kept twice. Sums of that time are closed, and do not change.
 */
import { pieceName } from "../../core/archive-piece.ts";
import type { ClickCells } from "../../core/click-log/click-facts.ts";
import { must } from "../../core/must.ts";
import { openParquet } from "../../core/parquet-reader.ts";
import type { ArchiveParts } from "./archive-hours.ts";
import { type ClickPiece, findArchived, hourOf, ID_PLACE, piecesOf } from "./archived-clicks.ts";
import { finishHour, takeHour } from "./due-hours.ts";
import { ARCHIVED } from "./logs.ts";
import { type ArchivedRow, nameSubjects } from "./read-hour.ts";
import { makePiece, putPiece } from "./write-piece.ts";

const UNBOUND = { rows: Number.POSITIVE_INFINITY, length: Number.POSITIVE_INFINITY };

const LEASE = "INSERT INTO due_hours (log, hour) VALUES ('late_clicks', ?) ON CONFLICT DO NOTHING";
const NOTE = `
  INSERT INTO archive_pieces (log, hour, piece, row_count, first_key, last_key, bytes, sha256, archived_at, deleted_at)
  VALUES ('clicks', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
  ON CONFLICT DO UPDATE SET row_count = excluded.row_count, first_key = excluded.first_key, last_key = excluded.last_key, bytes = excluded.bytes,
    sha256 = excluded.sha256, archived_at = excluded.archived_at`;

/** Throws where somebody else writes to the same hour: then the message comes again. */
export async function addLateClicks(env: ArchiveParts, rows: readonly ClickCells[], nowMs: number): Promise<void> {
  for (const [hour, late] of Map.groupBy(rows, (row) => hourOf(String(row[ID_PLACE])) ?? 0)) {
    await env.DB.prepare(LEASE).bind(hour).run();
    const taken = must(await takeHour(env.DB, "late_clicks", hour, nowMs), "a lease on the archive's hour", hour);
    await addToHour(env, hour, late, nowMs);
    await finishHour(env.DB, taken);
  }
}

async function addToHour(env: ArchiveParts, hour: number, late: readonly ClickCells[], nowMs: number): Promise<void> {
  const ids = late.map((row) => String(row[ID_PLACE]));
  const held = new Set((await findArchived(env, ids)).map((row) => String(row[ID_PLACE])));
  const fresh = late.filter((row) => !held.has(String(row[ID_PLACE])));
  if (fresh.length === 0) return;
  const pieces = await piecesOf(env.DB, ids);
  const own = pieces.filter((piece) => piece.hour === hour || piece.hour === hour - (hour % 24));
  // A file whose rows would go on behind it keeps its place among the others.
  for (const [piece, rows] of Map.groupBy(
    fresh,
    (row) => own.find(({ last }) => last >= String(row[ID_PLACE])) ?? own.at(-1),
  ))
    await writeAnew(env, piece ?? { hour, piece: 1 }, rows, nowMs);
}

async function writeAnew(
  env: ArchiveParts,
  place: Pick<ClickPiece, "hour" | "piece">,
  late: readonly ClickCells[],
  nowMs: number,
): Promise<void> {
  const log = ARCHIVED.clicks;
  const added: ArchivedRow[] = late.map((row) => [...row]);
  await nameSubjects(env.DB, log, added, new Map());
  const rows = [...(await rowsThere(env, place)), ...added];
  rows.sort((left, right) => (String(left[ID_PLACE]) < String(right[ID_PLACE]) ? -1 : 1));
  const pages = async function* () {
    yield rows;
  };
  const made = must(await makePiece(log, pages(), UNBOUND), "a piece of hour", place.hour);
  const { rowCount, firstKey, lastKey, bytes, sha256 } = await putPiece(
    env.ARCHIVE,
    { log: "clicks", hour: place.hour, piece: place.piece },
    made,
  );
  const keys = [JSON.stringify(firstKey), JSON.stringify(lastKey)];
  await env.DB.prepare(NOTE)
    .bind(place.hour, place.piece, rowCount, ...keys, bytes, sha256, nowMs)
    .run();
}

async function rowsThere(env: ArchiveParts, place: Pick<ClickPiece, "hour" | "piece">): Promise<ArchivedRow[]> {
  const object = await env.ARCHIVE.get(pieceName({ log: "clicks", hour: place.hour, piece: place.piece }));
  if (!object) return [];
  const { columns, groups } = openParquet(new Uint8Array(await object.arrayBuffer()));
  const places = ARCHIVED.clicks.columns.map(({ name }) => columns.findIndex((column) => column.name === name));
  const rows: ArchivedRow[] = [];
  for await (const group of groups()) rows.push(...group.map((row) => places.map((at) => row[at] ?? null)));
  return rows;
}

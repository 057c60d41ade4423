/**
 * Erases from the archive, in pieces whose rows D1 no longer has: they are written anew under their names, with what the manifest says of them. An hour that D1 still has
 * is archived anew as it is now, since its rows changed.
 */
import { DAY_PIECE, type Key, LOG_KEYS, type Log, type Piece, pieceName } from "../../core/archive-piece.ts";
import { peekClickId } from "../../core/click-id.ts";
import { eraseContent } from "../../core/erasure/erase-books.ts";
import { PERSONAL_CLICK_COLUMNS } from "../../core/erasure/personal-columns.ts";
import { saidTexts } from "../../core/erasure/said-texts.ts";
import type { ParquetCell, ParquetColumn } from "../../core/parquet-format.ts";
import { openParquet } from "../../core/parquet-reader.ts";
import { sha256 } from "../../core/sha256.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import type { ArchiveParts } from "../archive/archive-hours.ts";
import { ARCHIVED } from "../archive/logs.ts";
import { makePiece, putPiece } from "../archive/write-piece.ts";
import type { ErasedPerson } from "./erased-person.ts";

/** Pieces of the postback log that are looked through in one go. */
const PIECES_AT_ONCE = 20;

const HOURS_OF_DAY = DAY_MS / HOUR_MS;

const COLUMNS = "hour, piece, sha256";
const FIND_POSTBACKS = `
  SELECT ${COLUMNS} FROM archive_pieces WHERE log = 'postbacks' AND deleted_at IS NOT NULL AND (hour, piece) > (?1, ?2)
  ORDER BY hour, piece LIMIT ${PIECES_AT_ONCE}`;
const FIND_CLICKS = `
  SELECT ${COLUMNS} FROM archive_pieces WHERE log = 'clicks' AND deleted_at IS NOT NULL 
    AND (hour IN (SELECT value FROM json_each(?1)) OR piece = ${DAY_PIECE} AND hour IN (SELECT value FROM json_each(?2)))`;
const NOTE = `
  UPDATE archive_pieces SET row_count = ?4, first_key = ?5, last_key = ?6, bytes = ?7, sha256 = ?8
  WHERE log = ?1 AND hour = ?2 AND piece = ?3 AND deleted_at IS NOT NULL`;
const FIND_SLUG = "SELECT slug FROM advertisers WHERE number = ?1";

type Place = Pick<Piece, "hour" | "piece" | "sha256">;
type Row = ParquetCell[];
/** Gives the row without what is personal, or the row itself where it is not the person's. */
type EraseRow = (row: Row) => Row;

/** Clicks lie in the hours of their IDs; postbacks anywhere, so all of their pieces are read, some at a time. Gives where to go on, null at the end. */
export async function erasePieces(
  env: ArchiveParts,
  person: ErasedPerson,
  receipts: ReadonlySet<string>,
  after: { hour: number; piece: number },
): Promise<{ hour: number; piece: number } | null> {
  if (after.hour === 0) await eraseClickPieces(env, person);
  const slugs = await env.DB.prepare(FIND_SLUG).bind(person.advertiser).all<{ slug: string }>();
  const { results } = await env[ARCHIVED.postbacks.database]
    .prepare(FIND_POSTBACKS)
    .bind(after.hour, after.piece)
    .all<Place>();
  for (const place of results)
    await erasePiece(env, "postbacks", place, (columns) =>
      postbackEraser(columns, person, receipts, slugs.results[0]?.slug),
    );
  const last = results.at(-1);
  return last && results.length === PIECES_AT_ONCE ? { hour: last.hour, piece: last.piece } : null;
}

async function eraseClickPieces(env: ArchiveParts, person: ErasedPerson): Promise<void> {
  const clicks = person.names.clickIds.flatMap((clickId) => peekClickId(clickId) ?? []);
  const hours = [...new Set(clicks.map(({ issuedAtMs }) => Math.floor(issuedAtMs / HOUR_MS)))];
  const days = hours.map((hour) => hour - (hour % HOURS_OF_DAY));
  const { results } = await env.DB.prepare(FIND_CLICKS).bind(JSON.stringify(hours), JSON.stringify(days)).all<Place>();
  for (const place of results) await erasePiece(env, "clicks", place, (columns) => clickEraser(columns, person));
}

/** The object first: where the manifest was not written after it, that is seen by the hash when it is looked at again. */
async function erasePiece(
  env: ArchiveParts,
  log: Log,
  place: Place,
  eraserOf: (columns: readonly ParquetColumn[]) => EraseRow,
): Promise<void> {
  const object = await env.ARCHIVE.get(pieceName({ log, ...place }));
  if (!object) return;
  const bytes = new Uint8Array(await object.arrayBuffer());
  const { columns, groups } = openParquet(bytes);
  const erase = eraserOf(columns);
  let changed = sha256(bytes) !== place.sha256;
  const rows: Row[] = [];
  for await (const group of groups()) {
    for (const row of group) {
      const erased = erase(row);
      changed ||= erased !== row;
      rows.push(erased);
    }
  }
  if (!changed) return;
  const keys = LOG_KEYS[log].map((name) => columns.findIndex((column) => column.name === name));
  rows.sort((left, right) => compareKeys(keyOf(left, keys), keyOf(right, keys)));
  // Its columns are those that it was written with.
  const written = { ...ARCHIVED[log], columns: columns };
  const made = await makePiece(
    written,
    (async function* () {
      yield rows;
    })(),
    { rows: Number.POSITIVE_INFINITY, length: Number.POSITIVE_INFINITY },
  );
  if (!made) return;
  const piece = await putPiece(env.ARCHIVE, { log, hour: place.hour, piece: place.piece }, made);
  await env[ARCHIVED[log].database]
    .prepare(NOTE)
    .bind(
      log,
      piece.hour,
      piece.piece,
      piece.rowCount,
      JSON.stringify(piece.firstKey),
      JSON.stringify(piece.lastKey),
      piece.bytes,
      piece.sha256,
    )
    .run();
}

function clickEraser(columns: readonly ParquetColumn[], { isNamed, replacement }: ErasedPerson): EraseRow {
  const id = columns.findIndex(({ name }) => name === "click_id");
  return (row) => {
    const clickId = row[id];
    if (typeof clickId !== "string" || !isNamed.clickId(clickId) || replacement.clickId(clickId) === clickId)
      return row;
    return row.map((cell, place) => {
      if (place === id) return replacement.clickId(clickId);
      return PERSONAL_CLICK_COLUMNS.includes(columns[place]?.name ?? "") ? null : cell;
    });
  };
}

function postbackEraser(
  columns: readonly ParquetColumn[],
  { isNamed, replacement }: ErasedPerson,
  receipts: ReadonlySet<string>,
  slug: string | undefined,
): EraseRow {
  const at = (wanted: string) => columns.findIndex(({ name }) => name === wanted);
  const places = {
    receipt: at("receipt"),
    advertiser: at("advertiser"),
    click: at("click_id"),
    txid: at("txid"),
    params: at("params"),
    stage: at("stage"),
  };
  const clickIdOf = (name: string) => (isNamed.clickId(name) ? replacement.clickId(name) : name);
  return (row) => {
    const own = row[places.advertiser] === slug;
    const txidOf = (name: string) => (own && isNamed.txid(name) ? replacement.txid(name) : name);
    const [clickId, txid, params] = [row[places.click], row[places.txid], row[places.params]];
    const named =
      (typeof clickId === "string" && isNamed.clickId(clickId)) ||
      (own && typeof txid === "string" && isNamed.txid(txid)) ||
      receipts.has(String(row[places.receipt])) ||
      saysOne(params, isNamed, own);
    if (!named) return row;
    const erased = [...row];
    if (typeof clickId === "string") erased[places.click] = clickIdOf(clickId);
    if (typeof txid === "string") erased[places.txid] = txidOf(txid);
    if (typeof params === "string") {
      const said =
        row[places.stage] === 0
          ? {}
          : JSON.stringify(eraseContent(JSON.parse(params), replacement, { clickIdOf, txidOf }));
      erased[places.params] = typeof said === "string" ? said : "{}";
    }
    return JSON.stringify(erased) === JSON.stringify(row) ? row : erased;
  };
}

/** True where a text in them is one of the names. */
function saysOne(params: ParquetCell | undefined, isNamed: ErasedPerson["isNamed"], own: boolean): boolean {
  if (typeof params !== "string") return false;
  return saidTexts(JSON.parse(params)).some((text) => isNamed.clickId(text) || (own && isNamed.txid(text)));
}

function keyOf(row: Row, places: readonly number[]): Key {
  return places.map((place) => row[place] ?? "");
}

function compareKeys(left: Key, right: Key): number {
  for (const [place, value] of left.entries()) {
    const other = right[place] ?? "";
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/**
 * A pack: clicks of a moment as one value, compressed, in the order of their IDs and in blocks, so that one click is found by opening a block and not all.
 *
 *     bytes              field
 *         1              version (1)
 *         2              number of blocks
 *     for each block
 *         4, 2, 36       its bytes, its clicks, the ID of its first click
 *     then the blocks    gzip of JSON: {"click_id": ["1…", "1…"], "offer": 3, "country": ["DE", null], …}
 *
 * Numbers have the lowest byte first. A column is one of CLICK_FACTS that a click's message says: the value of all clicks of the block, or a list with the value of each.
 * Where it is missing all are null, and so a fact that is younger than a pack is null in it. What the click ID says is read from there; which clicks are first visits
 * stands beside the pack, a bit for each, the lowest of a byte first.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Cell } from "../../../schema/columns.ts";
import { CLICK_ID_LENGTH, type Click, peekClickId } from "../click-id.ts";
import { readErasedClickId } from "../erasure/erased-names.ts";
import { CLICK_FACTS, type ClickCells, factPlace } from "./click-facts.ts";

const VERSION = 1;
/** Packs are small and many: more effort saves a tenth of the bytes and takes twice the time. */
const GZIP_LEVEL = 4;
const BITS = 8;
/** A look-up opens so many clicks, and smaller blocks take more bytes. */
const BLOCK_CLICKS = 128;
const MARKS_BYTES = BLOCK_CLICKS / BITS;
const HEAD_BYTES = 3;
const ENTRY_BYTES = 6 + CLICK_ID_LENGTH;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const ID = factPlace("click_id");
const UNIQUE = factPlace("unique");
/** The facts that a pack holds, by their places in a row. */
const HELD = CLICK_FACTS.flatMap(({ from, name }, place) => (from === "message" ? [{ name, place }] : []));
const TOLD = CLICK_FACTS.flatMap((fact, place) => (fact.from === "id" ? [{ read: fact.read, place }] : []));

/** A pack and what is said of it besides, as the object of a day stores it. */
export interface Pack {
  clicks: Uint8Array;
  /** Which clicks are first visits. */
  firsts: Uint8Array;
}

interface PackedBlock {
  first: string;
  count: number;
  bytes: Uint8Array;
}

type Columns = Record<string, Cell | Cell[] | undefined>;

/** A pack that was opened: clicks by their places in it, from 0. */
export interface OpenPack {
  count: number;
  /** Where a click is; null where it is not. */
  placeOf(clickId: string): number | null;
  clickId(place: number): string;
  row(place: number): ClickCells;
  /** A fact of each click, without making rows. */
  column(name: string): (place: number) => Cell;
}

/** Packs these rows, which are in the order of their IDs. */
export function packClicks(rows: readonly ClickCells[]): Uint8Array {
  const blocks: PackedBlock[] = [];
  for (let from = 0; from < rows.length; from += BLOCK_CLICKS) {
    const some = rows.slice(from, from + BLOCK_CLICKS);
    const bytes = gzipSync(JSON.stringify(columnsOf(some)), { level: GZIP_LEVEL });
    blocks.push({ first: String(some[0]?.[ID]), count: some.length, bytes });
  }
  return joinBlocks(blocks);
}

/** The pack of only those blocks in which one of these clicks may be, which nobody opens for that; null where there is none. */
export function packOfBlocks({ clicks, firsts }: Pack, clickIds: readonly string[]): Pack | null {
  const blocks = readBlocks(clicks);
  const places = [...new Set(clickIds.map((clickId) => blocks.findLastIndex(({ first }) => first <= clickId)))]
    .filter((place) => place >= 0)
    .sort((left, right) => left - right);
  if (places.length === 0) return null;
  // All blocks but the last are full, here as there, so that marks stay whole bytes.
  const marks = places.flatMap((place) => [...firsts.subarray(place * MARKS_BYTES, (place + 1) * MARKS_BYTES)]);
  return { clicks: joinBlocks(places.flatMap((place) => blocks[place] ?? [])), firsts: Uint8Array.from(marks) };
}

function joinBlocks(blocks: readonly PackedBlock[]): Uint8Array {
  let at = HEAD_BYTES + blocks.length * ENTRY_BYTES;
  const pack = new Uint8Array(at + blocks.reduce((sum, { bytes }) => sum + bytes.length, 0));
  const view = new DataView(pack.buffer);
  view.setUint8(0, VERSION);
  view.setUint16(1, blocks.length, true);
  for (const [index, { first, count, bytes }] of blocks.entries()) {
    const entry = HEAD_BYTES + index * ENTRY_BYTES;
    view.setUint32(entry, bytes.length, true);
    view.setUint16(entry + 4, count, true);
    encoder.encodeInto(first, pack.subarray(entry + 6, entry + ENTRY_BYTES));
    pack.set(bytes, at);
    at += bytes.length;
  }
  return pack;
}

function columnsOf(rows: readonly ClickCells[]): Columns {
  const columns: Columns = {};
  for (const { name, place } of HELD) {
    const first = rows[0]?.[place] ?? null;
    const isSame = place !== ID && rows.every((row) => (row[place] ?? null) === first);
    if (!isSame) columns[name] = rows.map((row) => row[place] ?? null);
    else if (first !== null) columns[name] = first;
  }
  return columns;
}

/** Opens a pack. Throws for what is none, or of a version that is younger than this code. */
export function openPack({ clicks, firsts }: Pack): OpenPack {
  const blocks = readBlocks(clicks);
  const cellAt = (name: string, place: number): Cell => {
    const block = blocks[Math.floor(place / BLOCK_CLICKS)];
    const column = block?.columns()[name];
    return Array.isArray(column) ? (column[place % BLOCK_CLICKS] ?? null) : (column ?? null);
  };
  const clickId = (place: number): string => String(cellAt("click_id", place));
  return {
    count: blocks.reduce((sum, { count }) => sum + count, 0),
    placeOf(wanted) {
      const index = blocks.findLastIndex(({ first }) => first <= wanted);
      const ids = blocks[index]?.columns().click_id;
      const place = Array.isArray(ids) ? ids.indexOf(wanted) : -1;
      return place < 0 ? null : index * BLOCK_CLICKS + place;
    },
    clickId,
    row(place) {
      const row: ClickCells = CLICK_FACTS.map(() => null);
      for (const held of HELD) row[held.place] = cellAt(held.name, place);
      const id = readOwnClickId(clickId(place));
      for (const told of TOLD) row[told.place] = id && told.read(id);
      row[UNIQUE] = isFirst(firsts, place) ? 1 : 0;
      return row;
    },
    column(name) {
      const fact = CLICK_FACTS[factPlace(name)];
      if (fact?.from === "day") return (place) => (isFirst(firsts, place) ? 1 : 0);
      if (fact?.from !== "id") return (place) => cellAt(name, place);
      return (place) => {
        const id = readOwnClickId(clickId(place));
        return id && fact.read(id);
      };
    },
  };
}

/** Where blocks begin; each is opened when it is first looked at. */
function readBlocks(clicks: Uint8Array): (PackedBlock & { columns: () => Columns })[] {
  if (clicks[0] !== VERSION)
    throw new Error(`a pack of clicks has version ${clicks[0]}, which this deploy does not read`);
  const view = new DataView(clicks.buffer, clicks.byteOffset, clicks.byteLength);
  const number = view.getUint16(1, true);
  let at = HEAD_BYTES + number * ENTRY_BYTES;
  return Array.from({ length: number }, (_, index) => {
    const entry = HEAD_BYTES + index * ENTRY_BYTES;
    const bytes = clicks.subarray(at, at + view.getUint32(entry, true));
    at += bytes.length;
    let opened: Columns | null = null;
    return {
      first: decoder.decode(clicks.subarray(entry + 6, entry + ENTRY_BYTES)),
      count: view.getUint16(entry + 4, true),
      bytes,
      columns: () => {
        opened ??= readColumns(bytes);
        return opened;
      },
    };
  });
}

function readColumns(bytes: Uint8Array): Columns {
  return JSON.parse(gunzipSync(bytes).toString());
}

/** All rows of a pack. */
export function rowsOf(pack: Pack): ClickCells[] {
  const { count, row } = openPack(pack);
  return Array.from({ length: count }, (_, place) => row(place));
}

/** What a click ID in the log says: erased ones lie there too. */
export function readOwnClickId(clickId: string): Click | null {
  return peekClickId(clickId) ?? readErasedClickId(clickId);
}

/** The bits of `count` clicks of which these places are first visits. */
export function markFirsts(count: number, places: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / BITS));
  for (const place of places) {
    const byte = Math.floor(place / BITS);
    bits[byte] = (bits[byte] ?? 0) | (1 << (place % BITS));
  }
  return bits;
}

export function isFirst(firsts: Uint8Array, place: number): boolean {
  return ((firsts[Math.floor(place / BITS)] ?? 0) & (1 << (place % BITS))) !== 0;
}

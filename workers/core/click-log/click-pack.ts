/**
 * A pack: clicks of a moment as one value, compressed.
 *
 *     byte 0    version (1)
 *     then      gzip of JSON: {"count": 2, "columns": {"click_id": ["1…", "1…"], "offer": 3, "country": ["DE", null], …}}
 *
 * A column is one of CLICK_FACTS that a click's message says: the value of all clicks, or a list with the value of each. Where it is missing all are null, and so a fact
 * that is younger than a pack is null in it. What the click ID says is read from there; which clicks are first visits stands beside the pack, a bit for each, the
 * lowest of a byte first.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Cell } from "../../../schema/columns.ts";
import { type Click, peekClickId } from "../click-id.ts";
import { readErasedClickId } from "../erasure/erased-names.ts";
import { CLICK_FACTS, type ClickCells, factPlace } from "./click-facts.ts";

const VERSION = 1;
/** Packs are small and many: more effort saves a tenth of the bytes and takes twice the time. */
const GZIP_LEVEL = 4;
const BITS = 8;

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

interface Contents {
  count: number;
  columns: Record<string, Cell | Cell[] | undefined>;
}

/** A pack that was opened: clicks by their places in it, from 0. */
export interface OpenPack {
  count: number;
  clickId(place: number): string;
  row(place: number): ClickCells;
  /** A fact of each click, without making rows. */
  column(name: string): (place: number) => Cell;
}

/** Packs these rows in their order. */
export function packClicks(rows: readonly ClickCells[]): Uint8Array {
  const columns: Record<string, Cell | Cell[]> = {};
  for (const { name, place } of HELD) {
    const first = rows[0]?.[place] ?? null;
    const isSame = place !== ID && rows.every((row) => (row[place] ?? null) === first);
    if (!isSame) columns[name] = rows.map((row) => row[place] ?? null);
    else if (first !== null) columns[name] = first;
  }
  const packed = gzipSync(JSON.stringify({ count: rows.length, columns }), { level: GZIP_LEVEL });
  const bytes = new Uint8Array(packed.length + 1);
  bytes[0] = VERSION;
  bytes.set(packed, 1);
  return bytes;
}

/** Opens a pack. Throws for what is none, or of a version that is younger than this code. */
export function openPack({ clicks, firsts }: Pack): OpenPack {
  if (clicks[0] !== VERSION)
    throw new Error(`a pack of clicks has version ${clicks[0]}, which this deploy does not read`);
  const { count, columns }: Contents = JSON.parse(gunzipSync(clicks.subarray(1)).toString());
  const cellAt = (name: string, place: number): Cell => {
    const column = columns[name];
    return Array.isArray(column) ? (column[place] ?? null) : (column ?? null);
  };
  const clickId = (place: number): string => String(cellAt("click_id", place));
  return {
    count,
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

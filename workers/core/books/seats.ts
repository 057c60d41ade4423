/**
 * Where long rows lie in an advertiser's object: at a number made of their name, their seat, so that no index of names is needed, which is one more row that is billed for each.
 * Where another name has a seat, the next free one behind it is taken. Whoever looks a name up therefore looks at all seats that it can have, and compares the names.
 *
 *     a receipt             50 bits: what its first ten, the next six and the last ten characters say, added; times four
 *     a conversion's ID     35 bits of its time, so that rows lie one behind the other for a year; 17 bits: what four times four characters behind it say, added
 */
import { ALPHABET } from "../base32.ts";
import { jsonChunks } from "../json-chunks.ts";

const BITS = 5;
/**
 * Seats that a name can have. Of five million receipts hardly two have the same first one; of ten thousand conversions of one millisecond, as a file can have, some hundred pairs
 * of 2^17.
 */
export const SEATS = 32;

/** So many characters of a name, from this one on, counted from 1. */
type Part = readonly [from: number, count: number];

/**
 * A table whose rows have seats, by which column, and how the first one is made of a name: what its `time` says lies above what the `added` parts say, of which so many `bits` count,
 * and the seats of two sums have `apart` between them.
 */
export interface Seated {
  table: "messages" | "conversions";
  name: "receipt" | "id";
  time: Part | null;
  added: readonly Part[];
  bits: number;
  apart: number;
}

export const MESSAGES: Seated = {
  table: "messages",
  name: "receipt",
  time: null,
  added: [
    [1, 10],
    [11, 6],
    [17, 10],
  ],
  bits: 50,
  apart: 4,
};

export const CONVERSIONS: Seated = {
  table: "conversions",
  name: "id",
  time: [4, 7],
  added: [
    [11, 4],
    [15, 4],
    [19, 4],
    [23, 4],
  ],
  bits: 17,
  apart: 1,
};

/** The first seat of a name. Any name has one: what is no letter of ours counts as one all the same. */
export function seatOf({ time, added, bits, apart }: Seated, name: string): number {
  const sum = added.reduce((so, part) => so + bitsOf(name, part), 0);
  return ((time ? bitsOf(name, time) * 2 ** bits : 0) + (sum % 2 ** bits)) * apart;
}

/** The same in SQL, of the name that `name` gives. */
export function seatSql({ time, added, bits, apart }: Seated, name: string): string {
  const sum = `((${added.map((part) => bitsSql(name, part)).join(" + ")}) & ${2 ** bits - 1})`;
  return `((${time ? `(${bitsSql(name, time)} << ${bits}) | ` : ""}${sum}) * ${apart})`;
}

/** The number that these characters say. */
function bitsOf(name: string, [from, count]: Part): number {
  let bits = 0;
  for (let at = from - 1; at < from - 1 + count; at++)
    bits = bits * 2 ** BITS + (ALPHABET.indexOf(name.charAt(at)) & (2 ** BITS - 1));
  return bits;
}

function bitsSql(name: string, [from, count]: Part): string {
  const bits = Array.from({ length: count }, (_, index) => {
    const value = `((instr('${ALPHABET}', substr(${name}, ${from + index}, 1)) - 1) & 31)`;
    return `(${value} << ${BITS * (count - 1 - index)})`;
  });
  return `(${bits.join(" | ")})`;
}

/** Begins a query for these names, `k`, each with its first seat, as `seatedChunks` gives them for its one parameter. */
export const WITH_SEATED_NAMES =
  "WITH k AS MATERIALIZED (SELECT value ->> 0 AS name, value ->> 1 AS seat FROM json_each(?1))";

export function seatedChunks(seated: Seated, names: readonly string[]): string[] {
  return jsonChunks(names.map((name) => [name, seatOf(seated, name)]));
}

/** The condition in SQL that row `alias` of the table is that of `k`, one of these names. The plus sign keeps SQLite from making an index of all names for it. */
export function isSeated({ name }: Seated, alias: string): string {
  return `${canSit(alias)} AND +${alias}.${name} = k.name`;
}

/** The condition that row `alias` of the table lies where that of `k` could. */
export function canSit(alias: string): string {
  return `${alias}.seat BETWEEN k.seat AND k.seat + ${SEATS - 1}`;
}

/** The condition in SQL that row `alias` of the table is that of the name which `name` gives. As above, of a single name. */
export function sitsSql(seated: Seated, alias: string, name: string): string {
  const seat = seatSql(seated, name);
  return `${alias}.seat BETWEEN ${seat} AND ${seat} + ${SEATS - 1} AND +${alias}.${seated.name} = ${name}`;
}

/** The condition in SQL that a row of the table lies behind that of the name which `?1` gives; where that is not there any more, behind what lies before all its seats. */
export function behindSql(seated: Seated): string {
  const own = `SELECT own.seat FROM ${seated.table} AS own WHERE ${sitsSql(seated, "own", "?1")}`;
  return `seat > iif(?1 = '', -1, coalesce((${own}), ${seatSql(seated, "?1")} - 1))`;
}

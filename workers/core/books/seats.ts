/**
 * Where long rows lie in an advertiser's object: at a number made of their name, their seat, so that no index of names is needed, which is one more row that is billed for each.
 * Where another name has a seat, the next free one behind it is taken. Whoever looks a name up therefore looks at all seats that it can have, and compares the names.
 *
 *     a receipt             50 bits: what its first ten, the next six and the last ten characters say, added; times four
 *     a conversion's ID     35 bits of its time, so that rows lie one behind the other for a year; 17 bits: what four times four characters behind it say, added
 */
import { ALPHABET } from "../base32.ts";

const BITS = 5;
const TIME_SHIFT = 17;
/**
 * Seats that a name can have. Of five million receipts hardly two have the same first one; of ten thousand conversions of one millisecond, as a file can have, some hundred pairs
 * of 2^17.
 */
export const SEATS = 32;

/** A table whose rows have seats, by which column, and the first one in SQL of the name that `name` gives. Any name has one: what is no letter of ours counts as one all the same. */
export interface Seated {
  table: "messages" | "conversions";
  name: "receipt" | "id";
  seatSql(name: string): string;
}

export const MESSAGES: Seated = {
  table: "messages",
  name: "receipt",
  seatSql: (name) =>
    `(((${bitsSql(name, 1, 10)} + ${bitsSql(name, 11, 6)} + ${bitsSql(name, 17, 10)}) & ${2 ** 50 - 1}) << 2)`,
};

export const CONVERSIONS: Seated = {
  table: "conversions",
  name: "id",
  seatSql: (name) =>
    `((${bitsSql(name, 4, 7)} << ${TIME_SHIFT}) | ((${[11, 15, 19, 23].map((from) => bitsSql(name, from, 4)).join(" + ")}) & ${2 ** TIME_SHIFT - 1}))`,
};

/** The number that so many characters say, from this one on, counted from 1. */
function bitsSql(name: string, from: number, count: number): string {
  const bits = Array.from({ length: count }, (_, index) => {
    const value = `((instr('${ALPHABET}', substr(${name}, ${from + index}, 1)) - 1) & 31)`;
    return `(${value} << ${BITS * (count - 1 - index)})`;
  });
  return `(${bits.join(" | ")})`;
}

/** The names of a JSON array, the one parameter, each with its first seat: worked out once, and not for each comparison. */
export function seatedNames({ seatSql }: Seated): string {
  return `WITH given AS MATERIALIZED (SELECT value AS name FROM json_each(?1)), k AS MATERIALIZED (SELECT name, ${seatSql("name")} AS seat FROM given)`;
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
  const seat = seated.seatSql(name);
  return `${alias}.seat BETWEEN ${seat} AND ${seat} + ${SEATS - 1} AND +${alias}.${seated.name} = ${name}`;
}

/** The condition in SQL that a row of the table lies behind that of the name which `?1` gives; where that is not there any more, behind what lies before all its seats. */
export function behindSql(seated: Seated): string {
  const own = `SELECT own.seat FROM ${seated.table} AS own WHERE ${sitsSql(seated, "own", "?1")}`;
  return `seat > iif(?1 = '', -1, coalesce((${own}), ${seated.seatSql("?1")} - 1))`;
}

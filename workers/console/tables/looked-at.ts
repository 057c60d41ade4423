/** The newest rows of a table, so many at most, as a relation of their own: what is asked of them, sums and other orders, reads no more, however few pass its filters. */
import type { Cell } from "../../../schema/columns.ts";
import type { KeyRange, RowPlace } from "./row-places.ts";
import type { Selection } from "./selection.ts";
import { type SqlCondition, whereOf } from "./sql-condition.ts";

/** So many rows are looked at. */
export const MOST_LOOKED_AT = 20_000;

/** A part of a place. */
export interface PlacePart {
  place: RowPlace;
  range: KeyRange;
}

interface ReadRows {
  from: string;
  values: readonly Cell[];
}

/** Rows of one part or several, so many at most of all together. */
export interface NewestRows {
  /** What statements call the table. */
  alias: string;
  parts: readonly ReadRows[];
  most: number;
}

/** The rows of these parts, of each the newest first, which an index that was made for a condition is read by. */
export function lookedAt(
  alias: string,
  parts: readonly PlacePart[],
  conditions: readonly SqlCondition[],
  most: number,
): NewestRows {
  const indexed = conditions.filter((condition) => condition.indexed === true);
  const each = parts.map(({ place, range }) => {
    const where = whereOf([...place.conditions, ...place.within(range), ...indexed]);
    const order = place.order.map((part) => `${part} DESC`).join(", ");
    const sql = `SELECT ${alias}.* FROM ${place.from} ${where.sql} ORDER BY ${order} LIMIT ${most}`;
    return { from: `(${sql}) AS ${alias}`, values: where.values };
  });
  return { alias, parts: each, most };
}

/** All of them, with all their columns, to read from. */
export function wholeOf({ alias, parts, most }: NewestRows): ReadRows {
  const values = parts.flatMap((part) => part.values);
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  const all = parts.map(({ from }) => `SELECT * FROM ${from}`).join(" UNION ALL ");
  return { from: `(${all} LIMIT ${most}) AS ${alias}`, values };
}

/** A statement that selects this of each row. Each part is read by itself: a column that is not asked for is not carried through a union. `values` are those of what is selected. */
export function selectNewest({ parts, most }: NewestRows, select: string, values: readonly Cell[] = [], joins = "") {
  const each = parts.map(({ from }) => `SELECT ${select} FROM ${from} ${joins}`);
  return {
    sql: each.length === 1 ? each.join("") : `${each.join(" UNION ALL ")} LIMIT ${most}`,
    values: parts.flatMap((part) => [...values, ...part.values]),
  };
}

/** The parts of a selection, the newest first: exactly what was received in its range, where the table knows that. */
export function partsOf({ places, start, below, received }: Selection): PlacePart[] {
  const range = received?.range ?? { ...(start && "at" in start ? start : {}), below };
  // Places follow one another in time.
  const parts = [...places].reverse().map((place) => ({ place, range }));
  return received ? [...parts, { place: received.elsewhere, range: {} }] : parts;
}

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

/** Rows to be read from, under the name that statements have for the table. */
export interface NewestRows {
  from: string;
  values: Cell[];
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
    return { sql, values: where.values };
  });
  const values = each.flatMap((one) => one.values);
  const [only, ...others] = each;
  if (only && others.length === 0) return { from: `(${only.sql}) AS ${alias}`, values };
  const all = each.map(({ sql }) => `SELECT * FROM (${sql})`).join(" UNION ALL ");
  return { from: `(${all} LIMIT ${most}) AS ${alias}`, values };
}

/** The parts of a selection, the newest first: exactly what was received in its range, where the table knows that. */
export function partsOf({ places, start, below, received }: Selection): PlacePart[] {
  const range = received?.range ?? { ...(start && "at" in start ? start : {}), below };
  // Places follow one another in time.
  const parts = [...places].reverse().map((place) => ({ place, range }));
  return received ? [...parts, { place: received.elsewhere, range: {} }] : parts;
}

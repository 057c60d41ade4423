/** Where the conversions of a range lie, on any clock: everybody's in the order of their IDs, one owner's in its lists and among what came since. */
import type { Cell } from "../../../schema/columns.ts";
import { conversionsTable, LISTED_CONVERSIONS } from "../tables/conversions.ts";
import type { Clock } from "../tables/export-table.ts";
import { ownPlaces, type RowOwner } from "../tables/listed-rows.ts";
import { keyedPlace } from "../tables/row-places.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import type { TimeRange } from "./slots.ts";

export const TIME_COLUMNS = { received: "received_at", clicked: "clicked_at", occurred: "occurred_at" } as const;

/** Conversions, `c`, from somewhere. */
export interface ConversionRows {
  from: string;
  conditions: readonly SqlCondition[];
}

/** Those whose clock is in the range, of all or of one owner: each in one of these places. */
export function conversionsIn(range: TimeRange, clock: Clock, own: RowOwner | null): ConversionRows[] {
  const { least, below } = conversionsTable.bounds(range, clock);
  const time = TIME_COLUMNS[clock];
  const inTime = { sql: `+c.${time} >= ? AND +c.${time} < ?`, values: [range.fromMs, range.toMs] };
  const places =
    own === null ? [keyedPlace("conversions AS c", ["c.conversion_id"])] : ownPlaces(LISTED_CONVERSIONS, own);
  return places.map(({ from, conditions, within }) => ({
    from,
    conditions: [...conditions, ...within({ at: least, below }), inTime],
  }));
}

/** Those of them that are held now, by the index of what is held. */
export function heldIn(range: TimeRange, clock: Clock, own: RowOwner | null): ConversionRows {
  const { least, below } = conversionsTable.bounds(range, clock);
  const { within } = keyedPlace("", ["c.conversion_id"]);
  const time = TIME_COLUMNS[clock];
  return {
    from: `conversions AS c INDEXED BY ${own === null ? "conversions_held" : `held_of_${own.kind}`}`,
    conditions: [
      ...(own === null ? [] : [{ sql: `c.${own.kind} = ?`, values: [own.number] }]),
      { sql: "c.hold = 'held'", values: [] },
      ...within({ at: least, below }),
      { sql: `+c.${time} >= ? AND +c.${time} < ?`, values: [range.fromMs, range.toMs] },
    ],
  };
}

/** The same columns of the rows of all these places, as far as they meet the condition. */
export function selectRows(
  places: readonly ConversionRows[],
  columns: string,
  also = "",
): { sql: string; values: Cell[] } {
  const parts = places.map(({ from, conditions }) => {
    const where = whereOf(also === "" ? conditions : [...conditions, { sql: also, values: [] }]);
    return { sql: `SELECT ${columns} FROM ${from} ${where.sql}`, values: where.values };
  });
  return { sql: parts.map(({ sql }) => sql).join(" UNION ALL "), values: parts.flatMap(({ values }) => values) };
}

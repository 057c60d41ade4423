/**
 * Where the conversions of a range lie, on any clock, and exactly they: by receipt in the order of their IDs, or in their owner's lists; by click in the lists of clicks' hours. What
 * came since time was closed is in no list, and is read itself.
 */
import type { Cell } from "../../../schema/columns.ts";
import { timePrefix } from "../../core/books/conversion-id.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { conversionsTable, LISTED_CONVERSIONS } from "../tables/conversions.ts";
import type { Clock } from "../tables/export-table.ts";
import { listedFrom, listedWhere, openWhere, ownPlaces, type RowOwner } from "../tables/listed-rows.ts";
import { idsReceived, receivedElsewhere } from "../tables/received-elsewhere.ts";
import { type KeyRange, keyedPlace } from "../tables/row-places.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import type { TimeRange } from "./slots.ts";

export const TIME_COLUMNS = { received: "received_at", clicked: "clicked_at", occurred: "occurred_at" } as const;

/** Conversions, `c`, from somewhere. */
export interface ConversionRows {
  from: string;
  conditions: readonly SqlCondition[];
}

/** Of a list of clicks' hours: where a conversion is another click's now, it stands in the list of that hour too. */
export const CLICKED_THEN = `+c.clicked_at / ${HOUR_MS} = l.hour`;

/** Those whose clock is in the range, of all or of one owner: each in one of these places. */
export function conversionsIn(range: TimeRange, clock: Clock, own: RowOwner | null, nowMs: number): ConversionRows[] {
  if (clock === "received") {
    return [...placesIn(idsReceived(range), range, clock, own), receivedElsewhere(range, own)];
  }
  if (clock === "clicked" && own === null) return clickedIn(range, nowMs);
  const { least, below } = conversionsTable.bounds(range, clock);
  return placesIn({ at: least, below }, range, clock, own);
}

/** A part of the order of IDs, in everybody's place, or in those of the owner. */
function placesIn(ids: KeyRange, range: TimeRange, clock: Clock, own: RowOwner | null): ConversionRows[] {
  const places =
    own === null ? [keyedPlace("conversions AS c", ["c.conversion_id"])] : ownPlaces(LISTED_CONVERSIONS, own);
  return places.map(({ from, conditions, within }) => ({
    from,
    conditions: [...conditions, ...within(ids), inTime(range, clock)],
  }));
}

/**
 * What was clicked then: looked up by the lists of these hours; or, where that is not long ago, all that came since is read in its order, which is twice as quick for a row, and only
 * what came before its click is looked up.
 */
function clickedIn(range: TimeRange, nowMs: number): ConversionRows[] {
  const { fromMs, toMs } = range;
  const hours = { from: Math.floor(fromMs / HOUR_MS), through: Math.floor((toMs - 1) / HOUR_MS) };
  const listed = {
    from: listedFrom(LISTED_CONVERSIONS),
    conditions: [
      ...listedWhere(LISTED_CONVERSIONS, { kind: "clicked", number: 0 }, hours),
      { sql: CLICKED_THEN, values: [] },
      inTime(range, "clicked"),
    ],
  };
  if (nowMs - fromMs > 2 * (toMs - fromMs)) return [listed, openIn(range, "clicked", null)];
  const since = timePrefix(fromMs);
  return [
    ...placesIn({ at: since }, range, "clicked", null),
    { ...listed, conditions: [{ sql: "i.value < ?", values: [since] }, ...listed.conditions] },
    // Where nothing is listed yet, what came before its click.
    {
      from: "conversions AS c",
      conditions: [
        openWhere(LISTED_CONVERSIONS),
        { sql: "c.conversion_id < ?", values: [since] },
        inTime(range, "clicked"),
      ],
    },
  ];
}

/** What came since time was closed. */
export function openIn(range: TimeRange, clock: Clock, own: RowOwner | null): ConversionRows {
  const owned = own === null ? [] : [{ sql: `+c.${own.kind} = ?`, values: [own.number] }];
  return {
    from: "conversions AS c",
    conditions: [openWhere(LISTED_CONVERSIONS), ...owned, inTime(range, clock)],
  };
}

function inTime({ fromMs, toMs }: TimeRange, clock: Clock): SqlCondition {
  const time = TIME_COLUMNS[clock];
  return { sql: `+c.${time} >= ? AND +c.${time} < ?`, values: [fromMs, toMs] };
}

/** Those of them that are held now, by the index of what is held. */
export function heldIn(range: TimeRange, clock: Clock, own: RowOwner | null): ConversionRows {
  const { least, below } = conversionsTable.bounds(range, clock);
  const { within } = keyedPlace("", ["c.conversion_id"]);
  return {
    from: `conversions AS c INDEXED BY ${own === null ? "conversions_held" : `held_of_${own.kind}`}`,
    conditions: [
      ...(own === null ? [] : [{ sql: `c.${own.kind} = ?`, values: [own.number] }]),
      { sql: "c.hold = 'held'", values: [] },
      ...within({ at: least, below }),
      inTime(range, clock),
    ],
  };
}

/** A column, and the expression that gives it. */
export interface NamedSql {
  name: string;
  sql: string;
}

/** Columns as a select has them, which has at least one. */
export function namedSql(columns: readonly NamedSql[]): string {
  return columns.length === 0 ? "1" : columns.map(({ name, sql }) => `${sql} AS ${name}`).join(", ");
}

/** The rows of all these places, as far as they meet the condition, of which the same columns are selected. */
export function selectRows(
  places: readonly ConversionRows[],
  also = "",
): { sql: (columns: string) => string; values: Cell[] } {
  const parts = places.map(({ from, conditions }) => {
    const where = whereOf(also === "" ? conditions : [...conditions, { sql: also, values: [] }]);
    return { from: `FROM ${from} ${where.sql}`, values: where.values };
  });
  return {
    sql: (columns) => parts.map(({ from }) => `SELECT ${columns} ${from}`).join(" UNION ALL "),
    values: parts.flatMap(({ values }) => values),
  };
}

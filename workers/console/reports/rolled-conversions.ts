/** Conversions of a report as they are added up: hours and days of what is closed, the ends that these cannot tell from the conversions themselves, and what came since. */
import type { Cell } from "../../../schema/columns.ts";
import { receivedElsewhereSql } from "../../core/books/conversion-id-sql.ts";
import { addedColumns } from "../../core/metrics/measures.ts";
import { CONVERSION_ROLLUP } from "../../core/metrics/rollups.ts";
import type { Segment } from "../../core/metrics/segments.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { LISTED_CONVERSIONS } from "../tables/conversions.ts";
import { listedFrom, type RowOwner } from "../tables/listed-rows.ts";
import { CLICKED_THEN, elsewhereFrom, openIn, selectRows, TIME_COLUMNS } from "./conversion-rows.ts";
import { areFew } from "./own-links.ts";
import { LACKED_BY_CONVERSIONS, type Relation } from "./relations.ts";
import type { TimeRange } from "./slots.ts";
import { ownTimes, SIGNED, segmentRows, signedColumns, spansOf } from "./summed-spans.ts";

const { keys, sums, spans } = CONVERSION_ROLLUP;
const COUNTED = addedColumns("conversions");
const KEYS_OF_ROW = keys.map((name) => `c.${name} AS ${name}`);
const OPEN_COLUMNS = [...KEYS_OF_ROW, ...COUNTED.map(({ column, ofRow }) => `${ofRow} AS ${column}`)].join(", ");
const CLOSED_COLUMNS = [...KEYS_OF_ROW, ...COUNTED.map(({ column, ofRow }) => `sign * (${ofRow}) AS ${column}`)].join(
  ", ",
);

/** Whose: everybody's, or one owner's, whose links are read one by one where they are few. */
export interface RolledOwn {
  own: RowOwner | null;
  links: readonly number[] | null;
}

/**
 * What `segments` of a range say on a clock. Of one owner, by click, quarter-hours are none of them (`tellsQuarters`): its lists are by the hours of receipt, and would be read whole
 * for each.
 */
export function rolledConversions(
  segments: readonly Segment[],
  range: TimeRange,
  clock: "received" | "clicked",
  { own, links }: RolledOwn,
): Relation {
  const whole = segments.filter(({ unit }) => unit !== "quarter");
  const few = links !== null && areFew(links, whole) ? links : null;
  const values: Cell[] = [segmentRows(segments)];
  const place = (value: Cell) => `?${values.push(value)}`;
  const named = few === null ? SIGNED : `${SIGNED}, ${ownTimes(place(JSON.stringify(few)))}`;
  const parts = [
    spansOf(spans, signedColumns(keys, sums), `AND clock = '${clock}' AND conversions > 0`, few !== null),
    ...(whole.length < segments.length ? closedQuarters(clock, own, place) : []),
  ];
  const open = selectRows(
    [openIn(range, clock, own)],
    `c.${TIME_COLUMNS[clock]} / ${QUARTER_MS} AS quarter, ${OPEN_COLUMNS}`,
  );
  return {
    database: "DB",
    sql: `WITH RECURSIVE ${named} ${[...parts, open.sql].join(" UNION ALL ")}`,
    // Those without a number come behind all that have one.
    values: [...values, ...open.values],
    columns: new Set(keys),
    lacks: LACKED_BY_CONVERSIONS,
  };
}

/** True where quarter-hours can be told besides hours and days. */
export function tellsQuarters(clock: "received" | "clicked", own: RowOwner | null): boolean {
  return clock === "received" || own === null;
}

/** Closed conversions of the segments that are quarter-hours; `place` takes a value and says how SQL names it. */
function closedQuarters(clock: "received" | "clicked", own: RowOwner | null, place: (value: Cell) => string): string[] {
  const time = `c.${TIME_COLUMNS[clock]}`;
  const select = `SELECT iif(sign < 0, taken_from, ${time} / ${QUARTER_MS}) AS quarter, ${CLOSED_COLUMNS}`;
  const where = `WHERE of_unit = 'quarter' AND +c.conversion_id < (${LISTED_CONVERSIONS.until})`;
  const inTime = (column: string) => `${column} >= least * ${QUARTER_MS} AND ${column} < below * ${QUARTER_MS}`;
  const listed = (kind: string, owner: string) =>
    `signed CROSS JOIN ${listedFrom(LISTED_CONVERSIONS)} ${where} AND l.kind = '${kind}' AND l.owner = ${owner} AND l.hour >= least / 4 AND l.hour <= (below - 1) / 4`;
  if (clock === "clicked")
    return [`${select} FROM ${listed("clicked", "0")} AND ${CLICKED_THEN} AND ${inTime(`+${time}`)}`];
  const number = own === null ? "" : place(own.number);
  const whose = (plus: string) => (own === null ? "" : `AND ${plus}c.${own.kind} = ${number}`);
  const ids = "+c.conversion_id >= least_id AND +c.conversion_id < below_id";
  return [
    own === null
      ? `${select} FROM signed CROSS JOIN conversions AS c ${where} AND c.conversion_id >= least_id AND c.conversion_id < below_id AND ${inTime(`+${time}`)}`
      : `${select} FROM ${listed(own.kind, number)} AND ${ids} ${whose("+")} AND ${inTime(`+${time}`)}`,
    `${select} FROM signed CROSS JOIN ${elsewhereFrom(own)} ${where} AND ${receivedElsewhereSql("c")} ${whose("")} AND ${inTime(time)} AND NOT (${ids})`,
  ];
}

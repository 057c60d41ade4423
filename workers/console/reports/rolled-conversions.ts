/** Conversions of a report as they are added up: hours and days of what is closed, the ends that these cannot tell from the conversions themselves, and what came since. */
import type { Cell } from "../../../schema/columns.ts";
import { receivedElsewhereSql } from "../../core/books/conversion-id-sql.ts";
import { addedColumns } from "../../core/metrics/measures.ts";
import { CONVERSION_ROLLUP } from "../../core/metrics/rollups.ts";
import type { Segment } from "../../core/metrics/segments.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { LISTED_CONVERSIONS } from "../tables/conversions.ts";
import { listedFrom, type RowOwner } from "../tables/listed-rows.ts";
import { elsewhereFrom } from "../tables/received-elsewhere.ts";
import { CLICKED_THEN, type NamedSql, namedSql, openIn, selectRows, TIME_COLUMNS } from "./conversion-rows.ts";
import { areFew } from "./own-links.ts";
import { LACKED_BY_CONVERSIONS, type Relation } from "./relations.ts";
import type { TimeRange } from "./slots.ts";
import { ownTimes, SIGNED, segmentRows, spansOf } from "./summed-spans.ts";

const { keys, sums, spans } = CONVERSION_ROLLUP;
const COUNTED = addedColumns("conversions");
/** The plus keeps a filter from choosing the way to the rows. */
const OF_ROW: readonly NamedSql[] = keys.map((name) => ({ name, sql: `+c.${name}` }));
const OPEN: readonly NamedSql[] = [...OF_ROW, ...COUNTED.map(({ column, ofRow }) => ({ name: column, sql: ofRow }))];
const CLOSED: readonly NamedSql[] = [
  ...OF_ROW,
  ...COUNTED.map(({ column, ofRow }) => ({ name: column, sql: `sign * (${ofRow})` })),
];
const SUMMED: readonly NamedSql[] = [
  ...keys.map((name) => ({ name, sql: `+${name}` })),
  ...sums.map((name) => ({ name, sql: `sign * ${name}` })),
];

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
  const quarters = whole.length < segments.length ? closedQuarters(clock, own, place) : [];
  const open = selectRows([openIn(range, clock, own)]);
  const openQuarter = { name: "quarter", sql: `c.${TIME_COLUMNS[clock]} / ${QUARTER_MS}` };
  return {
    database: "DB",
    sql: (isRead) => {
      const read = (columns: readonly NamedSql[]) => namedSql(columns.filter(({ name }) => isRead(name)));
      const parts = [
        spansOf(spans, read(SUMMED), `AND clock = '${clock}' AND conversions > 0`, few !== null),
        ...quarters.map((from) => `SELECT ${QUARTER_OF_CLOSED[clock]} AS quarter, ${read(CLOSED)} ${from}`),
        open.sql(`${namedSql([openQuarter])}, ${read(OPEN)}`),
      ];
      return `WITH RECURSIVE ${named} ${parts.join(" UNION ALL ")}`;
    },
    // Those without a number come behind all that have one.
    values: [...values, ...open.values],
    columns: new Set(keys),
    lacks: LACKED_BY_CONVERSIONS,
  };
}

const QUARTER_OF_CLOSED = {
  received: `iif(sign < 0, taken_from, c.received_at / ${QUARTER_MS})`,
  clicked: `iif(sign < 0, taken_from, c.clicked_at / ${QUARTER_MS})`,
} as const;

/** True where quarter-hours can be told besides hours and days. */
export function tellsQuarters(clock: "received" | "clicked", own: RowOwner | null): boolean {
  return clock === "received" || own === null;
}

/** Where closed conversions of the segments that are quarter-hours lie, each read once and told once or twice; `place` takes a value and says how SQL names it. */
function closedQuarters(clock: "received" | "clicked", own: RowOwner | null, place: (value: Cell) => string): string[] {
  const time = `c.${TIME_COLUMNS[clock]}`;
  const signs = "CROSS JOIN signs ON signs.sign = 1 OR taken_from IS NOT NULL";
  const where = `${signs} WHERE of_unit = 'quarter' AND +c.conversion_id < (${LISTED_CONVERSIONS.until})`;
  const inTime = (column: string) => `${column} >= least * ${QUARTER_MS} AND ${column} < below * ${QUARTER_MS}`;
  const listed = (kind: string, owner: string) =>
    `FROM segments CROSS JOIN ${listedFrom(LISTED_CONVERSIONS)} ${where} AND l.kind = '${kind}' AND l.owner = ${owner} AND l.hour >= least / 4 AND l.hour <= (below - 1) / 4`;
  if (clock === "clicked") return [`${listed("clicked", "0")} AND ${CLICKED_THEN} AND ${inTime(`+${time}`)}`];
  const number = own === null ? "" : place(own.number);
  const whose = (plus: string) => (own === null ? "" : `AND ${plus}c.${own.kind} = ${number}`);
  const ids = "+c.conversion_id >= least_id AND +c.conversion_id < below_id";
  return [
    own === null
      ? `FROM segments CROSS JOIN conversions AS c ${where} AND c.conversion_id >= least_id AND c.conversion_id < below_id AND ${inTime(`+${time}`)}`
      : `${listed(own.kind, number)} AND ${ids} ${whose("+")} AND ${inTime(`+${time}`)}`,
    `FROM segments CROSS JOIN ${elsewhereFrom(own)} ${where} AND ${receivedElsewhereSql("c")} ${whose("")} AND ${inTime(time)} AND NOT (${ids})`,
  ];
}

/** How sums of hours, days and quarter-hours are read in SQL: all segments of a report in one statement, so that what it adds up is of one moment. */
import { timePrefix } from "../../core/books/conversion-id.ts";
import { MIDDLE_QUARTER, type Segment } from "../../core/metrics/segments.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";

/** The segments as one parameter, `?1`; quarter-hours with where they begin and end among the IDs of conversions. */
export function segmentRows(segments: readonly Segment[]): string {
  const rows = segments.map(({ unit, from, to, takenFrom = null }) => {
    const ids = unit === "quarter" ? [from, to].map((quarter) => timePrefix(quarter * QUARTER_MS)) : [];
    return [unit, from, to, takenFrom, ...ids];
  });
  return JSON.stringify(rows);
}

/** `signed`: a row for each segment. What is taken from a day is read once more, as less than nothing. */
export const SIGNED = `
  segments AS MATERIALIZED (
    SELECT value ->> 0 AS of_unit, value ->> 1 AS least, value ->> 2 AS below, value ->> 3 AS taken_from, value ->> 4 AS least_id, value ->> 5 AS below_id FROM json_each(?1)
  ), signs (sign) AS MATERIALIZED (VALUES (1), (-1)
  ), signed AS MATERIALIZED (
    SELECT * FROM segments CROSS JOIN signs ON sign = 1 OR taken_from IS NOT NULL
  )`;

/** What more is named for those of few links alone, `links` being the parameter that lists them: each time by itself, and the links. */
export function ownTimes(links: string): string {
  return `times (of_unit, at, below, taken_from, sign, step) AS (
      SELECT of_unit, least, below, taken_from, sign, CASE of_unit WHEN 'day' THEN 96 WHEN 'hour' THEN 4 ELSE 1 END FROM signed WHERE least < below AND of_unit <> 'quarter'
      UNION ALL SELECT of_unit, at + step, below, taken_from, sign, step FROM times WHERE at + step < below
    ), own AS MATERIALIZED (SELECT value AS own_link FROM json_each(${links}))`;
}

/** Hours and days of a table, a day standing for its middle: of all, or, with `ownTimes`, of few links. */
export function spansOf(table: string, columns: string, where: string, isOwn: boolean): string {
  const from = isOwn
    ? `times CROSS JOIN own CROSS JOIN ${table} ON unit = of_unit AND start = at AND link = own_link`
    : `signed CROSS JOIN ${table} ON unit = of_unit AND start >= least AND start < below`;
  return `
    SELECT iif(sign < 0, taken_from, iif(unit = 'day', start + ${MIDDLE_QUARTER}, start)) AS quarter, ${columns}
    FROM ${from} ${where} WHERE of_unit <> 'quarter'`;
}

/** The plus keeps a filter from choosing the way to the rows, which is by time. */
export function signedColumns(keys: readonly string[], sums: readonly string[]): string {
  return [...keys.map((name) => `+${name} AS ${name}`), ...sums.map((name) => `sign * ${name} AS ${name}`)].join(", ");
}

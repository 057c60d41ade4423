/** What reports group by: where each dimension stands in a relation, and how its values are written. */
import { SUB_ID_COUNT } from "../../core/click/sub-ids.ts";
import type { Resolution } from "../../core/metrics/segments.ts";
import { formatLocalHour, offsetIn, QUARTER_MS, type ZoneSpan } from "../../core/metrics/time-zone.ts";
import { type Cell, type Slugs, SUBJECTS } from "../tables/column.ts";

const QUARTERS_OF_HOUR = 4;
const QUARTERS_OF_DAY = 96;
const DAY_MS = 86_400_000;
const DAY_S = 86_400;
/** 1970-01-01 was a Thursday, three days after a Monday. */
const DAYS_TO_MONDAY = 3;

const TIMES = ["day", "hour", "week", "month"] as const;
type TimeDimension = (typeof TIMES)[number];

export const SUB_IDS: readonly string[] = Array.from({ length: SUB_ID_COUNT }, (_, index) => `sub${index + 1}`);
/** Known of a click only where its row is read. */
const OF_ROWS: readonly string[] = ["os", "browser", "referrer", ...SUB_IDS];
/** In no rollup, but on every conversion's row. */
const OF_CONVERSIONS = "new_or_returning";

export const DIMENSIONS: readonly string[] = [
  ...TIMES,
  ...SUBJECTS,
  "event",
  "country",
  "device",
  ...OF_ROWS,
  OF_CONVERSIONS,
];

export function isTime(dimension: string): dimension is TimeDimension {
  return TIMES.some((time) => time === dimension);
}

/** Which times these dimensions tell apart: weeks and months are made of days. */
export function resolutionOf(dimensions: readonly string[]): Resolution {
  if (dimensions.includes("hour")) return "hour";
  return dimensions.some(isTime) ? "day" : "none";
}

/** True when clicks cannot be had by this from the rollups. */
export function needsClickRows(dimension: string): boolean {
  return OF_ROWS.includes(dimension);
}

/** True when conversions cannot be had by this from the rollups. */
export function needsConversionRows(dimension: string): boolean {
  return dimension === OF_CONVERSIONS || needsClickRows(dimension);
}

/** The expression for a dimension of time, by a relation's column `quarter`. */
export function timeSql(dimension: TimeDimension, spans: readonly ZoneSpan[]): string {
  const localDay = `((quarter + ${inSpan(spans, ({ offset }) => `(${offset})`)}) / ${QUARTERS_OF_DAY})`;
  switch (dimension) {
    case "hour":
      return inSpan(spans, hourSql);
    case "day":
      return localDay;
    case "week":
      return `((${localDay} + ${DAYS_TO_MONDAY}) / 7)`;
    case "month":
      return `strftime('%Y-%m', ${localDay} * ${DAY_S}, 'unixepoch')`;
  }
}

/** A zone's span in quarter-hours. `from` is where clocks were changed; null for the first span of a report, which begins before it. */
interface QuarterSpan {
  from: number | null;
  offset: number;
}

/** When the local hour of `quarter` begins. Where clocks are changed by half an hour, one begins within its hour, with the change. */
function hourSql({ from, offset }: QuarterSpan): string {
  const hour = `((quarter + ${offset}) / ${QUARTERS_OF_HOUR} * ${QUARTERS_OF_HOUR} - ${offset})`;
  return from === null ? hour : `max(${hour}, ${from})`;
}

/** What `sqlOf` makes of the span in which `quarter` lies. */
function inSpan(spans: readonly ZoneSpan[], sqlOf: (span: QuarterSpan) => string): string {
  return spans
    .map(({ fromMs, offsetMs }, index) => ({
      from: index === 0 ? null : fromMs / QUARTER_MS,
      offset: offsetMs / QUARTER_MS,
    }))
    .reduce(
      (before, span) => (span.from === null ? sqlOf(span) : `iif(quarter < ${span.from}, ${before}, ${sqlOf(span)})`),
      "0",
    );
}

/** A value of a dimension in words; null where there is none. Days and weeks are the date of their first day, hours their beginning in local time. */
export function labelOf(dimension: string, value: Cell, spans: readonly ZoneSpan[], slugs: Slugs): string | null {
  if (value === null || value === "") return null;
  const number = Number(value);
  const subject = SUBJECTS.find((name) => name === dimension);
  if (subject) return slugs[subject].get(number) ?? String(value);
  if (dimension === "day") return dateOf(number);
  if (dimension === "week") return dateOf(number * 7 - DAYS_TO_MONDAY);
  if (dimension !== "hour") return String(value);
  const atMs = number * QUARTER_MS;
  return formatLocalHour(atMs, offsetIn(spans, atMs));
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Times that reports group by: how each is had from a quarter-hour, and how its values are written. */
import { EVERYONE, type Seen } from "../roles.ts";
import { DAY_MS } from "../time-units.ts";
import type { Resolution } from "./segments.ts";
import { formatLocalHour, offsetIn, QUARTER_MS, type ZoneSpan } from "./time-zone.ts";

const QUARTERS_OF_HOUR = 4;
const QUARTERS_OF_DAY = 96;
const DAY_S = DAY_MS / 1_000;
/** 1970-01-01 was a Thursday, three days after a Monday. */
const DAYS_TO_MONDAY = 3;

interface TimeDimension extends Seen {
  label: string;
  /** What has to be told apart for it: weeks and months are made of days. */
  resolution: Exclude<Resolution, "none">;
  /** The expression that gives it from a column `quarter`. */
  sql(spans: readonly ZoneSpan[]): string;
  /** A value in words. */
  written(value: string | number, spans: readonly ZoneSpan[]): string;
}

/** Days and weeks are written as the date of their first day, hours as their beginning in local time. */
export const TIMES = {
  day: { label: "Day", seenBy: EVERYONE, resolution: "day", sql: localDay, written: (day) => dateOf(Number(day)) },
  hour: {
    label: "Hour",
    seenBy: EVERYONE,
    resolution: "hour",
    sql: (spans) => inSpan(spans, hourSql),
    written(hour, spans) {
      const atMs = Number(hour) * QUARTER_MS;
      return formatLocalHour(atMs, offsetIn(spans, atMs));
    },
  },
  week: {
    label: "Week",
    seenBy: EVERYONE,
    resolution: "day",
    sql: (spans) => `((${localDay(spans)} + ${DAYS_TO_MONDAY}) / 7)`,
    written: (week) => dateOf(Number(week) * 7 - DAYS_TO_MONDAY),
  },
  month: {
    label: "Month",
    seenBy: EVERYONE,
    resolution: "day",
    sql: (spans) => `strftime('%Y-%m', ${localDay(spans)} * ${DAY_S}, 'unixepoch')`,
    written: String,
  },
} as const satisfies Record<string, TimeDimension>;

export type Time = keyof typeof TIMES;

export function isTime(dimension: string): dimension is Time {
  return Object.hasOwn(TIMES, dimension);
}

/** Which times these dimensions tell apart. */
export function resolutionOf(dimensions: readonly string[]): Resolution {
  const resolutions = dimensions.filter(isTime).map((time) => TIMES[time].resolution);
  return resolutions.find((resolution) => resolution === "hour") ?? resolutions[0] ?? "none";
}

function localDay(spans: readonly ZoneSpan[]): string {
  return `((quarter + ${inSpan(spans, ({ offset }) => `(${offset})`)}) / ${QUARTERS_OF_DAY})`;
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

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

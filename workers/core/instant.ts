/** Times as people and spreadsheets write them, and as we write them. */
import { readTime } from "./postback/occurred-at.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./time-units.ts";

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads a day, which means its beginning in UTC (`2026-11-23`), RFC 3339, or Unix seconds or milliseconds, into Unix milliseconds. Null for everything else, days that do not exist included. */
export function readInstant(text: string): number | null {
  return readTime(DAY.test(text) ? `${text}T00:00:00Z` : text);
}

/** True of a day that there is, such as `2026-11-23`: no 30th of February. */
export function isDay(text: string): boolean {
  return DAY.test(text) && readInstant(text) !== null;
}

/** The day that was written last, up to its `T`. An export writes millions of times, mostly of one day after the other, and the platform's own way costs six times as much. */
let written = { day: Number.NaN, text: "" };

/** Writes Unix milliseconds as RFC 3339 in UTC with milliseconds: `2026-11-23T08:00:00.000Z`. */
export function formatInstant(atMs: number): string {
  const day = Math.floor(atMs / DAY_MS);
  if (day !== written.day) written = { day, text: new Date(atMs).toISOString().slice(0, -13) };
  const ms = atMs - day * DAY_MS;
  const minute = two(Math.floor(ms / MINUTE_MS) % 60);
  return `${written.text}${two(Math.floor(ms / HOUR_MS))}:${minute}:${two(Math.floor(ms / 1_000) % 60)}.${three(ms % 1_000)}Z`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

function three(number: number): string {
  return number < 100 ? `0${two(number)}` : String(number);
}

/** Times as people and spreadsheets write them, and as we write them. */
import { readTime } from "./occurred-at.ts";

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads a day, which means its beginning in UTC (`2026-11-23`), RFC 3339, or Unix seconds or milliseconds, into Unix milliseconds. Null for everything else, days that do not exist included. */
export function readInstant(text: string): number | null {
  return readTime(DAY.test(text) ? `${text}T00:00:00Z` : text);
}

/** Writes Unix milliseconds as RFC 3339 in UTC with milliseconds: `2026-11-23T08:00:00.000Z`. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** What a table cannot say: a function with a name, of what stands at a path. */
import { MINUTE_MS } from "../time-units.ts";
import { textOf } from "./tree-paths.ts";

/** Gives the text that it makes of a value; null where it can make none. */
type SourceFunction = (value: unknown) => string | null;

export const SOURCE_FUNCTIONS: ReadonlyMap<string, SourceFunction> = new Map<string, SourceFunction>([
  ["utc", utc],
  ["berlin_time", berlinTime],
  ["customer_by_count", customerByCount],
]);

const BARE_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?$/;

/** A time without a zone that is UTC, such as WooCommerce's `date_paid_gmt`. */
function utc(value: unknown): string | null {
  const text = textOf(value);
  return text !== null && BARE_TIME.test(text) ? `${text.replace(" ", "T")}Z` : text;
}

/** A time without a zone that a clock in Berlin shows. In the hour that comes twice it is the second. */
function berlinTime(value: unknown): string | null {
  const text = textOf(value);
  const [, ...parts] = (text !== null && BARE_TIME.exec(text)) || [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  if (parts.length === 0) return null;
  const offsetMinutes = isSummerInEurope(Date.UTC(year, month - 1, day, hour - 1)) ? 120 : 60;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes * MINUTE_MS).toISOString();
}

/** From the last Sunday of March to that of October, each at 01:00 UTC. */
function isSummerInEurope(atMs: number): boolean {
  const year = new Date(atMs).getUTCFullYear();
  return atMs >= lastSunday(year, 2) && atMs < lastSunday(year, 9);
}

function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0, 1));
  return last.setUTCDate(last.getUTCDate() - last.getUTCDay());
}

/** Of how many orders a customer has, this one among them. */
function customerByCount(value: unknown): string | null {
  const count = textOf(value);
  if (count === null || !/^\d+$/.test(count)) return null;
  return Number(count) > 1 ? "returning" : "new";
}

/** Times as tables write them. Whether the day or the month stands first is judged of a column as a whole, and never guessed. */
import { startOfDay, zoneSpans } from "../metrics/time-zone.ts";
import { readTime } from "../postback/occurred-at.ts";
import { DAY_MS } from "../time-units.ts";

export const DATE_ORDERS = ["day_first", "month_first"] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

/** What a column's texts tell of their notation, and times read in it: Unix milliseconds, null for what cannot be read. */
export interface TimeNotation {
  note(text: string): void;
  read(text: string): number | null;
}

/** `order` and `zone` are what somebody said; null where the texts are to tell, and where a time without a zone is not read. */
export interface SaidOfTimes {
  order: DateOrder | null;
  zone: string | null;
}

/** A day and an hour, with seconds or without, and a zone or none. */
const WRITTEN =
  /^(?<day>\d{4}-\d\d-\d\d)[T ](?<hour>\d\d:\d\d)(?<second>:\d\d(?:\.\d{1,9})?)?(?: ?(?<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?$/i;
/** `1.11.2026`, `11/1/2026 2:05 PM`, `2026/11/01`. */
const PARTED =
  /^(?:(?<year>\d{4})(?<mark>[-/.])(?<middle>\d{1,2})\k<mark>(?<end>\d{1,2})|(?<one>\d{1,2})(?<sign>[-/.])(?<two>\d{1,2})\k<sign>(?<behind>\d{4}))(?:,?[T ]\s*(?<time>\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)\s*(?<half>[ap]\.?m\.?)?)?(?: ?(?<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?$/i;

/** Unix milliseconds of a time as senders write it, or as `2026-11-01 10:00 +0200`. Null for what cannot be read, and for a time that has no zone, unless it is UTC. */
export function readTableTime(text: string, utc: boolean): number | null {
  const atMs = readTime(text);
  if (atMs !== null) return atMs;
  const { day, hour, second = ":00", zone } = WRITTEN.exec(text)?.groups ?? {};
  if (day === undefined || (zone === undefined && !utc)) return null;
  const offset = zone === undefined || /^[A-Z]/i.test(zone) ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  return readTime(`${day}T${hour}${second}${offset}`);
}

/** A column's notation. `1.11.2026` has the day first; `11/1/2026` tells nothing by itself, but `11/13/2026` does for all of the column. A day alone is its beginning. */
export function timeNotation({ order, zone }: SaidOfTimes): TimeNotation {
  const seen = new Set<DateOrder>();
  return {
    note(text) {
      const { one, sign, two } = PARTED.exec(text.trim())?.groups ?? {};
      if (sign === ".") return;
      if (Number(one) > 12) seen.add("day_first");
      if (Number(two) > 12) seen.add("month_first");
    },
    read(text) {
      const atMs = readTableTime(text, false);
      if (atMs !== null) return atMs;
      const groups = PARTED.exec(text.trim())?.groups;
      if (!groups) return null;
      const [told = null] = seen.size === 1 ? seen : [];
      const localMs = localOf(groups, groups.sign === "." ? "day_first" : (order ?? told));
      if (localMs === null) return null;
      if (groups.zone !== undefined) return localMs - offsetOf(groups.zone);
      return zone === null ? null : inZone(zone, localMs);
    },
  };
}

type Parts = Readonly<Record<string, string | undefined>>;

/** The wall clock's time as if it were UTC; null for a day that there is not, and where nobody knows which is the month. */
function localOf({ year, middle, end, one, two, behind, time, half }: Parts, order: DateOrder | null): number | null {
  if (year === undefined && order === null) return null;
  const [month, day] = year !== undefined ? [middle, end] : order === "day_first" ? [two, one] : [one, two];
  const [y, m, d] = [Number(year ?? behind), Number(month), Number(day)];
  const date = new Date(Date.UTC(y, m - 1, d));
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return null;
  const [hour = 0, minute = 0, second = 0] = (time ?? "").split(":").map(Number);
  if (half !== undefined && (hour < 1 || hour > 12)) return null;
  const whole = half === undefined ? hour : (hour % 12) + (/^p/i.test(half) ? 12 : 0);
  if (whole > 23 || minute > 59 || second >= 60) return null;
  return date.getTime() + ((whole * 60 + minute) * 60 + second) * 1_000;
}

function offsetOf(zone: string): number {
  if (/^[A-Z]/i.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** What the zone's clocks show twice is the earlier of both; what they leave out, the hour behind it. */
function inZone(zone: string, localMs: number): number {
  if (localMs % DAY_MS === 0) return startOfDay(zone, localMs);
  const offsets = zoneSpans(zone, localMs - DAY_MS, localMs + DAY_MS);
  const times = offsets.map(({ offsetMs }) => localMs - offsetMs);
  return times.find((atMs) => isShown(offsets, atMs, localMs)) ?? times[0] ?? localMs;
}

function isShown(spans: readonly { fromMs: number; offsetMs: number }[], atMs: number, localMs: number): boolean {
  return atMs + (spans.findLast(({ fromMs }) => fromMs <= atMs)?.offsetMs ?? 0) === localMs;
}

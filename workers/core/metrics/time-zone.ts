/** Time zones in quarter-hours: the offset from UTC over a range, local dates and where they begin, and how local times are written. */
import { keepLatest } from "../keep-latest.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../time-units.ts";

/** A rollup's unit of time. Every zone's offset is a whole number of them, and so is every change of one. */
export const QUARTER_MS = 900_000;
/** No zone changes its offset and back within this time. */
const STEP_MS = 5 * DAY_MS;

/** From `fromMs` on, local time is UTC plus `offsetMs`; until the next span begins. */
export interface ZoneSpan {
  fromMs: number;
  offsetMs: number;
}

/** The spans of one offset between `fromMs` and `toMs`, whole quarter-hours both; the first begins at `fromMs`. */
export function zoneSpans(timeZone: string, fromMs: number, toMs: number): ZoneSpan[] {
  const spans: ZoneSpan[] = [{ fromMs, offsetMs: offsetAt(timeZone, fromMs) }];
  let atMs = fromMs;
  while (atMs < toMs) {
    const nextMs = Math.min(atMs + STEP_MS, toMs);
    const offsetMs = offsetAt(timeZone, nextMs);
    if (offsetMs !== spans.at(-1)?.offsetMs) spans.push({ fromMs: changeBetween(timeZone, atMs, nextMs), offsetMs });
    atMs = nextMs;
  }
  return spans;
}

/** The first quarter-hour after `beforeMs` that has the offset of `afterMs`. */
function changeBetween(timeZone: string, beforeMs: number, afterMs: number): number {
  const after = offsetAt(timeZone, afterMs);
  let before = Math.floor(beforeMs / QUARTER_MS);
  let changed = Math.floor(afterMs / QUARTER_MS);
  while (changed - before > 1) {
    const middle = Math.floor((before + changed) / 2);
    if (offsetAt(timeZone, middle * QUARTER_MS) === after) changed = middle;
    else before = middle;
  }
  return changed * QUARTER_MS;
}

/** The offset at `atMs` among spans that cover it. */
export function offsetIn(spans: readonly ZoneSpan[], atMs: number): number {
  return spans.findLast(({ fromMs }) => fromMs <= atMs)?.offsetMs ?? spans[0]?.offsetMs ?? 0;
}

/** The instant at which the zone's calendar reaches the date that `dateMs` is the midnight of in UTC: where clocks leave out midnight, or the whole day, when they are put forward. */
export function startOfDay(timeZone: string, dateMs: number): number {
  const [beforeMs, afterMs] = [dateMs - DAY_MS, dateMs + DAY_MS];
  const midnightMs = dateMs - offsetAt(timeZone, beforeMs);
  const laterMs = dateMs - offsetAt(timeZone, afterMs);
  if (midnightMs === laterMs) return midnightMs;
  const changeMs = changeBetween(timeZone, beforeMs, afterMs);
  return midnightMs < changeMs ? midnightMs : Math.max(changeMs, laterMs);
}

/** The date that it is in the zone at `atMs`, as its midnight in UTC. */
export function localDate(timeZone: string, atMs: number): number {
  return Math.floor((atMs + offsetAt(timeZone, atMs)) / DAY_MS) * DAY_MS;
}

/** The date that it is in the zone, as `2026-11-01`. */
export function writeLocalDate(timeZone: string, atMs: number): string {
  return new Date(localDate(timeZone, atMs)).toISOString().slice(0, 10);
}

/** When the local hour of `atMs` begins, among spans that cover it. Where clocks are changed by half an hour, one begins within its hour, with the change. */
export function startOfHour(spans: readonly ZoneSpan[], atMs: number): number {
  const index = Math.max(
    spans.findLastIndex(({ fromMs }) => fromMs <= atMs),
    0,
  );
  const { fromMs, offsetMs } = spans[index] ?? { fromMs: 0, offsetMs: 0 };
  const hourMs = Math.floor((atMs + offsetMs) / HOUR_MS) * HOUR_MS - offsetMs;
  // The first span began before it is looked at.
  return index === 0 ? hourMs : Math.max(hourMs, fromMs);
}

/** `2026-11-01T14:00+01:00` */
export function formatLocalHour(atMs: number, offsetMs: number): string {
  const local = new Date(atMs + offsetMs).toISOString().slice(0, 16);
  if (offsetMs === 0) return `${local}Z`;
  const minutes = Math.abs(offsetMs) / MINUTE_MS;
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${local}${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** True for names of the time zone database, such as `Europe/Berlin` and `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    offsetAt(name, 0);
    return true;
  } catch {
    return false;
  }
}

const MAX_ZONES = 100;
/** Of a zone; a page of a report asks of a few. */
const MAX_QUARTERS = 2_000;

/** How a zone's offsets are found, and those that were, by the quarter-hour. */
interface ZoneMemory {
  format: Intl.DateTimeFormat;
  offsets: Map<number, number>;
}
const zones = new Map<string, ZoneMemory>();

function memoryOf(timeZone: string): ZoneMemory {
  const known = zones.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const memory = { format, offsets: new Map<number, number>() };
  keepLatest(zones, timeZone, memory, MAX_ZONES);
  return memory;
}

function offsetAt(timeZone: string, atMs: number): number {
  const { format, offsets } = memoryOf(timeZone);
  const quarter = Math.floor(atMs / QUARTER_MS);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const name = format.formatToParts(atMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
  const offsetMs = (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
  if (offsets.size >= MAX_QUARTERS) offsets.clear();
  offsets.set(quarter, offsetMs);
  return offsetMs;
}

/** The days or hours that a chart over time has, as reports label them in the viewer's zone. */
import {
  formatLocalHour,
  offsetIn,
  QUARTER_MS,
  startOfDay,
  startOfHour,
  zoneSpans,
} from "../../core/metrics/time-zone.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";

export interface TimeRange {
  fromMs: number;
  toMs: number;
}

/** The days or hours of a span, as reports label them. */
export function slotsOf(slot: "hour" | "day", timeZone: string, { fromMs, toMs }: TimeRange): string[] {
  const slots: string[] = [];
  if (slot === "hour") {
    const spans = zoneSpans(timeZone, fromMs, toMs);
    for (let atMs = startOfHour(spans, fromMs); atMs < toMs; atMs = startOfHour(spans, atMs + HOUR_MS))
      slots.push(formatLocalHour(atMs, offsetIn(spans, atMs)));
    return slots;
  }
  for (let day = localDay(timeZone, fromMs); startOfDay(timeZone, day * DAY_MS) < toMs; day++)
    slots.push(new Date(day * DAY_MS).toISOString().slice(0, 10));
  return slots;
}

/** How many of a span's slots have begun; the last one of them goes on where the span has not ended. */
export function slotsBegun(slot: "hour" | "day", timeZone: string, span: TimeRange, nowMs: number): number {
  return slotsOf(slot, timeZone, { fromMs: span.fromMs, toMs: Math.min(span.toMs, nowMs + 1) }).length;
}

/** The number of the day (since 1970) that it is in the zone. */
export function localDay(timeZone: string, atMs: number): number {
  const quarterMs = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
  const [span] = zoneSpans(timeZone, quarterMs, quarterMs);
  return Math.floor((atMs + (span?.offsetMs ?? 0)) / DAY_MS);
}

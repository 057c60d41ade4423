/** Local days: where they begin in zones that leave midnight out, have it twice or have offsets of half-hours. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { isTimeZone, localDate, startOfDay } from "../../../workers/core/metrics/time-zone.ts";

const MINUTE_MS = 60_000;

describe("a day begins", () => {
  it.each([
    ["UTC", "2026-03-29", "2026-03-29T00:00Z"],
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z"],
    ["Europe/Berlin", "2026-03-30", "2026-03-29T22:00Z"],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z"],
    ["Europe/Berlin", "2026-10-26", "2026-10-25T23:00Z"],
    ["Asia/Kolkata", "2026-11-23", "2026-11-22T18:30Z"],
    // Midnight is left out: the day begins when clocks are put forward, at one.
    ["Atlantic/Azores", "2026-03-28", "2026-03-28T01:00Z"],
    ["Atlantic/Azores", "2026-03-29", "2026-03-29T01:00Z"],
    ["Atlantic/Azores", "2026-03-30", "2026-03-30T00:00Z"],
    ["America/Santiago", "2026-09-05", "2026-09-05T04:00Z"],
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00Z"],
    ["America/Santiago", "2026-09-07", "2026-09-07T03:00Z"],
    ["America/Havana", "2026-03-08", "2026-03-08T05:00Z"],
    ["America/Havana", "2026-03-09", "2026-03-09T04:00Z"],
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z"],
    ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00Z"],
    // Midnight is there twice: the day begins with the first.
    ["Atlantic/Azores", "2026-10-25", "2026-10-25T00:00Z"],
    ["America/Havana", "2026-11-01", "2026-11-01T04:00Z"],
    ["America/Havana", "2026-11-02", "2026-11-02T05:00Z"],
    // The last hour of the day before is there twice.
    ["America/Santiago", "2026-04-05", "2026-04-05T04:00Z"],
    ["Africa/Cairo", "2026-10-30", "2026-10-29T22:00Z"],
    ["Asia/Beirut", "2026-10-25", "2026-10-24T22:00Z"],
    ["Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z"],
    ["Australia/Lord_Howe", "2026-10-05", "2026-10-04T13:00Z"],
    ["Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z"],
    ["Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30Z"],
    // Samoa left out the thirtieth, and changed sides of the date line.
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z"],
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z"],
  ])("in %s on %s at %s", (zone, date, start) => {
    expect(new Date(startOfDay(zone, Date.parse(date))).toISOString()).toBe(new Date(start).toISOString());
  });
});

const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-11-23 14:00:00`, as the platform's own calendar says it. */
function timeIn(zone: string, atMs: number): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium", hourCycle: "h23" });
  formats.set(zone, format);
  return format.format(atMs);
}

function dateIn(zone: string, atMs: number): string {
  return timeIn(zone, atMs).slice(0, 10);
}

test("whatever the zone and the instant, it is the first of its local date", () => {
  const ZONE = fc.constantFrom(
    ...["Atlantic/Azores", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe"],
    ...["Europe/Berlin", "UTC", "Asia/Kolkata", "Pacific/Apia", "America/Asuncion", "Africa/Casablanca"],
    ...Intl.supportedValuesOf("timeZone").filter(isTimeZone),
  );
  // Every zone's days of change are tried, and some near them: at random instants few would be.
  const AT = fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2034, 11) });
  const NEAR = fc.integer({ min: -26 * 60, max: 26 * 60 });
  fc.assert(
    fc.property(ZONE, AT, NEAR, (zone, anyMs, minutes) => {
      const atMs = changeAfter(zone, anyMs) + minutes * MINUTE_MS;
      const date = localDate(zone, atMs);
      expect(new Date(date).toISOString().slice(0, 10)).toBe(dateIn(zone, atMs));
      const startMs = startOfDay(zone, date);
      expect(startMs).toBeLessThanOrEqual(atMs);
      expect([dateIn(zone, startMs), dateIn(zone, startMs - 1) < dateIn(zone, atMs)]).toEqual([
        dateIn(zone, atMs),
        true,
      ]);
    }),
    { numRuns: 300 },
  );
});

/** A first instant after a change of the offset within a year after `atMs`, about; without one, `atMs`. */
function changeAfter(zone: string, atMs: number): number {
  const offset = (ms: number) => Date.parse(`${timeIn(zone, ms)}Z`) - ms;
  const whole = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  const changed = [60, 120, 180, 240, 300, 360].map((days) => whole + days * 1_440 * MINUTE_MS);
  const found = changed.find((ms) => offset(ms) !== offset(whole));
  if (found === undefined) return whole;
  let [earlier, later] = [whole, found];
  while (later - earlier > MINUTE_MS) {
    const middle = Math.floor((earlier + later) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offset(middle) === offset(whole)) earlier = middle;
    else later = middle;
  }
  return later;
}

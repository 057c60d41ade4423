/** Times, read from what people write and written as RFC 3339. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatInstant, isDay, readInstant } from "../../workers/core/instant.ts";

test.each([
  ["2026-11-23", Date.UTC(2026, 10, 23)],
  ["1970-01-01", 0],
  ["2024-02-29", Date.UTC(2024, 1, 29)],
  ["2026-11-23T08:00:00Z", Date.UTC(2026, 10, 23, 8)],
  ["2026-11-23T08:00:00.5+01:00", Date.UTC(2026, 10, 23, 7, 0, 0, 500)],
  ["1764000000", 1_764_000_000_000],
  ["2026-02-29", null],
  ["2026-11-23T08:00:00", null],
  ["2026-13-01", null],
  ["23.11.2026", null],
  ["yesterday", null],
  ["", null],
])("%s is read as %s", (text, expected) => {
  expect(readInstant(text)).toBe(expected);
});

test.each([
  ["2026-11-23", true],
  ["2028-02-29", true],
  ["2026-02-29", false],
  ["2026-02-30", false],
  ["2026-13-01", false],
  ["2026-11-23T00:00:00Z", false],
  ["1764000000", false],
])("%s is a day: %s", (text, expected) => {
  expect(isDay(text)).toBe(expected);
});

test("every time is written as the platform writes it, and reads back", () => {
  const times = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(times, times, (before, atMs) => {
      formatInstant(before);
      expect(formatInstant(atMs)).toBe(new Date(atMs).toISOString());
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (atMs) => readInstant(formatInstant(atMs)) === atMs),
  );
});

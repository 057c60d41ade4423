/** Segments cover their range once, and take the largest units that are there. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { MIDDLE_QUARTER, segmentsOf, zoneSegments } from "../../workers/core/metrics/segments.ts";
import { QUARTER_MS } from "../../workers/core/metrics/time-zone.ts";

const HOUR = { unit: "hour", quarters: 4 } as const;
const DAY = { unit: "day", quarters: 96 } as const;

test.each([
  ["all sealed", 0, 192, 192, 192, "day 0-192"],
  ["the last day by hours, the last hour by quarters", 0, 190, 96, 188, "day 0-96, hour 96-188, quarter 188-190"],
  ["edges within days", 3, 289, 960, 960, "quarter 3-4, hour 4-96, day 96-288, quarter 288-289"],
  ["nothing sealed", 0, 192, 0, 0, "quarter 0-192"],
])("%s", (_, from, to, days, hours, said) => {
  const segments = segmentsOf(from, to, [
    { ...DAY, until: days },
    { ...HOUR, until: hours },
  ]);
  expect(segments.map((one) => `${one.unit} ${one.from}-${one.to}`).join(", ")).toBe(said);
});

test("whatever is sealed, each quarter-hour is read once", () => {
  const time = fc.nat(400);
  fc.assert(
    fc.property(time, time, time, time, (from, length, days, hours) => {
      const sealed = [
        { ...DAY, until: days * 96 },
        { ...HOUR, until: hours * 4 },
      ];
      const segments = segmentsOf(from, from + length, sealed);
      const read = segments.flatMap((one) => Array.from({ length: one.to - one.from }, (_, index) => one.from + index));
      expect(read).toEqual(Array.from({ length }, (_, index) => from + index));
      for (const { unit, from: start, to } of segments) {
        const whole = sealed.find((one) => one.unit === unit);
        if (whole) expect([start % whole.quarters, to % whole.quarters, to <= whole.until]).toEqual([0, 0, true]);
      }
    }),
  );
});

/** What a report adds up for each quarter-hour, as local day and quarter-hour: one that is taken away again leaves nothing. */
function counted(segments: ReturnType<typeof zoneSegments>, dayOf: (quarter: number) => number): string[] {
  const sums = new Map<string, number>();
  const add = (day: number, quarter: number, sign: number) => {
    const place = `${day}/${quarter}`;
    sums.set(place, (sums.get(place) ?? 0) + sign);
  };
  for (const { unit, from, to, takenFrom } of segments) {
    const unitQuarters = { quarter: 1, hour: 4, day: 96 }[unit];
    for (let quarter = from; quarter < to; quarter++) {
      // A sum is counted where it begins, a day where its middle is.
      const start = Math.floor(quarter / unitQuarters) * unitQuarters;
      add(dayOf(unit === "day" ? start + MIDDLE_QUARTER : start), quarter, 1);
      if (takenFrom !== undefined) add(dayOf(takenFrom), quarter, -1);
    }
  }
  return [...sums]
    .filter(([, sum]) => sum !== 0)
    .map(([place, sum]) => `${place} × ${sum}`)
    .sort();
}

test("in every zone, each quarter-hour is counted once, in its local day", () => {
  const offset = fc.integer({ min: -48, max: 56 });
  fc.assert(
    fc.property(
      fc.record({
        from: fc.nat(300),
        length: fc.nat(600),
        days: fc.nat(8),
        hours: fc.nat(100),
        change: fc.nat(900),
        offset,
        after: offset,
      }),
      ({ from, length, days, hours, change, offset, after }) => {
        const to = from + length;
        const changed = Math.min(Math.max(change, from + 1), to + 1);
        const offsetAt = (quarter: number) => (quarter < changed ? offset : after);
        const dayOf = (quarter: number) => Math.floor((quarter + offsetAt(quarter)) / 96);
        const spans = [
          { fromMs: from * QUARTER_MS, offsetMs: offset * QUARTER_MS },
          { fromMs: changed * QUARTER_MS, offsetMs: after * QUARTER_MS },
        ];
        const sealed = [
          // Days are made of hours.
          { ...DAY, until: Math.min(days, Math.floor(hours / 24)) * 96 },
          { ...HOUR, until: hours * 4 },
        ];
        const segments = zoneSegments(from, to, sealed, { spans, resolution: "day" });
        const should = Array.from({ length }, (_, index) => `${dayOf(from + index)}/${from + index} × 1`).sort();
        expect(counted(segments, dayOf)).toEqual(should);
      },
    ),
    { numRuns: 500 },
  );
});

const BERLIN = [{ fromMs: 0, offsetMs: 8 * QUARTER_MS }];
const INDIA = [{ fromMs: 0, offsetMs: 22 * QUARTER_MS }];

test.each([
  ["UTC reads days alone", [{ fromMs: 0, offsetMs: 0 }], "day", "day 0-192"],
  ["Berlin reads days, and their last two hours", BERLIN, "day", "day 0-192, hour 88-96, hour 184-192"],
  [
    "India reads days, and what lies behind 18:30",
    INDIA,
    "day",
    "day 0-192, quarter 74-76, hour 76-96, quarter 170-172, hour 172-192",
  ],
  ["without times a zone costs nothing", INDIA, "none", "day 0-192"],
  ["hours of Berlin are hours", BERLIN, "hour", "hour 0-192"],
  ["hours of India are none", INDIA, "hour", "quarter 0-192"],
] as const)("%s", (_, spans, resolution, said) => {
  const sealed = [
    { ...DAY, until: 192 },
    { ...HOUR, until: 192 },
  ];
  const segments = zoneSegments(0, 192, sealed, { spans, resolution });
  expect(segments.map(({ unit, from, to }) => `${unit} ${from}-${to}`).join(", ")).toBe(said);
});

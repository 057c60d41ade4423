/** Segments cover their range once, and take the largest units that are there. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { segmentsOf } from "../../workers/core/metrics/segments.ts";

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

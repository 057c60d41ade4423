/** Amounts as others read them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeAmount, writeRounded } from "../../../workers/core/courier/told-amounts.ts";
import { readMicros } from "../../../workers/core/money.ts";

test.each([
  [12_500_000, "USD", "12.50"],
  [12_000_000, "USD", "12.00"],
  [12_345_678, "USD", "12.345678"],
  [0, "USD", "0.00"],
  [-0, "USD", "0.00"],
  [-5_000_000, "USD", "-5.00"],
  [12_000_000, "JPY", "12"],
  [12_500_000, "JPY", "12.5"],
  [12_500_000, "KWD", "12.500"],
  [12_500_000, "HUF", "12.50"],
  [1_000_000_000_000_000, "USD", "1000000000.00"],
  [5_000_000, "nothing", "5.00"],
])("%i micros of %s are %s", (micros, currency, text) => {
  expect(writeAmount(micros, currency)).toBe(text);
});

test.each([
  [[12_345_678], 2, "12.35"],
  [[12_345_000], 2, "12.35"],
  [[999_995_000], 2, "1000.00"],
  [[12_500_000], 0, "13"],
  [[12_500_000], 6, "12.500000"],
  [[-1], 2, "0.00"],
  [[-5_000], 2, "-0.01"],
  // What is left of 0.009 after 0.005 was added: it was nothing, and is a hundredth.
  [[9_000, -4_000], 2, "0.01"],
  [[14_000, -9_000], 2, "0.00"],
  [[], 2, "0.00"],
])("%j micros are %s digits together: %s", (parts, digits, text) => {
  expect(writeRounded(parts, digits)).toBe(text);
});

test("nothing is lost", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(10 ** 15), max: 10 ** 15 }),
      fc.constantFrom("USD", "JPY", "KWD", "EUR"),
      (micros, currency) => {
        expect(readMicros(writeAmount(micros, currency))).toBe(BigInt(micros));
      },
    ),
    { numRuns: 200 },
  );
});

test("changes add up to the total as it is told, whatever the digits", () => {
  const totals = fc.array(fc.integer({ min: 0, max: 10 ** 12 }), { minLength: 1 });
  fc.assert(
    fc.property(totals, fc.integer({ min: 0, max: 6 }), (micros, digits) => {
      const changes = micros.map((total, index) => writeRounded([total, -(micros[index - 1] ?? 0)], digits));
      const told = changes.reduce((sum, change) => sum + readMicros(change), 0n);
      expect(told).toBe(readMicros(writeRounded(micros.slice(-1), digits)));
    }),
  );
});

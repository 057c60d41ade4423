/** Amounts as others read them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeAmount, writeDelta } from "../../../workers/core/courier/told-amounts.ts";
import { parseMicros } from "../../../workers/core/money.ts";

test.each([
  [12_500_000, "USD", null, "12.50"],
  [12_000_000, "USD", null, "12.00"],
  [12_345_678, "USD", null, "12.345678"],
  [0, "USD", null, "0.00"],
  [12_000_000, "JPY", null, "12"],
  [12_500_000, "JPY", null, "12.5"],
  [12_500_000, "KWD", null, "12.500"],
  [12_500_000, "HUF", null, "12.50"],
  [12_345_678, "USD", 2, "12.35"],
  [12_345_000, "USD", 2, "12.35"],
  [999_995_000, "USD", 2, "1000.00"],
  [12_500_000, "USD", 0, "13"],
  [12_500_000, "USD", 6, "12.500000"],
  [1_000_000_000_000_000, "USD", null, "1000000000.00"],
  [5_000_000, "nothing", null, "5.00"],
])("%i micros of %s in %s digits are %s", (micros, currency, digits, text) => {
  expect(writeAmount(micros, currency, digits)).toBe(text);
});

test("only a change has a sign, and none where nothing of it is seen", () => {
  expect(writeDelta(-5_000_000, "USD", null)).toBe("-5.00");
  expect(writeDelta(5_000_000, "USD", null)).toBe("5.00");
  expect(writeDelta(-1, "USD", 2)).toBe("0.00");
  expect(writeDelta(-0, "USD", null)).toBe("0.00");
});

test("without digits nothing is lost", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 15 }),
      fc.constantFrom("USD", "JPY", "KWD", "EUR"),
      (micros, currency) => {
        expect(parseMicros(writeAmount(micros, currency, null))).toBe(micros);
      },
    ),
    { numRuns: 200 },
  );
});

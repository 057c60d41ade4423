/** What is large in a currency: about the same everywhere, whatever its units are worth. */
import { expect, test } from "vitest";
import { largeAmountMicros } from "../../../workers/core/books/large-amounts.ts";
import { MAX_AMOUNT_MICROS, MICROS_PER_UNIT } from "../../../workers/core/money.ts";

test.each([
  ["USD", 10_000],
  ["EUR", 10_000],
  ["KWD", 10_000],
  ["SEK", 100_000],
  ["JPY", 1_000_000],
  ["KRW", 10_000_000],
  ["IDR", 100_000_000],
])("in %s more than %d units is large", (currency, units) => {
  expect(largeAmountMicros(currency)).toBe(units * MICROS_PER_UNIT);
});

test("in every currency it is a whole amount that a message can say and exceed", () => {
  for (const currency of Intl.supportedValuesOf("currency")) {
    const large = largeAmountMicros(currency);
    expect([currency, Number.isSafeInteger(large), large < MAX_AMOUNT_MICROS]).toEqual([currency, true, true]);
  }
});

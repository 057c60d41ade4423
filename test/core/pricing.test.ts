/** Pricing rules: what they pay, what is left after refunds, and what is a rule at all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_AMOUNT_MICROS } from "../../workers/core/money.ts";
import {
  describePricingRule,
  isFinerThan,
  price,
  pricePosted,
  priceRemaining,
  readPricingRule,
} from "../../workers/core/pricing.ts";

const DIGITS = fc.integer({ min: 0, max: 6 });
const sale = (amountMicros: number, postedRevenueMicros = 0) => ({ amountMicros, postedRevenueMicros });

describe("a rule", () => {
  it.each([
    [{ flat: "2.50" }, { flat: 2_500_000 }, "2.50 flat"],
    [{ flat: "0" }, { flat: 0 }, "0.00 flat"],
    [{ percent: "10" }, { percent: 100_000 }, "10 % of the amount"],
    [{ percent: "12.5" }, { percent: 125_000 }, "12.5 % of the amount"],
    [{ percent: "0.0001" }, { percent: 1 }, "0.0001 % of the amount"],
    [{ percent: "500" }, { percent: 5_000_000 }, "500 % of the amount"],
    ["posted", "posted", "as posted"],
  ])("%j is read, and said in words", (input, rule, words) => {
    const read = readPricingRule(input);
    expect(read).toEqual(rule);
    expect(read && describePricingRule(read)).toBe(words);
  });

  it.each([
    [null],
    [undefined],
    [""],
    ["flat"],
    [{}],
    [[]],
    [{ flat: 2.5 }],
    [{ flat: "-1" }],
    [{ percent: "1e1" }],
    [{ percent: "0.00001" }],
    [{ percent: "500.0001" }],
    [{ percent: 10 }],
  ])("%j is none", (input) => {
    expect(readPricingRule(input)).toBeNull();
  });
});

describe("a price", () => {
  it.each([
    [{ flat: 2_500_000 }, sale(0), undefined, 2_500_000],
    [{ flat: 2_500_000 }, sale(99_000_000), 2, 2_500_000],
    // What was set finer stays what was agreed.
    [{ flat: 2_505_000 }, sale(0), 2, 2_505_000],
    [{ percent: 100_000 }, sale(49_990_000), undefined, 4_999_000],
    [{ percent: 100_000 }, sale(49_990_000), 2, 5_000_000],
    [{ percent: 100_000 }, sale(49_950_000), 2, 5_000_000],
    [{ percent: 100_000 }, sale(49_949_999), 2, 4_990_000],
    [{ percent: 100_000 }, sale(49_990_000), 3, 4_999_000],
    [{ percent: 100_000 }, sale(49_990_000), 4, 4_999_000],
    [{ percent: 100_000 }, sale(49_990_000), 0, 5_000_000],
    [{ percent: 100_000 }, sale(4_999_999), 0, 0],
    [{ percent: 100_000 }, sale(5_000_000), 0, 1_000_000],
    // Rounded once, and not first to the micro.
    [{ percent: 1 }, sale(4_999_500_000), 2, 0],
    [{ percent: 1 }, sale(5_000_000_000), 2, 10_000],
    [{ percent: 100_000 }, sale(5), undefined, 1],
    [{ percent: 100_000 }, sale(5), 6, 1],
    [{ percent: 5_000_000 }, sale(MAX_AMOUNT_MICROS), 2, 5 * MAX_AMOUNT_MICROS],
    [{ percent: 4_999_999 }, sale(MAX_AMOUNT_MICROS), 0, 4_999_999_000_000_000],
    ["posted" as const, sale(40_000_000, 7_000_000), 2, 7_000_000],
  ])("under %j of %j in %s digits", (rule, of, digits, micros) => {
    expect(price(rule, of, digits)).toBe(micros);
    expect(Number.isSafeInteger(micros)).toBe(true);
  });

  it.each([
    [1_234_550, 4, 1_234_600],
    [1_234_549, 4, 1_234_500],
    [1_005_000, 2, 1_010_000],
    [1_004_999, 2, 1_000_000],
    [500_000, 0, 1_000_000],
    [MAX_AMOUNT_MICROS, 0, MAX_AMOUNT_MICROS],
    [1_234_567, undefined, 1_234_567],
  ])("that is posted, of %i micros in %s digits", (micros, digits, expected) => {
    expect(pricePosted(micros, digits)).toBe(expected);
  });

  it.each([
    [2, { flat: 2_500_000 }, false],
    [2, { flat: 2_505_000 }, true],
    [0, { flat: 2_500_000 }, true],
    [0, { flat: 3_000_000 }, false],
    [6, { flat: 1 }, false],
    [0, { percent: 1 }, false],
    [0, "posted" as const, false],
  ])("in %i digits under %j is too fine: %s", (digits, rule, expected) => {
    expect(isFinerThan(digits, rule)).toBe(expected);
  });

  it("of a percentage has its digits, falls with what remains, and to nothing with nothing", () => {
    const amounts = fc.integer({ min: 1, max: MAX_AMOUNT_MICROS });
    const parts = fc.tuple(fc.nat({ max: 1_000_000 }), fc.nat({ max: 1_000_000 }));
    fc.assert(
      fc.property(amounts, fc.nat({ max: 5_000_000 }), parts, DIGITS, (amount, percent, [one, other], digits) => {
        const rule = { percent };
        const whole = price(rule, sale(amount), digits);
        const leftOf = (remainingMicros: number) =>
          priceRemaining(rule, whole, { ...sale(amount), remainingMicros }, digits);
        const [less, more] = [one, other]
          .sort((left, right) => left - right)
          .map((part) => leftOf(Math.floor((amount / 1_000_000) * part)));
        for (const micros of [whole, less, more]) expect(Number(micros) % 10 ** (6 - digits)).toBe(0);
        expect(less).toBeLessThanOrEqual(more ?? Number.NaN);
        expect(more).toBeLessThanOrEqual(whole);
        expect(leftOf(amount)).toBe(whole);
        expect(leftOf(0)).toBe(0);
      }),
    );
  });

  it("that is flat, or of a sale without an amount, stays whole under partial refunds", () => {
    const left = { ...sale(40_000_000), remainingMicros: 1 };
    expect(priceRemaining({ flat: 2_500_000 }, 2_500_000, left, 2)).toBe(2_500_000);
    expect(priceRemaining("posted", 7_000_000, { ...sale(0, 7_000_000), remainingMicros: 0 }, 2)).toBe(7_000_000);
  });
});

/** Pricing rules: what they pay, what is left after refunds, and what is a rule at all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_AMOUNT_MICROS } from "../../workers/core/money.ts";
import { describePricingRule, price, priceRemaining, readPricingRule } from "../../workers/core/pricing.ts";

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
    [{ flat: 2_500_000 }, sale(0), 2_500_000],
    [{ flat: 2_500_000 }, sale(99_000_000), 2_500_000],
    [{ percent: 100_000 }, sale(49_990_000), 4_999_000],
    [{ percent: 100_000 }, sale(5), 1],
    [{ percent: 5_000_000 }, sale(MAX_AMOUNT_MICROS), 5 * MAX_AMOUNT_MICROS],
    ["posted" as const, sale(40_000_000, 7_000_000), 7_000_000],
  ])("under %j of %j", (rule, of, micros) => {
    expect(price(rule, of)).toBe(micros);
    expect(Number.isSafeInteger(micros)).toBe(true);
  });

  it("of a percentage falls with what remains, and to nothing with nothing", () => {
    const amounts = fc.integer({ min: 1, max: MAX_AMOUNT_MICROS });
    fc.assert(
      fc.property(amounts, fc.nat({ max: 5_000_000 }), fc.nat({ max: 1_000_000 }), (amount, percent, part) => {
        const rule = { percent };
        const whole = price(rule, sale(amount));
        const remaining = Math.floor((amount / 1_000_000) * part);
        const left = priceRemaining(rule, whole, sale(amount), remaining);
        expect(left).toBeLessThanOrEqual(whole);
        expect(priceRemaining(rule, whole, sale(amount), amount)).toBe(whole);
        expect(priceRemaining(rule, whole, sale(amount), 0)).toBe(0);
      }),
    );
  });

  it("that is flat, or of a sale without an amount, stays whole under partial refunds", () => {
    expect(priceRemaining({ flat: 2_500_000 }, 2_500_000, sale(40_000_000), 1)).toBe(2_500_000);
    expect(priceRemaining("posted", 7_000_000, sale(0, 7_000_000), 0)).toBe(7_000_000);
  });
});

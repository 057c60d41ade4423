/** Money: digits that are moved, never floated. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDecimals,
  formatMicros,
  joinMicros,
  MAX_AMOUNT_MICROS,
  parseMicros,
  share,
} from "../../workers/core/money.ts";

describe("an amount", () => {
  it.each([
    ["0", 0],
    ["12", 12_000_000],
    ["12.5", 12_500_000],
    ["0.000001", 1],
    ["49.99", 49_990_000],
    ["0.1", 100_000],
    ["007.50", 7_500_000],
    ["1000000000", MAX_AMOUNT_MICROS],
    ["1000000000.000000", MAX_AMOUNT_MICROS],
    ["999999999.999999", MAX_AMOUNT_MICROS - 1],
  ])("%s is read", (text, micros) => {
    expect(parseMicros(text)).toBe(micros);
  });

  it.each([
    ...[
      "",
      " ",
      ".",
      "5.",
      ".5",
      "-5",
      "+5",
      "-0",
      "1e3",
      "1E3",
      "1e309",
      "0x10",
      "0b1",
      "1_000",
      "1,234.56",
      "1.234,56",
    ],
    ...["12.3456789", "NaN", "Infinity", "１２", "١٢", "1 2", " 1", "1\n", "1\u0000", "1.2.3", "$5", "5€", "1/2"],
    ...[
      "1000000000.000001",
      "1000000001",
      "9999999999",
      "10000000000",
      "99999999999999999999",
      "null",
      "[object Object]",
    ],
  ])("%j is none", (text) => {
    expect(parseMicros(text)).toBeNull();
  });

  it("reads back what it writes, with two to six decimals", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_AMOUNT_MICROS }), (micros) => {
        const text = formatMicros(micros);
        expect(text).toMatch(/^\d+\.\d{2,6}$/);
        expect(parseMicros(text)).toBe(micros);
      }),
    );
  });

  it.each([
    [0, "0.00"],
    [-0, "0.00"],
    [1, "0.000001"],
    [-1, "-0.000001"],
    [-12_500_000, "-12.50"],
    [1_234_560_000, "1234.56"],
    [9_007_199_254_740_993n, "9007199254.740993"],
    ["-123456789012345678901", "-123456789012345.678901"],
  ])("%s micros are written", (micros, text) => {
    expect(formatMicros(micros)).toBe(text);
  });
});

describe("a share", () => {
  it.each([
    [10, 1, 3, 3],
    [20, 1, 3, 7],
    [5, 1, 2, 3],
    [-5, 1, 2, -3],
    [7, 1, 2, 4],
    [1, 1, 3, 0],
    [2, 1, 4, 1],
    [0, 5, 7, 0],
  ])("%i × %i ÷ %i = %i, half away from zero", (value, numerator, denominator, result) => {
    expect(share(value, numerator, denominator)).toBe(result);
  });

  it("is exact to half a micro, whatever the size of the product, and the same with the sign turned", () => {
    const sizes = [fc.nat({ max: MAX_AMOUNT_MICROS }), fc.nat({ max: MAX_AMOUNT_MICROS })] as const;
    fc.assert(
      fc.property(...sizes, fc.integer({ min: 1, max: MAX_AMOUNT_MICROS }), (value, part, whole) => {
        fc.pre(part <= whole);
        const rounded = share(value, part, whole);
        const twiceOff = 2n * (BigInt(rounded) * BigInt(whole) - BigInt(value) * BigInt(part));
        expect(twiceOff <= BigInt(whole) && twiceOff >= -BigInt(whole)).toBe(true);
        expect(share(-value, part, whole)).toBe(rounded === 0 ? 0 : -rounded);
      }),
    );
  });
});

it("a sum in two columns, as SQLite divides what goes both ways, is the sum", () => {
  const micros = fc.integer({ min: -MAX_AMOUNT_MICROS, max: MAX_AMOUNT_MICROS });
  fc.assert(
    fc.property(fc.array(micros, { maxLength: 20 }), (amounts) => {
      const units = amounts.reduce((sum, amount) => sum + Math.trunc(amount / 1_000_000), 0);
      const rest = amounts.reduce((sum, amount) => sum + (amount % 1_000_000), 0);
      const sum = amounts.reduce((all, amount) => all + BigInt(amount), 0n);
      expect(joinMicros(units, String(rest))).toBe(sum);
      expect(addDecimals(amounts.map((amount) => formatMicros(amount)))).toBe(formatMicros(sum));
    }),
  );
});

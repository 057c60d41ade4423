/** Rates: decimals as they are read, and what two currencies are in each other. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRate } from "../../../workers/core/rates/decimal.ts";
import { bookedMicros, unbookedMicros } from "../../../workers/core/rates/exchange.ts";
import { crossRate, type DayRate } from "../../../workers/core/rates/rate.ts";

const USD: DayRate = { currency: "USD", day: "2026-11-27", perEuro: "1.0853" };
const JPY: DayRate = { currency: "JPY", day: "2026-11-26", perEuro: "162.41" };
const IDR: DayRate = { currency: "IDR", day: "2026-11-27", perEuro: "17180.5" };
const KWD: DayRate = { currency: "KWD", day: "2026-11-27", perEuro: "0.33291" };

test.each([
  ["1.0853", "1.0853"],
  ["1.0850", "1.085"],
  ["162.00", "162"],
  ["0.000001", "0.000001"],
  ["999999999.999999999999", "999999999.999999999999"],
  ["0", null],
  ["0.00", null],
  ["01.2", null],
  ["1,0853", null],
  ["-1", null],
  ["1e3", null],
  ["1.", null],
  [".5", null],
  ["1.0000000000001", null],
  ["", null],
  ["N/A", null],
])("%s is read as %s", (text, rate) => expect(readRate(text)).toBe(rate));

describe("one unit of a currency in another", () => {
  test.each([
    ["EUR", "USD", "1.0853", "2026-11-27"],
    ["USD", "EUR", "0.92140422", "2026-11-27"],
    ["JPY", "USD", "0.006682470291", "2026-11-26"],
    ["USD", "JPY", "149.6452594", "2026-11-26"],
    ["IDR", "KWD", "0.0000193772009", "2026-11-27"],
    ["KWD", "IDR", "51607.04094", "2026-11-27"],
  ])("%s in %s", (from, to, rate, day) => {
    expect(crossRate(from, to, [USD, JPY, IDR, KWD])).toEqual({ rate, day });
  });

  test("is not known where either is not", () => {
    expect(crossRate("EUR", "GBP", [USD])).toBeNull();
    expect(crossRate("GBP", "EUR", [USD])).toBeNull();
    expect(crossRate("GBP", "USD", [USD])).toBeNull();
    expect(crossRate("USD", "GBP", [USD])).toBeNull();
  });

  test("has ten significant digits, or the whole units that are more, and is the nearest such decimal", () => {
    const perEuro = fc
      .tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: 0, max: 9 }))
      .map(([digits, scale]) => (digits / 10 ** scale).toFixed(scale));
    fc.assert(
      fc.property(perEuro, perEuro, (own, other) => {
        const { rate = "" } = crossRate("AAA", "BBB", [
          { currency: "AAA", day: "2026-11-27", perEuro: own },
          { currency: "BBB", day: "2026-11-27", perEuro: other },
        ]) ?? { rate: "" };
        const [whole = "", decimals = ""] = rate.split(".");
        if (decimals !== "") expect((whole + decimals).replace(/^0+/, "").length).toBeLessThanOrEqual(10);
        expect(Math.abs(Number(rate) / (Number(other) / Number(own)) - 1)).toBeLessThan(1e-9);
      }),
    );
  });
});

describe("what is booked", () => {
  const at = (rate: string, digits: number) => ({ currency: "EUR", rate, day: "2026-11-27", digits });

  test.each([
    [59_000_000, at("1.0853", 2), 64_030_000],
    [50_000, at("1.1", 2), 60_000],
    [-50_000, at("1.1", 2), -60_000],
    [5_000, at("1", 2), 10_000],
    [4_999, at("1", 2), 0],
    [19_990_000, at("162.41", 0), 3_247_000_000],
    [19_990_000, at("0.33291", 3), 6_655_000],
    [1_000_000_000_000_000, at("1.0853", 2), 1_085_300_000_000_000],
    [0, at("1.0853", 2), 0],
  ])("of %i at a rate", (micros, exchange, booked) => expect(bookedMicros(micros, exchange)).toBe(booked));

  test("without an exchange is what was said", () => expect(bookedMicros(1, null)).toBe(1));

  test("given back whole in the offer's currency leaves nothing that is booked, in however many parts", () => {
    const rate = fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 0, max: 6 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        rate,
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 1_000_000_000 }), { maxLength: 4 }),
        (sold, [over, scale], digits, cuts) => {
          const exchange = at((over / 10 ** scale).toFixed(scale), digits);
          const whole = bookedMicros(sold, exchange);
          const ends = [...cuts.map((cut) => Math.min(cut, whole)).sort((left, right) => left - right), whole];
          const parts = ends.map((end, index) => end - (ends[index - 1] ?? 0));
          const given = parts.reduce((sum, part) => sum + unbookedMicros(part, exchange, "up"), 0);
          expect(bookedMicros(sold - given, exchange)).toBeLessThanOrEqual(0);
        },
      ),
    );
  });
});

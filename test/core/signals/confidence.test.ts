import { describe, expect, test } from "vitest";
import { isBelow, poisson, rateOf, shareOf, wilson } from "../../../workers/core/signals/confidence.ts";

describe("a share's bounds (Wilson, three standard deviations)", () => {
  // Reckoned by hand: (p + 9/2n ± 3 √(p(1−p)/n + 9/4n²)) / (1 + 9/n).
  test.each([
    [0, 20, 0, 0.3103],
    [10, 20, 0.2215, 0.7785],
    [20, 20, 0.6897, 1],
    [500, 1_000, 0.4528, 0.5472],
  ])("%i of %i lie between", (part, whole, low, high) => {
    const bounds = wilson(part, whole);
    expect(bounds.low).toBeCloseTo(low, 4);
    expect(bounds.high).toBeCloseTo(high, 4);
  });

  test("nothing may be anything", () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe("a count's bounds (Poisson, Byar)", () => {
  test.each([
    // 99.73 % limits of the exact distribution, as tables have them, within what the approximation says.
    [0, 0, 6.6],
    [10, 3.1, 23.5],
    [100, 72.7, 133.5],
  ])("%i lies between", (count, low, high) => {
    const bounds = poisson(count);
    expect(Math.abs(bounds.low - low)).toBeLessThan(0.6);
    expect(Math.abs(bounds.high - high)).toBeLessThan(0.6);
  });
});

describe("below a part of what was", () => {
  test("a fall that chance explains is none", () => {
    expect(isBelow(shareOf(15, 20), shareOf(18, 20), 0.9)).toBe(false);
    expect(isBelow(shareOf(750, 1_000), shareOf(900, 1_000), 0.9)).toBe(true);
    expect(isBelow(shareOf(850, 1_000), shareOf(900, 1_000), 0.9)).toBe(false);
  });

  test("of rates, too", () => {
    expect(isBelow(rateOf(60, 10_000), rateOf(150, 10_000), 0.7)).toBe(true);
    expect(isBelow(rateOf(6, 1_000), rateOf(15, 1_000), 0.7)).toBe(false);
  });
});

/** Receivers that fail and objects that die, in a share of the histories of `npm run simulate -- --only courier`. */
import { expect, test, vi } from "vitest";
import { historiesWithin } from "../properties/histories-within.ts";
import { simulateCourier } from "./simulation.ts";

const MOST_S = 15;

test("every destination is told what it is to hear, once and in order", { timeout: 120_000 }, async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  expect(await historiesWithin(MOST_S, simulateCourier)).toBeGreaterThan(0);
});

/** Ad platforms that fail in every way and objects that die, in a share of the histories of `npm run simulate -- --only platforms`. */
import { expect, test, vi } from "vitest";
import { historiesWithin } from "../properties/histories-within.ts";
import { SIMULATED, simulatePlatform } from "./platform-simulation.ts";

const MOST_S = 2;

test.each(SIMULATED)(
  "%s: what is told counts once, as the books say, and what may not be told never",
  { timeout: 60_000 },
  async (name) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await historiesWithin(MOST_S, (seed) => simulatePlatform(name, seed))).toBeGreaterThan(0);
  },
);

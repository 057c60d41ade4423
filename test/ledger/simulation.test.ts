/** Faults at every await, in random histories: some here, any number with `npm run simulate -- --only books --seed N --runs N`. */
import { expect, test, vi } from "vitest";
import { historiesWithin } from "../properties/histories-within.ts";
import { simulate } from "./simulation.ts";
import { issueClicks, testKeyRing } from "./world.ts";

const MOST_S = 25;

test("histories end in the model's books, whatever fails on the way", { timeout: 120_000 }, async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const ring = await testKeyRing();
  const clicks = await issueClicks(ring);
  expect(await historiesWithin(MOST_S, (seed) => simulate(seed, ring, clicks))).toBeGreaterThan(0);
});

/** Faults at every await, in random histories: some here, any number with `npm run simulate -- --seed N --runs N`. */
import { expect, test, vi } from "vitest";
import { simulate } from "./simulation.ts";
import { issueClicks, testKeyRing } from "./world.ts";

const RUNS = 250;

test(`${RUNS} histories end in the model's books, whatever fails on the way`, { timeout: 480_000 }, async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const ring = await testKeyRing();
  const clicks = await issueClicks(ring);
  const first = Math.floor(Date.now() / 1_000) % 1_000_000;
  console.log(`seeds from ${first}`);
  for (let run = 0; run < RUNS; run++) await expect(simulate(first + run, ring, clicks)).resolves.toBeUndefined();
});

/** A move ends as if every adopted click had been known, in a share of the histories of `npm run simulate -- --only adoption`. */
import { expect, test, vi } from "vitest";
import { prepareAdoption } from "./adoption.ts";
import { historiesWithin } from "./histories-within.ts";

const MOST_S = 10;

test("histories of a move end as if its clicks had been ours", { timeout: 120_000 }, async () => {
  for (const level of ["error", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  expect(await historiesWithin(MOST_S, await prepareAdoption())).toBeGreaterThan(0);
});

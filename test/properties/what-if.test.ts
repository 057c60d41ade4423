/** Other rules, in a share of the histories of `npm run simulate -- --only what_if`. */
import { expect, test } from "vitest";
import { historiesWithin } from "./histories-within.ts";
import { prepareWhatIf } from "./what-if.ts";

const MOST_S = 10;

test("under other rules the books are what they would be had those been from the start", {
  timeout: 120_000,
}, async () => {
  expect(await historiesWithin(MOST_S, await prepareWhatIf())).toBeGreaterThan(0);
});

/** Statements add up, in a share of the histories of `npm run simulate -- --only statements`. */
import { expect, test } from "vitest";
import { historiesWithin } from "./histories-within.ts";
import { prepareStatements } from "./statements.ts";

const MOST_S = 10;

test("what is listed and what is open are what the entries come to, and what is final stays", {
  timeout: 120_000,
}, async () => {
  expect(await historiesWithin(MOST_S, await prepareStatements())).toBeGreaterThan(0);
});

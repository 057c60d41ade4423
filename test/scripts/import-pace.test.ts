/** The pace of an import at the local simulator: no more rows on their way than its queue bears. */
import { expect, test } from "vitest";
import { paceForSimulator, ROWS_AT_ONCE } from "../../scripts/import/simulator-pace.ts";

test("goes on at once while there is room, and then as the ledger settles what came first", async () => {
  const asked: string[] = [];
  /** A ledger that takes a while for the last messages of each piece. */
  const pace = paceForSimulator(async (path) => {
    asked.push(path);
    const isSlow = path.endsWith(`-${ROWS_AT_ONCE - 50}`) && asked.filter((one) => one === path).length < 3;
    return { status: 200, text: async () => JSON.stringify({ status: isSlow ? "queued" : "attributed" }) };
  });
  const piece = (number: number) => Array.from({ length: ROWS_AT_ONCE }, (_, index) => `r${number}-${index}`);
  for (const number of [1, 2, 3]) await pace.accepted(piece(number));
  expect(asked).toEqual([]);
  await pace.accepted(piece(4));
  expect(asked.filter((path) => path === `/receipts/r1-${ROWS_AT_ONCE - 50}`)).toHaveLength(3);
  expect(asked.filter((path) => !path.startsWith("/receipts/r1-"))).toEqual([]);
  await pace.accepted(piece(5));
  expect(asked.at(-1)).toBe(`/receipts/r2-${ROWS_AT_ONCE - 50}`);
});

/** The delays between tries: short at first, never above an hour, and together as long as the docs promise. */
import { expect, test } from "vitest";
import { backoffSeconds } from "../../workers/ledger/backoff.ts";
import { read } from "../house/files.ts";

const DAY_S = 86_400;

/** Delays before each further try of a message that fails for as long as the queue tries it. */
function delays(chance: number): number[] {
  return Array.from({ length: maxRetries() }, (_, tries) => backoffSeconds(tries + 1, chance));
}

/** The fewest tries that any of the ledger's queues gives. */
function maxRetries(): number {
  return Math.min(...[...read("wrangler.toml").matchAll(/^max_retries = (\d+)$/gm)].map(([, count]) => Number(count)));
}

test.each([0, 0.5, 0.999])("span some four days, chance %s", (chance) => {
  const all = delays(chance);
  expect(all.slice(0, 3).every((delay) => delay <= 10)).toBe(true);
  expect(Math.max(...all)).toBe(3_600);
  const days = all.reduce((sum, delay) => sum + delay, 0) / DAY_S;
  expect(days).toBeGreaterThan(3.5);
  expect(days).toBeLessThan(4.5);
});

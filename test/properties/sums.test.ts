/** What is shown adds up, in a share of the histories of `npm run simulate -- --only sums`. */
import { beforeAll, describe, expect, test } from "vitest";
import { bundleConsoles, type ConsoleInProcess } from "./console-in-process.ts";
import { historiesWithin } from "./histories-within.ts";
import { prepareSums } from "./sums.ts";

const MOST_S = 10;

let console: ConsoleInProcess;
beforeAll(async () => {
  const [bundled] = await bundleConsoles(1);
  if (!bundled) throw new Error("there is no console");
  console = bundled;
});

test("lists, reports, files, pages and what is told add up to the entries", { timeout: 120_000 }, async () => {
  expect(await historiesWithin(MOST_S, await prepareSums(console))).toBeGreaterThan(0);
});

describe("the property finds", () => {
  /** A console that shows every decimal as `write` has it, where the path begins so. */
  const showing = (path: string, write: (decimal: string) => string): ConsoleInProcess => ({
    ...console,
    async ask(storage, request) {
      const heard = await console.ask(storage, request);
      if (!request.path.startsWith(path)) return heard;
      return { ...heard, body: heard.body.replaceAll(/\d+\.\d{3,6}(?!\d|Z)/g, write) };
    },
  });
  const toCents = (decimal: string) => Number(decimal).toFixed(2);

  test.each([
    ["a list that is cut to cents", "/conversions"],
    ["a report's page that is", "/reports"],
    ["a report that is", "/api/reports"],
    ["an export that is", "/api/exports/entries"],
  ])("%s", { timeout: 120_000 }, async (_, path) => {
    const property = await prepareSums(showing(path, toCents), { shrinks: false });
    const run = async () => {
      for (let seed = 0; seed < 20; seed++) await property(seed);
    };
    await expect(run()).rejects.toThrow("Counterexample");
  });
});

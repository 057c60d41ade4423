/** Nobody sees what is not theirs, in a share of the histories of `npm run simulate -- --only confidentiality`. */
import { describe, expect, test, vi } from "vitest";
import { ROLES } from "../../workers/core/roles.ts";
import { prepareConfidentiality } from "./confidentiality.ts";
import { bundleConsoles, type ConsoleInProcess } from "./console-in-process.ts";
import { SCHEMA } from "./drawn-rows.ts";
import { historiesWithin } from "./histories-within.ts";
import { LOOKERS, MADE_OF_OTHERS, TABLE_NAMES } from "./seen-cells.ts";

const MOST_S = 10;

test("two worlds that differ only in what somebody may not see answer alike", { timeout: 120_000 }, async () => {
  for (const level of ["error", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  const held = await historiesWithin(MOST_S, await prepareConfidentiality(await bundleConsoles(2)));
  expect(held).toBeGreaterThan(0);
});

test("every table is in the worlds, or made of what is", () => {
  expect([...TABLE_NAMES, ...Object.keys(MADE_OF_OTHERS)].sort()).toEqual([...SCHEMA.keys(), "clicks"].sort());
});

test("every role but the admins' looks", () => {
  expect([...new Set(LOOKERS.map(({ role }) => role))].sort()).toEqual(ROLES.filter((role) => role !== "admin").sort());
});

describe("the property finds", () => {
  /** A console that signs everybody in and answers every question with what this SQL says. */
  const teller = (sql: string, database: "DB" | "COURIER" = "DB"): ConsoleInProcess => ({
    pages: ["/"],
    async ask(storage, { form, path }) {
      const body =
        path === "/api/openapi.json" ? '{"paths":{}}' : String(await storage[database]?.prepare(sql).first("told"));
      return { status: 200, headers: form ? "__Host-session=told" : "", body };
    },
  });

  test.each([
    ["a sum over everybody's rows", "SELECT count(*) AS told FROM conversions"],
    ["a name", "SELECT group_concat(name) AS told FROM affiliates WHERE number > 1"],
    ["a column that its role does not see", "SELECT sum(payout + 7 * revenue) AS told FROM conversions"],
    ["what is said of somebody", "SELECT group_concat(note) AS told FROM all_entries"],
    ["a destination of somebody else's", "SELECT group_concat(slug) AS told FROM destinations"],
    [
      "whose sale took the place of a claim",
      "SELECT group_concat(c.affiliate) AS told FROM claims AS k JOIN conversions AS c USING (conversion_id)",
    ],
    ["what somebody else was told", "SELECT group_concat(delivery_id) AS told FROM deliveries", "COURIER"],
    [
      "how often somebody else was told",
      "SELECT group_concat(deliveries || status) AS told FROM delivery_quarters",
      "COURIER",
    ],
  ] as const)("%s", { timeout: 60_000 }, async (_, sql, database?: "COURIER") => {
    const property = await prepareConfidentiality([teller(sql, database), teller(sql, database)]);
    const run = async () => {
      for (let seed = 1; seed <= 100; seed++) await property(seed);
    };
    await expect(run()).rejects.toThrow("Counterexample");
  });

  test("nothing where nothing is told", async () => {
    const silent = teller("SELECT 1 AS told");
    const property = await prepareConfidentiality([silent, silent]);
    for (let seed = 1; seed <= 50; seed++) await expect(property(seed)).resolves.toBeUndefined();
  });
});

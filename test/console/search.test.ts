/** The search: what a word finds, for each role what is theirs, and by which indexes it is looked up. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { findCoupons, findLinks } from "../../workers/console/search/find-names.ts";
import { conversionsQuery, findStatementHits } from "../../workers/console/search/find-rows.ts";
import { readNames } from "../../workers/console/search/read-names.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { migrated } from "../house/databases.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { clickIdOf, conversionRow, HOUR_MS, plant, plantSetUp, START_MS } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

let api: Console;
const tokens: Record<string, string> = {};
const rows = Array.from({ length: 9 }, (_, number) => conversionRow(number, { meta: null, original_status: null }));

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(api.env.DB, "conversions", rows);
  const created = { created_at: START_MS, updated_at: START_MS };
  await plant(api.env.DB, "affiliates", [{ slug: "mlr", name: "Müller & Söhne", ...created }]);
  const coupon = { slug: "demo", advertiser: 1, code: "Spring-26", folded: "spring-26", link: 1, ...created };
  await plant(api.env.DB, "coupons", [coupon]);
  for (const [role, subject] of [
    ["affiliate", "blog"],
    ["advertiser", "acme"],
    ["analyst", undefined],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: role, role, ...(subject ? { subject } : {}) });
    const { token }: { token: string } = JSON.parse(made.text);
    tokens[role] = token;
  }
});
afterAll(() => api.stop());

async function find(q: string, role?: string): Promise<string[]> {
  const token = role === undefined ? undefined : tokens[role];
  const answer = await api.call("GET", `/api/search?${new URLSearchParams({ q })}`, undefined, token);
  expect(answer.status).toBe(200);
  const { found }: { found: { kind: string; path: string }[] } = JSON.parse(answer.text);
  return found.map(({ path }) => path);
}

const pathOf = (number: number) => `/conversions/${rows[number]?.conversion_id}`;

test.each(["Müller", "mueller", "MULLER", "söhne", "mlr", "müler", "muelller", "mullersöhne"])(
  "%s finds the affiliate",
  async (q) => {
    expect(await find(q)).toContain("/affiliates/mlr");
  },
);

test("a conversion's ID and a click ID find the conversion, by their whole name only", async () => {
  expect(await find(String(rows[4]?.conversion_id).toUpperCase())).toEqual([pathOf(4)]);
  expect(await find(String(rows[4]?.click_id))).toEqual([pathOf(4)]);
  expect(await find(clickIdOf(START_MS + 7 * HOUR_MS, 1, 99))).toEqual([]);
});

test("links and coupons are found by how they begin", async () => {
  expect(await find("de")).toEqual(["/affiliates/deals", "/links/deal", "/links/demo"]);
  expect(await find("spring")).toEqual(["/coupons/demo"]);
});

test("an affiliate finds its own, and nobody else", async () => {
  expect(await find(String(rows[0]?.click_id), "affiliate")).toEqual([pathOf(0)]);
  expect(await find(String(rows[1]?.click_id), "affiliate")).toEqual([]);
  expect(await find("de", "affiliate")).toEqual(["/links/demo"]);
  expect(await find("mueller", "affiliate")).toEqual([]);
  expect(await find("acme", "affiliate")).toEqual([]);
});

test("an advertiser finds its own, and affiliates' links by no slug", async () => {
  expect(await find(String(rows[0]?.click_id), "advertiser")).toEqual([pathOf(0)]);
  expect(await find(String(rows[2]?.click_id), "advertiser")).toEqual([]);
  expect(await find("demo", "advertiser")).toEqual([]);
  expect(await find("hats", "advertiser")).toEqual([]);
  expect(await find("shoes", "advertiser")).toEqual(["/offers/shoes"]);
});

test("users are found by admins only", async () => {
  const invited = await api.call("POST", "/api/users", {
    email: "ann@example.com",
    name: "Ann Example",
    role: "admin",
  });
  expect(invited.status).toBe(201);
  expect(await find("ann ex")).toEqual([expect.stringMatching(/^\/people\/\d+$/)]);
  expect(await find("ann ex", "analyst")).toEqual([]);
});

test("the page shows what is found, and what was asked for as text", async () => {
  const cookie = await api.signIn();
  const page = await api.fetch("/search?q=mueller", { cookie });
  expect(await page.text()).toContain('href="/affiliates/mlr"');
  const nothing = await (await api.fetch("/search?q=%3Cb%3E", { cookie })).text();
  expect(nothing).toContain("&lt;b&gt;");
  expect(nothing).not.toContain("<b>");
});

test("no conversion is looked for by reading all", () => {
  const database = migrated("books");
  const anybody = { name: "", role: "admin", scope: "everything" } as const;
  const own = { name: "", role: "affiliate", scope: { affiliate: 1 } } as const;
  const texts = ["order-1", String(rows[1]?.conversion_id), String(rows[1]?.click_id)];
  for (const caller of [anybody, own])
    for (const text of texts) {
      const { sql, values } = conversionsQuery(caller, text, [String(rows[1]?.conversion_id)], 8);
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      const reads = plan.map(({ detail }) => String(detail)).filter((detail) => / c(?: |$)/.test(detail));
      expect(reads.length).toBeGreaterThan(0);
      for (const read of reads) expect(read).toMatch(/^SEARCH c USING PRIMARY KEY \(conversion_id[=>]\?/);
    }
});

/** The books' database, empty, with how SQLite reads for each statement that is made. */
class PlannedBooks extends SqliteD1 {
  readonly plans: string[] = [];

  override prepare(query: string) {
    const plan = this.db.prepare(`EXPLAIN QUERY PLAN ${query}`).all();
    this.plans.push(...plan.map(({ detail }) => String(detail)));
    return super.prepare(query);
  }
}

const CALLERS: Caller[] = [
  { name: "", role: "admin", scope: "everything" },
  { name: "", role: "affiliate", scope: { affiliate: 1 } },
  { name: "", role: "advertiser", scope: { advertiser: 1, pseudonyms: null } },
];

test.each(CALLERS)("links, coupons, statements and names are looked up by an index for $role", async (caller) => {
  const DB = new PlannedBooks("books", "schema/migrations/books", async () => {});
  const env = { DB };
  await findLinks(env, caller, "de", 8);
  await findCoupons(env, caller, "spring", 8);
  await findStatementHits(env, caller, "2026-0001");
  await findStatementHits(env, caller, "draft-1");
  const slugs = { advertiser: ["acme"], offer: ["shoes"], affiliate: ["blog"], link: ["demo"] };
  await readNames(env, caller, slugs);
  expect(DB.plans.filter((detail) => detail.startsWith("SEARCH")).length).toBeGreaterThan(8);
  expect(DB.plans.filter((detail) => detail.startsWith("SCAN") && !/VIRTUAL TABLE|CONSTANT ROW/.test(detail))).toEqual(
    [],
  );
});

/** Lists in other orders: page by page exactly what they hold, sorted, each once, ties too; and what is not offered is refused. */
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MOST_LOOKED_AT } from "../../workers/console/tables/looked-at.ts";
import { readSort, sortedCursor, writeSortedCursor } from "../../workers/console/web/sorting.ts";
import { conversionRow, plant, plantSetUp, START_MS } from "./books.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const COUNT = 40;
const listed = v.object({ items: v.array(v.record(v.string(), v.any())), next: v.nullable(v.string()) });
type Row = Record<string, unknown>;

let api: Console;
const tokens = { admin: ADMIN, acme: "", blog: "" };

beforeAll(async () => {
  api = await startConsole();
  const { DB } = api.env;
  await plantSetUp(DB);
  const stamps = { created_at: START_MS, updated_at: START_MS };
  // Names that differ in case alone, and many that are the same.
  const names = ["beta", "Alpha", "alpha", "ÄRZTE", "Beta", "gamma", "gamma", "gamma"];
  await plant(
    DB,
    "affiliates",
    names.map((name, at) => ({ slug: `a-${9 - at}`, name, status: at % 3 ? "active" : "paused", ...stamps })),
  );
  const rows = Array.from({ length: COUNT }, (_, number) =>
    conversionRow(number, { amount: (number % 4) * 10_000_000, clicked_at: START_MS + (number % 3) }),
  );
  await plant(DB, "conversions", rows);
  for (const [subject, role] of [
    ["acme", "advertiser"],
    ["blog", "affiliate"],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: subject, role, subject });
    tokens[subject] = String(Object(made.json).token);
  }
});
afterAll(() => api.stop());

async function pagesOf(path: string, token: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = "", turn = 0; turn < 50; turn++) {
    const answer = await api.call("GET", `${path}&limit=3${cursor}`, undefined, token);
    expect(answer.status).toBe(200);
    const { items, next } = v.parse(listed, answer.json);
    rows.push(...items);
    if (next === null) return rows;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
  throw new Error(`${path} has no end`);
}

const folded = (value: unknown) =>
  typeof value === "string" ? value.replace(/[A-Z]/g, (one) => one.toLowerCase()) : value;

/** True where no row comes before one that it should come behind. */
function isSorted(rows: readonly Row[], name: string, descending: boolean): boolean {
  const values = rows.map((row) =>
    ["amount", "payout", "revenue"].includes(name) ? Number(row[name]) : (folded(row[name]) ?? ""),
  );
  return values.every((value, at) => {
    const before = values[at - 1];
    if (before === undefined || before === value) return true;
    return descending ? before > value : before < value;
  });
}

test.each([
  ["admin", "/api/affiliates", ["slug", "name", "status", "created_at"]],
  ["admin", "/api/advertisers", ["slug", "name", "status", "created_at"]],
  ["admin", "/api/offers", ["slug", "name", "status", "created_at"]],
  ["admin", "/api/links", ["slug", "offer", "affiliate", "status", "created_at"]],
  ["blog", "/api/links", ["slug", "offer", "created_at"]],
  ["acme", "/api/links", ["offer", "status"]],
  [
    "admin",
    "/api/conversions",
    ["received_at", "occurred_at", "clicked_at", "event", "status", "amount", "revenue", "payout"],
  ],
  ["acme", "/api/conversions", ["received_at", "amount", "revenue"]],
  ["blog", "/api/conversions", ["received_at", "status", "amount", "payout"]],
  ["admin", "/api/conversions?affiliate=blog", ["received_at", "amount"]],
] as const)("%s: %s in pages is the whole list, sorted by each of %j", async (who, path, sorts) => {
  const at = path.includes("?") ? path : `${path}?`;
  const token = tokens[who];
  const key = (row: Row) => String(row.conversion_id ?? row.slug);
  const { items } = v.parse(listed, (await api.call("GET", `${at}&limit=1000`, undefined, token)).json);
  const all = items.map(key).sort();
  for (const name of sorts)
    for (const sort of [name, `-${name}`]) {
      const rows = await pagesOf(`${at}&sort=${sort}`, token);
      expect({ sort, keys: rows.map(key).sort() }).toEqual({ sort, keys: all });
      expect({ sort, isSorted: isSorted(rows, name, sort.startsWith("-")) }).toEqual({ sort, isSorted: true });
    }
});

test("a column that the role does not see orders nothing, and tells nothing", async () => {
  const refused = await api.call("GET", "/api/conversions?sort=revenue", undefined, tokens.blog);
  expect(refused).toMatchObject({ status: 400, json: { detail: expect.stringContaining("no column revenue") } });
  expect(refused.text).not.toMatch(/These are:[^"]*revenue/);
  const links = async (query: string) =>
    v.parse(listed, (await api.call("GET", `/api/links${query}`, undefined, tokens.acme)).json).items;
  // It knows them by pseudonyms.
  for (const sort of ["slug", "-slug", "affiliate"]) expect(await links(`?sort=${sort}`)).toEqual(await links(""));
  expect((await api.call("GET", "/api/links?sort=destination")).status).toBe(400);
});

test("a cursor goes on in its own order, and what is none is refused", async () => {
  const { next } = v.parse(listed, (await api.call("GET", "/api/affiliates?sort=name&limit=2")).json);
  const on = async (query: string) =>
    v.parse(listed, (await api.call("GET", `/api/affiliates?limit=2&cursor=${next}${query}`)).json).items;
  expect(await on("")).toEqual(await on("&sort=name"));
  expect(await on("&sort=-status")).toEqual(await on("&sort=name"));
  for (const cursor of ["s", "sAAAA", "nonsense", writeSortedCursor({ sort: readSort("bank"), value: "x", key: 1 })])
    expect((await api.call("GET", `/api/affiliates?cursor=${cursor}`)).status).toBe(400);
});

test("cursors hold whatever texts and numbers there are", () => {
  const schema = v.object({ cursor: sortedCursor(["name"], /^\d+$/) });
  for (const value of ["", "Ärzte & Co", "\u{1f600}", "a,b|c", 0, -3.5, 9_007_199_254_740_991]) {
    const place = { sort: readSort("-name"), value, key: "0123" };
    expect(v.parse(schema, { cursor: writeSortedCursor(place) })).toEqual({ cursor: place });
  }
  expect(v.parse(schema, { cursor: "17" })).toEqual({ cursor: "17" });
});

test("heads lead to other orders, say which one is shown, and keep filters", async () => {
  const cookie = await api.signIn();
  const page = async (path: string) => (await api.fetch(path, { authorization: "", cookie })).text();
  const html = await page("/affiliates?status=active&limit=50");
  expect(html).toMatch(/aria-sort="ascending"[^>]*><a href="[^"]*sort=-created_at">Created/);
  expect(html).toContain('href="/affiliates?status=active&amp;limit=50&amp;sort=name"');
  const sorted = await page("/affiliates?sort=name");
  expect(sorted).toMatch(/aria-sort="ascending"[^>]*><a href="[^"]*sort=-name">Name/);
  expect(sorted).toContain('<input type="hidden" name="sort" value="name"');
  const slugs = [...sorted.matchAll(/href="\/affiliates\/([\w-]+)"/g)].map(([, slug]) => slug);
  expect(slugs.slice(0, 2).sort()).toEqual(["a-7", "a-8"]);
});

test("more rows than anybody waits for are not sorted, and fewer of them are", { timeout: 120_000 }, async () => {
  const rows = Array.from({ length: MOST_LOOKED_AT }, (_, number) =>
    conversionRow(COUNT + number, { advertiser: 2, offer: 2, affiliate: 1, link: 3 }),
  );
  await plant(api.env.DB, "conversions", rows);
  const refused = await api.call("GET", "/api/conversions?sort=-amount");
  expect(refused).toMatchObject({
    status: 400,
    json: { detail: expect.stringContaining("too many to sort by amount") },
  });
  const some = await api.call(
    "GET",
    `/api/conversions?sort=-amount&to=${new Date(START_MS + 6 * 3_600_000).toISOString()}`,
  );
  expect(some.status).toBe(200);
  const cookie = await api.signIn();
  const html = await (await api.fetch("/conversions?sort=-amount", { authorization: "", cookie })).text();
  expect(html).toContain("too many to sort by amount");
  expect(html).toContain('class="table list"');
  expect(html).toContain("at least");
});

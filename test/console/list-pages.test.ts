/** Pages of lists, forwards and backwards, and filters that are taken away one by one. */
import fc from "fast-check";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversionTotalsAnswer } from "../../workers/console/conversions/list.ts";
import { filterChips, MOST_BACK } from "../../workers/console/shell/list-query.ts";
import { pageLinks } from "../../workers/console/shell/paging.ts";
import { microsColumn, sumsOf } from "../../workers/console/tables/list-sums.ts";
import { MOST_LOOKED_AT } from "../../workers/console/tables/looked-at.ts";
import { addDecimals } from "../../workers/core/money.ts";
import { must } from "../../workers/core/must.ts";
import { conversionRow, plant, plantSetUp, postbackRow } from "./books.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const COUNT = 25;
let api: Console;
let cookie: string;

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  const rows = Array.from({ length: COUNT }, (_, number) => conversionRow(number));
  await plant(api.env.DB, "conversions", rows);
  await plant(
    api.env.LOG,
    "postbacks",
    rows.map((row) => postbackRow(row, { proven: 1, stranger: 0, times: 1 })),
  );
  cookie = await api.signIn(ADMIN);
});
afterAll(() => api.stop());

async function page(path: string): Promise<string> {
  const answer = await api.fetch(path, { authorization: "", cookie });
  expect(answer.status).toBe(200);
  return answer.text();
}

/** The address of a link of a page by what it is to it. */
function linkTo(html: string, rel: "next" | "prev"): string | undefined {
  const link = [...html.matchAll(/<a [^>]*>/g)].map(([tag]) => tag).find((tag) => tag.includes(`rel="${rel}"`));
  return link && /href="([^"]*)"/.exec(link)?.[1]?.replaceAll("&amp;", "&");
}

/** What the rows of a page say, without what is told of the moment. */
const rowsOf = (html: string) => /<tbody[^>]*>(.*)<\/tbody>/s.exec(html)?.[1] ?? "";

test.each([
  ["/conversions?limit=4&test=all", 7],
  ["/conversions?limit=4&status=pending&offer=&test=all", 2],
  ["/affiliates?limit=1", 2],
  ["/offers?limit=1", 2],
  ["/links?limit=1", 3],
])("%s: pages backwards are those that were seen forwards", async (first, least) => {
  const seen: string[] = [];
  let html = await page(first);
  for (let next = linkTo(html, "next"); ; next = linkTo(html, "next")) {
    seen.push(rowsOf(html));
    if (next === undefined) break;
    html = await page(next);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(least);
  const again = [rowsOf(html)];
  for (let before = linkTo(html, "prev"); before !== undefined; before = linkTo(html, "prev")) {
    html = await page(before);
    again.unshift(rowsOf(html));
  }
  expect(again).toEqual(seen);
});

test("sizes and filters begin with the first page, and the filter form keeps the size", async () => {
  const html = await page("/conversions?limit=4&status=pending&cursor=&back=");
  expect(html).toContain('<input type="hidden" name="limit" value="4"');
  const url = new URL("https://x.test/conversions?limit=4&status=pending&cursor=c&back=&back=b");
  expect(pageLinks(url, null).sizes.map(({ href }) => href)).toEqual(
    [50, 100, 200].map((rows) => `/conversions?limit=${rows}&status=pending`),
  );
  expect(filterChips(url)).toEqual([{ name: "status", value: "pending", without: "/conversions?limit=4" }]);
});

test("a page that takes a filter away shows what the filter left out", async () => {
  const html = await page("/conversions?status=pending&offer=hats");
  expect(html).toContain('href="/conversions?offer=hats"');
  expect(html).toContain('href="/conversions?status=pending"');
  expect(await page("/conversions")).not.toContain('class="chips"');
});

test.each(["/conversions", "/postbacks"])("%s hides tests until they are asked for, or one thing is", async (path) => {
  const ids = async (query: string) =>
    [...rowsOf(await page(`${path}${query}`)).matchAll(/href="(\/\w+)\/(\w{26})"/g)]
      .filter(([, at]) => at === path)
      .map(([, , id]) => id);
  const all = new Set(await ids("?test=all&limit=200"));
  const tests = new Set(await ids("?test=true&limit=200"));
  const others = new Set(await ids("?limit=200"));
  expect(tests.size).toBeGreaterThan(0);
  expect(others.size).toBeGreaterThan(0);
  expect(new Set([...tests, ...others])).toEqual(all);
  expect([...others].filter((id) => tests.has(id))).toEqual([]);
  expect(await page(path)).toContain(`Tests are hidden: <a href="${path}?test=all"`);
  expect(await page(`${path}?test=all`)).not.toContain("Tests are hidden");
  const [test] = tests;
  const name = path === "/conversions" ? await clickOf(String(test)) : orderIn(rowsOf(await page(`${path}?test=true`)));
  expect(await ids(`?${name}`)).toEqual([test]);
});

/** Which conversions an order has, objects know, and none knows of these: so by its click. */
async function clickOf(conversion: string): Promise<string> {
  const { json } = await api.call("GET", `/api/conversions/${conversion}`);
  return `click_id=${Object(json).click_id}`;
}

function orderIn(rows: string): string {
  return `txid=${/order-\d+/.exec(rows)?.[0]}`;
}

test("the file that a list offers has the list's rows", async () => {
  expect(await page("/conversions")).toContain("/api/exports/conversions.csv?test=false");
  expect(await page("/conversions?test=all")).not.toContain("test=false");
});

/** Every conversion that the list of these filters has. */
async function listed(query: string, token: string): Promise<Record<string, string>[]> {
  const { json } = await api.call("GET", `/api/conversions?limit=1000&${query}`, undefined, token);
  return v.parse(v.object({ items: v.array(v.record(v.string(), v.any())) }), json).items;
}

test.each([
  ["an admin", "amount revenue payout"],
  ["acme", "amount revenue"],
  ["blog", "amount payout"],
])("totals of %s are the sums of the list, of the money that it sees", async (who, seen) => {
  const role = who === "acme" ? "advertiser" : "affiliate";
  const token =
    who === "an admin"
      ? ADMIN
      : v.parse(
          v.object({ token: v.string() }),
          (await api.call("POST", "/api/tokens", { name: who, role, subject: who })).json,
        ).token;
  for (const query of [
    "",
    "status=pending",
    "test=false",
    "event=lead&status=approved",
    "txid=order-3",
    "status=reversed",
  ]) {
    const rows = await listed(query, token);
    const { json } = await api.call("GET", `/api/conversions/totals?${query}`, undefined, token);
    const totals = v.parse(conversionTotalsAnswer, json);
    expect(totals.conversions).toBe(rows.length);
    expect(totals.complete).toBe(true);
    const currencies = [...new Set(rows.map(({ currency }) => currency))].sort();
    expect(totals.sums).toEqual(
      currencies.map((currency) => {
        const own = rows.filter((row) => row.currency === currency);
        const sum = (name: string) => addDecimals(own.map((row) => row[name] ?? "0"));
        return {
          currency,
          conversions: own.length,
          ...Object.fromEntries(seen.split(" ").map((name) => [name, sum(name)])),
        };
      }),
    );
  }
});

test("the foot of a list says what fits on all its pages", async () => {
  const rows = await listed("test=false&status=pending", ADMIN);
  const html = await page("/conversions?limit=1&status=pending");
  expect(html).toContain(`<li>${rows.length} conversions</li>`);
  const { length } = await listed("test=false", ADMIN);
  expect(await page("/postbacks?limit=1")).toContain(`<li>${length} postbacks</li>`);
});

test("of more rows than are looked at, the newest are, however few of them fit, and it is said", async () => {
  const summed = (most: number, of: string) => ({
    rows: {
      alias: "n",
      most: MOST_LOOKED_AT,
      parts: [
        {
          from: `(WITH RECURSIVE n (a) AS (VALUES (1) UNION ALL SELECT a + 1 FROM n LIMIT ${most}) SELECT 'USD' AS currency, a * 1000000 AS amount, a FROM n) AS n`,
          values: [],
        },
      ],
    },
    conditions: [{ sql: `n.a % ${of} = ?`, values: [0] }],
    by: { currency: "n.currency" },
    money: { amount: microsColumn("n.amount") },
  });
  const few = await sumsOf(api.env.DB, summed(4, "2"));
  expect(few).toEqual({
    count: 2,
    complete: true,
    sums: [{ count: 2, by: { currency: "USD" }, money: { amount: "6.00" } }],
  });
  expect(await sumsOf(api.env.DB, summed(MOST_LOOKED_AT, "10000"))).toMatchObject({ count: 2, complete: false });
  expect(await sumsOf(api.env.DB, summed(MOST_LOOKED_AT, "99999"))).toEqual({ count: 0, complete: false, sums: [] });
});

test("whatever the cursors are, going back is going forwards backwards, as far as the address knows its way", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 40 }), (cursors) => {
      const start = "/list?status=a&limit=100";
      const at = (path: string) => new URL(path, "https://x.test");
      const ways = [start];
      for (const cursor of cursors) ways.push(must(pageLinks(at(ways.at(-1) ?? ""), cursor).next, "next", "page"));
      const places = ways.map((way) => at(way).searchParams.get("cursor"));
      let here = at(ways.at(-1) ?? "");
      const back = [here.searchParams.get("cursor")];
      for (let before = pageLinks(here, null).previous; before !== null; before = pageLinks(here, null).previous) {
        here = at(before);
        expect(here.searchParams.get("status")).toBe("a");
        back.unshift(here.searchParams.get("cursor"));
      }
      expect(back).toEqual(places.slice(-MOST_BACK - 1));
    }),
  );
});

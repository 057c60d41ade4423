/** NamesOnPage beside slugs: of those who may be told them, and all of a page at once. */
import { jsx } from "hono/jsx";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Named, type NamesOnPage, type SlugsOnPage, WithNames } from "../../workers/console/shell/parts/named.tsx";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { conversionRow, plant, plantSetUp } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

let api: Console;
const cookies: Record<string, string> = {};
const row = conversionRow(0, { meta: null, original_status: null });

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(api.env.DB, "conversions", [row]);
  await api.env.DB.prepare("UPDATE affiliates SET name = ? WHERE slug = 'blog'").bind("Blog of Müller").run();
  await api.env.DB.prepare("UPDATE offers SET name = 'Fine shoes' WHERE slug = 'shoes'").run();
  await api.env.DB.prepare("UPDATE advertisers SET name = 'Acme & Sons' WHERE slug = 'acme'").run();
  cookies.admin = await api.signIn();
  for (const [role, subject] of [
    ["affiliate", "blog"],
    ["advertiser", "acme"],
  ] as const) {
    const made = await api.call("POST", "/api/tokens", { name: role, role, subject });
    const { token }: { token: string } = JSON.parse(made.text);
    cookies[role] = await api.signIn(token);
  }
});
afterAll(() => api.stop());

async function open(path: string, role = "admin"): Promise<string> {
  const page = await api.fetch(path, { cookie: cookies[role] ?? "" });
  expect(page.status).toBe(200);
  return page.text();
}

const both = (name: string, slug: string) =>
  new RegExp(`<bdi>${name}</bdi>(</a>)? <span class="slug"><bdi>${slug}</bdi>`);
const OFFER = both("Fine shoes", "shoes");
const AFFILIATE = both("Blog of Müller", "blog");
const ADVERTISER = both("Acme &amp; Sons", "acme");
const DAY = new Date(Number(row.received_at)).toISOString().slice(0, 10);
const NEXT_DAY = new Date(Number(row.received_at) + DAY_MS).toISOString().slice(0, 10);
const RANGE = `from=${DAY}&until=${DAY}`;

test.each([
  ["/conversions", [OFFER, AFFILIATE]],
  [`/conversions/${row.conversion_id}`, [OFFER, AFFILIATE, ADVERTISER]],
  ["/links", [OFFER, AFFILIATE]],
  ["/links/demo", [OFFER, AFFILIATE, ADVERTISER]],
  ["/offers", [ADVERTISER]],
  ["/offers/shoes", [ADVERTISER, AFFILIATE]],
  ["/affiliates/blog", [OFFER]],
  ["/tokens", [AFFILIATE, ADVERTISER]],
])("%s says names", async (path, said) => {
  const page = await open(path);
  for (const one of said) expect(page).toMatch(one);
});

test("reports say them in rows, bars and the head of a line; a link says its offer", async () => {
  const page = await open(`/reports?group_by=affiliate&group_by=offer&metrics=conversions&${RANGE}`);
  expect(page.match(new RegExp(AFFILIATE, "g"))).toHaveLength(2);
  expect(page.match(new RegExp(OFFER, "g"))).toHaveLength(2);
  const byLink = await open(`/reports?group_by=link&metrics=conversions&${RANGE}`);
  expect(byLink).toMatch(both("demo", "Fine shoes"));
  const byDay = await open(`/reports?group_by=day&group_by=offer&metrics=conversions&${RANGE}`);
  expect(byDay).toMatch(OFFER);
});

test("CSV has slugs, as ever", async () => {
  const answer = await api.call(
    "GET",
    `/api/reports?group_by=offer&metrics=conversions&from=${DAY}&to=${NEXT_DAY}&format=csv`,
  );
  expect(answer.text).toContain("shoes");
  expect(answer.text).not.toContain("Fine");
});

test("an advertiser that is told no affiliates sees pseudonyms, and an affiliate no advertiser", async () => {
  for (const path of ["/conversions", "/links", `/reports?group_by=affiliate&group_by=link&${RANGE}`]) {
    const page = await open(path, "advertiser");
    expect(page).not.toContain("Müller");
    expect(page).not.toMatch(/<bdi>(blog|demo)</);
  }
  expect(await open("/conversions", "advertiser")).toMatch(OFFER);
  expect(await open("/conversions", "affiliate")).toMatch(OFFER);
  expect(await open(`/conversions/${row.conversion_id}`, "affiliate")).not.toContain("Acme &amp; Sons");
});

test("all names of a page are read in one go, each once", async () => {
  const reads: SlugsOnPage[] = [];
  const none = new Map<string, string>();
  const read = async (slugs: SlugsOnPage): Promise<NamesOnPage> => {
    reads.push(slugs);
    return { advertiser: none, offer: new Map([["shoes", "Fine <shoes>"]]), affiliate: none, link: none };
  };
  const rows = Array.from({ length: 200 }, (_, place) => [
    jsx(Named, { of: "offer", slug: "shoes" }),
    jsx(Named, { of: "affiliate", slug: `a-${place % 50}` }),
  ]);
  const text = await jsx(WithNames, { read }, ...rows.flat()).toString();
  expect(reads).toHaveLength(1);
  expect(reads[0]?.offer).toEqual(["shoes"]);
  expect(reads[0]?.affiliate).toHaveLength(50);
  expect(text.match(/Fine &lt;shoes&gt;<\/bdi>/g)).toHaveLength(200);
  expect(text.match(/<bdi>a-\d+<\/bdi><\/span>/g)).toHaveLength(200);
});

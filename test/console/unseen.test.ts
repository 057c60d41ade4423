/** What is not a caller's is to it as if it did not exist: no filter, place or name tells of other parties. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueClickId } from "../../workers/core/click-id.ts";
import { ringOf } from "../core/keys.ts";
import { conversionRow, entryRow, plant, plantBooks, plantLog, postbackRow, receiptNumber, START_MS } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const RING = await ringOf({ 1: 0x11 }, 1);
const click = (link: number) =>
  issueClickId(RING, { issuedAtMs: START_MS, link, counter: 7, test: false, provisional: false });

/** acme's messages about a click of link 3, with which affiliate 1 runs the offer of acme's rival; none of them is proven to be acme's. */
const probes = [
  { status: "refused", reason: "forged_click_id" },
  { status: "unattributed", reason: "no_click" },
  { status: "unattributed", reason: "unknown_link" },
  { status: "rejected", reason: "foreign_click" },
  { status: "rejected", reason: "credentials_revoked" },
  { status: "rejected", reason: "over_cap" },
  { status: "failed", reason: "undeliverable" },
].map((changes, number) =>
  postbackRow(conversionRow(0), {
    ...changes,
    click_id: click(3),
    receipt: receiptNumber(number),
    conversion_id: null,
  }),
);
const own = postbackRow(conversionRow(0), {
  status: "rejected",
  reason: "over_cap",
  click_id: click(2),
  receipt: receiptNumber(90),
  conversion_id: null,
});
/** A message about the conversion of deals, by its order, that names a click of blog. */
const astray = postbackRow(conversionRow(1), { status: "duplicate", click_id: click(1), receipt: receiptNumber(91) });
const meta = { margin: "12.50", buyer: "ann@example.com" };
const withMeta = (number: number) => conversionRow(number, { meta: JSON.stringify(meta) });
const [sale, deal, hat] = [withMeta(0), withMeta(1), withMeta(2)];

let api: Console;
const tokens = { acme: "", rival: "", blog: "", deals: "" };

beforeAll(async () => {
  api = await startConsole();
  await plantBooks(api.env, [sale, deal, hat]);
  await plant(api.env.DB, "entries", [entryRow(hat, 2, { kind: "approval", amount: 0, revenue: 0, payout: 0 })]);
  await plantLog(api.env, [...probes, own, astray]);
  const make = async (role: string, subject: string) =>
    Object((await api.call("POST", "/api/tokens", { name: "t", role, subject })).json).token;
  tokens.acme = await make("advertiser", "acme");
  tokens.rival = await make("advertiser", "rival");
  tokens.blog = await make("affiliate", "blog");
  tokens.deals = await make("affiliate", "deals");
});
afterAll(() => api.stop());

const get = async (path: string, token?: string) => await api.call("GET", path, undefined, token);

describe("a click ID of somebody else's", () => {
  const receipts = async (query: string, token: string) =>
    Object((await get(`/api/postbacks?reason=over_cap&limit=100&${query}`, token)).json).items.map(
      ({ receipt }: { receipt: string }) => receipt,
    );

  test.each(["link=hat", "offer=hats", "affiliate=blog"])(
    "is found by no filter of its sender's: %s",
    async (filter) => {
      for (const { receipt, reason } of probes) {
        const path = `/api/postbacks?reason=${reason}&click_id=${click(3)}&${filter}`;
        expect([receipt, Object((await get(path, tokens.acme)).json).items]).toEqual([receipt, []]);
        expect(Object((await get(path)).json).items).toHaveLength(1);
      }
      const nowhere = filter.replace(/=.*/, "=nowhere");
      const [asked, other] = [
        await get(`/api/exports/postbacks.csv?${filter}&txid=order-0&status=rejected`, tokens.acme),
        await get(`/api/exports/postbacks.csv?${nowhere}&txid=order-0&status=rejected`, tokens.acme),
      ];
      expect(asked.text).toBe(other.text);
    },
  );

  test("leaves the sender what is its own", async () => {
    for (const filter of ["offer=shoes", ""]) expect(await receipts(filter, tokens.acme)).toContain(receiptNumber(90));
  });

  test("is not told to the affiliate whose conversion a message with it is about", async () => {
    const found = async (query: string, token?: string) =>
      Object((await get(`/api/postbacks?status=duplicate&${query}`, token)).json).items.map(Object);
    for (const token of [tokens.acme, undefined])
      expect(await found(`click_id=${click(1)}`, token)).toMatchObject([{ click_id: click(1) }]);
    expect(await found("", tokens.deals)).toMatchObject([{ receipt: receiptNumber(91), click_id: null }]);
    expect(await found(`click_id=${click(1)}`, tokens.deals)).toEqual([]);
    expect((await get("/api/exports/postbacks.csv", tokens.deals)).text).not.toContain(click(1));
  });

  test("is told to no affiliate, whom anybody could write to so", async () => {
    const { json } = await get("/api/postbacks?limit=100", tokens.blog);
    const told: string[] = Object(json).items.map(({ receipt }: { receipt: string }) => receipt);
    expect(probes.filter(({ receipt }) => told.includes(String(receipt)))).toEqual([]);
    expect(await receipts("", tokens.deals)).toEqual([receiptNumber(90)]);
  });
});

describe("a place in an export", () => {
  test.each([
    ["postbacks", "receipt", () => String(postbackRow(hat).receipt), "7".repeat(26)],
    ["entries", "entry", () => `${hat.conversion_id}-2`, `${hat.conversion_id}-3`],
  ])("of %s is none where the row is not the caller's", async (table, _, there, never) => {
    const answers = [there(), never].map((after) => get(`/api/exports/${table}.csv?after=${after}`, tokens.acme));
    const [one, other] = await Promise.all(answers);
    expect([one?.status, one?.text]).toEqual([other?.status, other?.text]);
    expect(one?.status).toBe(400);
    expect((await get(`/api/exports/${table}.csv?after=${there()}`, tokens.rival)).status).toBe(200);
  });
});

describe("meta", () => {
  const id = String(sale.conversion_id);
  const places = [
    "/api/conversions",
    `/api/conversions/${id}`,
    "/api/exports/conversions.csv",
    "/api/exports/conversions.ndjson",
    "/api/postbacks",
  ];

  test.each(places)("is the advertiser's and the operators' own: %s", async (path) => {
    const text = async (token?: string) => (await get(path, token)).text;
    expect(await text(tokens.blog)).not.toMatch(/ann@example\.com|12\.50/);
    if (path.includes("conversions.")) expect(await text(tokens.acme)).toContain("ann@example.com");
  });

  test("is shown to affiliates where the offer shares it, and of no other offer", async () => {
    const shared = async () => Object((await get(`/api/conversions/${id}`, tokens.blog)).json).meta;
    const other = async () => Object((await get(`/api/conversions/${hat.conversion_id}`, tokens.blog)).json).meta;
    expect([await shared(), await other()]).toEqual([null, null]);
    await api.call("PATCH", "/api/offers/shoes", { share_meta: true });
    expect([await shared(), await other()]).toEqual([meta, null]);
    await api.call("PATCH", "/api/offers/shoes", { share_meta: false });
    expect(await shared()).toBeNull();
  });
});

describe("an advertiser's affiliates", () => {
  const NAME = /^(affiliate|link)-[0-9a-hjkmnp-tv-z]{10}$/;
  const rows = async (path: string, token: string) =>
    (await get(path, token)).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const exported = (token: string, query = "") => rows(`/api/exports/conversions.ndjson${query}`, token);
  const items = async (path: string, token: string) => Object((await get(path, token)).json).items;
  const share = (slug: string, isShared: boolean) =>
    api.call("PATCH", `/api/advertisers/${slug}`, { share_affiliates: isShared });

  test.each([
    "/api/conversions",
    `/api/conversions/${sale.conversion_id}`,
    "/api/exports/conversions.csv",
    "/api/exports/conversions.ndjson",
    "/api/exports/clicks.csv",
    "/api/exports/entries.csv",
    "/api/exports/postbacks.csv",
    "/api/postbacks",
    "/api/links",
    "/api/offers",
    "/api/reports?group_by=affiliate,link&from=2026-11-01&to=2026-11-03",
  ])("are named nowhere: %s", async (path) => {
    const { status, text } = await get(path, tokens.acme);
    expect(status).toBe(200);
    expect(text).not.toMatch(/blog|deals|"?demo|"deal"|,deal,/);
  });

  test("have a name that is the same everywhere at one advertiser, and another at another", async () => {
    const [first, second] = await exported(tokens.acme);
    const [third] = await exported(tokens.rival);
    expect([first.affiliate, second.affiliate, third.affiliate].every((name) => NAME.test(name))).toBe(true);
    expect(new Set([first.affiliate, second.affiliate, third.affiliate]).size).toBe(3);
    const listed = await items("/api/links", tokens.acme);
    expect(listed.map(({ slug }: { slug: string }) => slug)).toEqual([first.link, second.link]);
    expect(listed.map(({ affiliate }: { affiliate: string }) => affiliate)).toEqual([
      first.affiliate,
      second.affiliate,
    ]);
    expect(Object.keys(listed[0])).not.toContain("url");
    const range = "from=2026-11-01&to=2026-11-03";
    const report = Object((await get(`/api/reports?group_by=affiliate,link&${range}`, tokens.acme)).json);
    const grouped = report.rows.map((row: Record<string, string>) => [row.affiliate, row.link]);
    expect(grouped.sort()).toEqual([first, second].map((row) => [row.affiliate, row.link]).sort());
  });

  test("are asked for by that name, and by no other", async () => {
    const [first] = await exported(tokens.acme);
    const [foreign] = await exported(tokens.rival);
    const range = "from=2026-11-01&to=2026-11-03";
    for (const [filter, name, real] of [
      ["affiliate", first.affiliate, "blog"],
      ["link", first.link, "demo"],
    ]) {
      const found = (asked: string) => items(`/api/conversions?${filter}=${asked}`, tokens.acme);
      const reported = async (asked: string) =>
        Object((await get(`/api/reports?group_by=offer&${filter}=${asked}&${range}`, tokens.acme)).json).rows.length;
      expect(await found(name)).toMatchObject([{ conversion_id: first.conversion_id }]);
      expect(await reported(name)).toBe(1);
      for (const wrong of [real, foreign[String(filter)], `${filter}-0000000000`, "nowhere"])
        expect([wrong, await found(wrong), await reported(wrong)]).toEqual([wrong, [], 0]);
    }
    expect(await items(`/api/links?affiliate=${first.affiliate}`, tokens.acme)).toMatchObject([{ slug: first.link }]);
    expect(await items("/api/links?affiliate=blog", tokens.acme)).toEqual([]);
    expect((await get(`/api/links/${first.link}`, tokens.acme)).json).toMatchObject({ affiliate: first.affiliate });
    const [there, never] = [await get("/api/links/demo", tokens.acme), await get("/api/links/nope", tokens.acme)];
    expect([there.status, there.text.replaceAll("demo", "nope")]).toEqual([404, never.text]);
  });

  test("are not told by the sites that visitors come from", async () => {
    expect(Object.keys((await exported(tokens.acme))[0])).not.toContain("referrer");
    expect((await get("/api/reports?group_by=referrer", tokens.acme)).status).toBe(403);
  });

  test("are named where the operator says so, to that advertiser alone", async () => {
    await share("acme", true);
    expect((await exported(tokens.acme, "?affiliate=blog"))[0]).toMatchObject({
      affiliate: "blog",
      link: "demo",
      referrer: "blog.example",
    });
    expect((await get("/api/reports?group_by=referrer", tokens.acme)).status).toBe(200);
    expect((await get("/api/links/demo", tokens.acme)).json).toMatchObject({ url: expect.stringMatching(/c\/demo$/) });
    expect((await exported(tokens.rival))[0].affiliate).toMatch(NAME);
    await share("acme", false);
    expect((await exported(tokens.acme))[0].affiliate).toMatch(NAME);
  });
});

/**
 * Every page is quick in a programme of 50,000 conversions, 300 advertisers, 300 affiliates and 2,000 links: as an operator opens it, with the key of
 * something that is there. The pages are those of `PAGES`, so that a new one joins by itself, and one with a key says in `keysOf` whose.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PAGES } from "../../workers/console/routes.tsx";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { type Console, startConsole } from "./console.ts";
import { drawLargeProgramme, plantLargeProgramme } from "./large-programme.ts";

/** Only the bundler imports scripts and styles as texts; no page is shown here. */
vi.mock("../../workers/console/shell/assets.ts", () => ({ routeAssets: () => {}, assetPath: (name: string) => name }));

const LONG_MS = 400_000;
const LIMIT_MS = 300;
/** A page that is so quick at a first look is looked at no more. */
const FAR_BELOW_MS = 150;
const LOOKS = 7;
/** What all conversions take to be read once, where nobody else is on the machine. Eight test files may share a core. */
const REFERENCE_MS = 20;
const REFERENCE = "SELECT affiliate, max(payout), count(*) FROM conversions GROUP BY affiliate, event";
/** Nobody's own: an address that only forms are sent to, and one that only other pages lead away from. */
const NOT_LOOKED_AT = ["/sign-in", "/sign-out", "/advertisers/:slug/test"];

const since = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
/** What pages are asked for besides, where that is more than what they show by themselves. */
const ASKED: Record<string, readonly string[]> = {
  "/": ["?period=week", "?period=month"],
  "/search": ["?q=many", "?q=order-49000", "?q=nobody+here"],
  "/reports": ["?group_by=affiliate&group_by=offer", "?group_by=day", "?group_by=country", "?group_by=link"],
  "/why": ["?metric=payout&there_clock=clicked&there_test=true", "?metric=conversions&there_stand=payable"],
  "/cohorts": ["?group_by=offer&show=ltv"],
  "/conversions": [
    "?limit=200",
    "?limit=200&country=LI",
    "?limit=200&affiliate=many-8&sort=-amount",
    `?limit=200&from=${since(8)}&sort=-amount`,
    "?limit=200&sort=received_at",
  ],
  "/review": ["?affiliate=many-8", "?hold_reason=large_amount"],
  "/claims": ["?state=open&limit=200"],
  "/postbacks": ["?limit=200", "?status=unattributed"],
  "/affiliates": ["?limit=200&sort=name"],
  "/advertisers": ["?limit=200&sort=-status"],
  "/links": ["?limit=200&sort=affiliate", "?limit=200"],
  "/offers": ["?limit=200"],
  "/statements": ["?limit=200&sort=-due"],
  "/due": ["?of=advertisers", `?until=${since(0)}`],
  "/audit": ["?kind=link&limit=200", "?actor=operator-3"],
  "/new-what-if": ["?offer=shoes"],
};
/** Pages that say nothing by themselves. */
const ASKED_ALWAYS: Record<string, string> = { "/new-what-if": "?offer=shoes" };

let api: Console;
let keys: Record<string, string>;
let cookie = "";

beforeAll(async () => {
  const programme = drawLargeProgramme(Date.now());
  api = await startConsole();
  await plantLargeProgramme(api.env, programme);
  keys = await keysOf();
  cookie = await api.signIn();
}, LONG_MS);
afterAll(() => api.stop());

/** Of each path with a key, what stands in the place of it: something that is there, of blog and acme where it is anybody's. */
async function keysOf(): Promise<Record<string, string>> {
  const newest = async (table: string, column: string, of = "1") =>
    String(
      await api.env[table === "postbacks" ? "LOG" : "DB"]
        .prepare(`SELECT ${column} FROM ${table} WHERE ${of} ORDER BY ${column} DESC LIMIT 1`)
        .first(column),
    );
  const make = async (path: string, body: unknown, key: string) => {
    const { status, text } = await api.call("POST", path, body);
    if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
    return String(JSON.parse(text)[key]);
  };
  const coupon = { code: "SAVE10", offer: "shoes", affiliate: "blog" };
  const destination = {
    slug: "own",
    name: "Own",
    kind: "postback",
    affiliate: "blog",
    url: "https://tracker.clickback-tests.com/?c={click_id}",
  };
  const source = { advertiser: "acme", source: "shopify", secret: "a secret of the shop's" };
  const tracker = { slug: "old", name: "Old", dialect: "keitaro", advertiser: "acme", host: "old.example" };
  const user = { email: "ann@example.com", name: "Ann", role: "analyst" };
  const whatIf = {
    name: "12 %",
    advertiser: "acme",
    offer: "shoes",
    from: `${since(2)}T00:00:00Z`,
    until: `${since(1)}T00:00:00Z`,
  };
  const rules = { offers: { shoes: { events: { sale: { payout: { percent: "12" } } } } } };
  await make("/api/destinations", destination, "slug");
  const own = { number: await newest("statements", "number", "owner_type = 'affiliate' AND owner = 1") };
  return {
    "/conversions/:id": await newest("conversions", "conversion_id", "affiliate = 1 AND advertiser = 1"),
    "/postbacks/:receipt": await newest("postbacks", "receipt", "affiliate = 1 AND advertiser = 1"),
    "/claims/:receipt": await newest("claims", "receipt"),
    "/statements/:number": own.number,
    "/review/bulks/:bulk": await make("/api/review/bulks", { offer: "shoes", decision: "release" }, "bulk"),
    "/status-changes/:number": await make(
      "/api/status-changes",
      { kind: "link", status: "paused", filter: { affiliate: "blog" } },
      "status_change",
    ),
    "/what-if/:number": await make("/api/what-ifs", { ...whatIf, rules }, "what_if"),
    "/import/:import": await make("/api/imports?advertiser=acme", '{"txid":"one","amount":1}', "import"),
    "/people/:number": await make("/api/users", user, "number"),
    "/coupons/:slug": await make("/api/coupons", coupon, "slug"),
    "/reasons/:slug": await make("/api/reasons", { slug: "fake", words: "Fake" }, "slug"),
    "/sources/:slug": await make("/api/sources", source, "slug"),
    "/trackers/:slug": await make("/api/trackers", tracker, "slug"),
    "/deliveries/:delivery": `${await make("/api/destinations/own/test", {}, "delivery_id")}?destination=own`,
    "/signals/:number": "1",
    "/signal-settings/:signal": "too_fast",
    "/destinations/:slug": "own",
    "/offers/:slug": "shoes",
    "/affiliates/:slug": "blog",
    "/advertisers/:slug": "acme",
    "/links/:slug": "demo",
  };
}

/** The addresses of a page. */
function addressesOf(path: string): string[] {
  const [, place, rest = ""] = /^(.*?:\w+)(.*)$/.exec(path) ?? [];
  if (place === undefined) return [path + (ASKED_ALWAYS[path] ?? ""), ...(ASKED[path] ?? []).map((one) => path + one)];
  const key = keys[place];
  if (key === undefined) throw new Error(`say in keysOf what ${path} is opened with`);
  return [place.replace(/:\w+$/, key) + rest];
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** What a look takes where nobody else is on the machine. */
async function quietMs(path: string): Promise<number> {
  const reference = () => time(() => api.env.DB.prepare(REFERENCE).all());
  let quickest = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS && quickest >= FAR_BELOW_MS; look++) {
    const ms = await time(async () => {
      const answer = await api.fetch(path, { cookie });
      await answer.text();
      expect([path, answer.status]).toEqual([path, 200]);
    });
    const slower = ms < FAR_BELOW_MS ? 1 : Math.max(1, (await reference()) / REFERENCE_MS);
    quickest = Math.min(quickest, ms / slower);
  }
  return Math.round(quickest);
}

test("every page takes less than 300 ms", { timeout: LONG_MS }, async () => {
  const took: Record<string, number> = {};
  for (const { path } of PAGES.filter(({ path, roles }) => roles.includes("admin") && !NOT_LOOKED_AT.includes(path)))
    for (const address of addressesOf(path)) took[address] = await quietMs(address);
  expect(Object.keys(took).length).toBeGreaterThan(100);
  expect(Object.entries(took).filter(([, ms]) => ms >= LIMIT_MS)).toEqual([]);
});

test("the page of review shows a hundred of them, with the story of one", async () => {
  const answer = await api.fetch("/review", { cookie });
  expect((await answer.text()).match(/<li data-id=/g)).toHaveLength(100);
});

/** Moves out of a made-up Everflow: planned, done, done again, killed in the middle, with history; out of kept answers; and what its API may answer instead. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everflowApi, everflowFolder } from "../../../scripts/move-in/everflow-api.ts";
import { everflowPrice } from "../../../scripts/move-in/everflow-offers.ts";
import { everflowTracker } from "../../../scripts/move-in/from-everflow.ts";
import { type Console, startConsole } from "../../console/console.ts";
import { waitFor } from "../../flow/system.ts";
import { runScript } from "../program.ts";
import { type FakeEverflow, fakeEverflow, KEY, NOW_MS } from "./everflow.ts";
import { consoleWith, countOf, importedByLink, moved } from "./moving.ts";

const SLOW_MS = 180_000;
const ALL = { from: "2000-01-01", to: "2026-11-02" };

let api: Console;
beforeAll(async () => {
  api = await startConsole();
});
afterAll(() => api.stop());

function readerOf(fake: FakeEverflow, key = KEY, waits: number[] = []) {
  const sleep = async (ms: number) => waits.push(ms);
  const fetch: FakeEverflow["fetch"] = (url, init) => fake.fetch(url, init);
  return everflowApi({ origin: "https://api.example", key, nowMs: NOW_MS, fetch, sleep });
}

function trackerOf(fake = fakeEverflow(), key = KEY, waits: number[] = []) {
  return everflowTracker(readerOf(fake, key, waits), { prefix: "", currency: null });
}

describe("out of an Everflow", () => {
  test("the plan says what would be made, and what stays behind and why; nothing is made", async () => {
    const fake = fakeEverflow();
    const { text, done } = await moved(trackerOf(fake), consoleWith(api), {});
    expect(done).toBe(true);
    expect(text).toContain("offers: 48 to be made, 0 here already");
    expect(text).toContain("advertisers: 3 to be made");
    // The idle one ran nothing and was let in nowhere.
    expect(text).toContain("affiliates: 3 to be made");
    // Two on each of six, the inactive one, and the first on 14 closed offers behind those.
    expect(text).toContain("links: 27 to be made");
    expect(text).toContain("aliases of placed links: 54");
    expect(text).toContain("  - what was booked before 2025-11-02: its API tells a year");
    expect(text).toContain("  - offer “Offer 50”: it leads to no address that can stand here");
    expect(text).toContain("  - macros of offer “Offer 2”: {idfa} mean nothing here");
    expect(text).toContain("  - macros of offer “Offer 2”: {affiliate_id}: they say slugs here, not numbers");
    expect(text).toContain(
      "  - event “lead” of offer “Offer 5”: it pays nothing here: its payout “cpa_cps” has no form",
    );
    expect(text).toContain("  - 1 custom payouts of offer “Offer 5”");
    expect(text).toContain("  - numbers of events of offer “Offer 5”: 51 is lead, 52 is re-order");
    expect(text).toContain("  - event “base” of offer “Offer 7”: there somebody approves each conversion");
    expect(text).not.toContain("Offer 49");
    expect(text).toContain("Nothing was done.");
    expect(await countOf(api, "offers")).toBe(0);
    expect(fake.asked.filter((path) => path === "offers")).toHaveLength(3);
  });

  test("killed anywhere, it goes on; done again, nothing is made twice", { timeout: SLOW_MS }, async () => {
    for (const dies of [0, 3, 30])
      await expect(moved(trackerOf(), consoleWith(api, dies), { apply: true })).rejects.toThrow("killed");
    expect(await countOf(api, "offers")).toBeGreaterThan(0);
    const addresses = { slug: "everflow", name: "everflow", host: "go.example", advertiser: "tea-shop" };
    const first = await moved(trackerOf(), consoleWith(api), { apply: true, addresses });
    expect(first.done).toBe(true);
    expect(first.text).toContain("Addresses of placed links: 54 lead on at go.example.");
    expect([await countOf(api, "offers"), await countOf(api, "links")]).toEqual([48, 27]);
    expect([await countOf(api, "advertisers"), await countOf(api, "affiliates")]).toEqual([3, 3]);
    expect((await api.call("GET", "/api/trackers/everflow")).json).toMatchObject({
      ...{ dialect: "everflow", host: "go.example" },
    });
    const { items } = Object((await api.call("GET", "/api/trackers/everflow/aliases?limit=100")).json);
    expect(items).toHaveLength(54);
    // Reports of clicks, which are adopted, have numbers.
    expect(items).toContainEqual(expect.objectContaining({ alias: "1/2", link: "a0001-z0002" }));
    expect(items).toContainEqual(expect.objectContaining({ alias: "A0001/Z0002", link: "a0001-z0002" }));
    const again = await moved(trackerOf(), consoleWith(api), { apply: true });
    expect(again.text).toContain("All of it is here already.");
  });

  test("offers have their events and prices, links their states", async () => {
    expect((await api.call("GET", "/api/offers/offer-5")).json).toMatchObject({
      ...{ advertiser: "advertiser-2", currency: "USD", name: "Offer 5" },
      destination: "https://shop5.example/?t={click_id}&a={affiliate}&s={sub1}&src={external_id}&x=",
      events: [
        { name: "base", payout: { flat: "2.50" }, revenue: { flat: "4.00" }, repeat: "once_per_click" },
        { name: "lead", payout: { flat: "0.00" }, revenue: { percent: "10" }, repeat: "once_per_click" },
        { name: "re-order", payout: { percent: "7.5" }, revenue: { percent: "15" }, repeat: "per_txid" },
      ],
    });
    const statusOf = async (link: string) => Object((await api.call("GET", `/api/links/${link}`)).json).status;
    // Let in; in by being public; its offer paused; itself inactive; kept out; never let in.
    expect(await statusOf("a0001-z0003")).toBe("active");
    expect(await statusOf("a0002-z0002")).toBe("active");
    expect(await statusOf("a0001-z0004")).toBe("paused");
    expect(await statusOf("a0004-z0001")).toBe("paused");
    expect(await statusOf("a0002-z0001")).toBe("paused");
    expect(await statusOf("a0002-z0003")).toBe("paused");
  });

  test("history comes over once, closed; what cannot stand here is told", { timeout: SLOW_MS }, async () => {
    const { text, done } = await moved(trackerOf(), consoleWith(api), { history: ALL });
    expect(done).toBe(false);
    expect(text).toContain("History: 1202 rows, 1202 given to the ledger");
    expect(text).toContain("1 conversions with the status “someday”");
    expect(text).toContain("1 conversions with a sum below 0");
    expect(text).toContain("1 conversions of offer 49 and affiliate");
    const imported = () => importedByLink(api, "2025-12-01", "2026-11-02");
    const counted = async () => (await imported()).reduce((sum, row) => sum + Number(row[1]) + Number(row[2]), 0);
    await waitFor(async () => (await counted()) === 1_202, 60_000);
    const before = await imported();
    const again = await moved(trackerOf(), consoleWith(api), { history: ALL });
    expect(again.text).toContain("History: 1202 rows");
    await waitFor(async () => JSON.stringify(await imported()) === JSON.stringify(before));
    const { items } = Object((await api.call("GET", "/api/conversions?imported=true&txid=O-0")).json);
    expect(items).toMatchObject([
      {
        ...{ old_click_id: "0".repeat(32), status: "approved", event: "base", currency: "USD", link: "a0001-z0001" },
        ...{ amount: "0.30", revenue: "4.00", payout: "2.50", sub1: "banner", sub5: "five", external_id: "src-0" },
        ...{ received_at: "2026-01-01T00:00:00.000Z", original_status: "approved, throttled" },
      },
    ]);
    const { items: orders } = Object((await api.call("GET", "/api/conversions?imported=true&txid=O-8")).json);
    expect(orders).toMatchObject([{ event: "re-order", link: "a0001-z0005", status: "rejected" }]);
  });

  test("of a time only what was booked in it", async () => {
    const rows = [];
    const days = { fromMs: Date.UTC(2026, 0, 2), toMs: Date.UTC(2026, 0, 20) };
    for await (const row of readerOf(fakeEverflow()).conversions(days)) rows.push(row.transaction_id);
    expect(rows).toEqual(Array.from({ length: 18 * 4 }, (_, index) => String(index + 4).padStart(32, "0")));
  });
});

describe("out of kept answers", () => {
  const folder = mkdtempSync(join(tmpdir(), "clickback-move-in-"));
  const keep = (name: string, answer: unknown) => writeFileSync(join(folder, `${name}.json`), JSON.stringify(answer));
  beforeAll(async () => {
    const reader = readerOf(fakeEverflow());
    for (const kind of ["advertisers", "affiliates", "offers"] as const)
      keep(kind, { [kind]: await reader.list(kind) });
    for (const type of ["tracking_link_affiliate", "tracking_link_offer"] as const) {
      const codes = await reader.codes(type, [1, 2, 3, 4, 5, 6]);
      keep(`encode-${type}`, { values: [...codes].map(([decoded, encoded]) => ({ decoded, encoded })) });
    }
    const rows = [];
    for await (const row of reader.conversions({ fromMs: 0, toMs: NOW_MS })) rows.push(row);
    keep("conversions", { conversions: rows });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const kept = () => everflowTracker(everflowFolder(folder), { prefix: "old-", currency: null });

  test("who ran an offer is who had conversions; without a code a link has no address", async () => {
    keep("offers-9-visibility", { network_affiliate_visible_ids: [1] });
    const { text } = await moved(kept(), consoleWith(api), {});
    expect(text).toContain("links: 13 to be made");
    expect(text).toContain("aliases of placed links: 25");
    expect(text).toContain("  + links old-1-9 (old-magazine on old-offer-9)");
    expect(text).toContain("  - the address of “Magazine” on “Offer 9”: it was told no code");
    expect(text).not.toContain("its API tells a year");
  });

  test("history is of the days that are asked for", async () => {
    const rows = [];
    for await (const row of kept().history({ from: "2026-01-02", to: "2026-01-03" }, () => {})) rows.push(row.link);
    expect(rows).toEqual(["old-a0001-z0003", "old-a0002-z0003", "old-a0001-z0004", "old-a0002-z0004"]);
  });

  test("pages that were not kept are missed", async () => {
    keep("advertisers", { advertisers: [{ network_advertiser_id: 1 }], paging: { total_count: 4 } });
    await expect(moved(kept(), consoleWith(api), {})).rejects.toThrow("of 4 advertisers only 1 were told");
  });
});

describe("what its API may answer", () => {
  const plan = (fake: FakeEverflow, key = KEY, waits: number[] = []) =>
    moved(trackerOf(fake, key, waits), consoleWith(api), {});

  test("a wrong key says so, at once", async () => {
    const fake = fakeEverflow();
    await expect(plan(fake, "wrong")).rejects.toThrow("check that the key is a network's");
    expect(fake.asked).toEqual(["advertisers"]);
  });

  test("429 is waited for as long as it says, outages for longer each time", async () => {
    const fake = fakeEverflow();
    const limited = new Response("", { status: 429, headers: { "retry-after": "30" } });
    fake.troubles = [limited, new Response("", { status: 429 }), new Response("", { status: 502 })];
    const waits: number[] = [];
    await plan(fake, KEY, waits);
    expect(waits).toEqual([30_000, 4_000, 8_000]);
  });

  test.each([
    ["a page of HTML", new Response("<html>login</html>"), "is no JSON"],
    ["an error that says 200", Response.json({ error: "no" }), "is no list"],
    ["a thing without a number", Response.json({ advertisers: [{ name: "x" }] }), "has the network_advertiser_id"],
  ])("%s ends it, and is named", async (_, answer, sentence) => {
    const fake = fakeEverflow();
    fake.troubles = [answer];
    await expect(plan(fake)).rejects.toThrow(sentence);
  });

  test("pages may be smaller than asked for, or all of it", async () => {
    const reading = async (mostRows: number) => {
      const reader = readerOf(Object.assign(fakeEverflow(), { mostRows }));
      return (await reader.list("offers")).map(({ network_offer_id: id }) => id);
    };
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
    expect([await reading(7), await reading(2_000)]).toEqual([numbers, numbers]);
  });

  test("a row that moves to another page while they are read is read again", async () => {
    const fake = Object.assign(fakeEverflow(), { comesMeanwhile: true, mostRows: 10 });
    const rows = [];
    const week = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 0, 8) };
    for await (const row of readerOf(fake).conversions(week)) rows.push(row.transaction_id);
    expect([new Set(rows).size, rows.length]).toEqual([28, 28]);
    expect(fake.comesMeanwhile).toBe(false);
  });

  test("a report that is cut off is asked for in parts, and ends where it cannot be parted", async () => {
    const whole = await readerOf(fakeEverflow()).ran();
    expect(whole).toHaveLength(14);
    const fake = Object.assign(fakeEverflow(), { mostPairs: 5 });
    await expect(readerOf(fake).ran()).rejects.toThrow("more affiliates ran offers on 2026-03-1");
  });
});

test.each([
  ["cpa", 2.5, 9, { flat: "2.5" }],
  ["rps", 9, 12.5, { percent: "12.5" }],
  ["cpa_cps", 2, 0, { flat: "2" }],
  ["rpa_rps", 0, 10, { percent: "10" }],
  ["cpa_cps", 2, 10, null],
  ["cpc", 2, 0, null],
  ["cpa", "100.10", null, { flat: "100.1" }],
  ["cpa", -1, 0, null],
  ["constructor", 1, 1, null],
])("%s of %s and %s %% is %o", (type, amount, percentage, price) => {
  expect(everflowPrice(type, amount, percentage)).toEqual(price);
});

test.each([
  [["--from", "everflow"], {}, "set MOVE_IN_KEY to a key of the tracker's API (Control Center > Security > API keys)"],
  [["--from", "keitaro"], { MOVE_IN_KEY: "k" }, "name the tracker with --url"],
  [["--from", "else"], {}, "--from is keitaro, everflow or csv"],
  [["--from", "csv"], {}, "name the folder of your tables with --files"],
] as const)("the command with %j says what it lacks", async (args, environment, sentence) => {
  const { code, output } = await runScript("move-in", args, environment);
  expect(code).not.toBe(0);
  expect(output).toContain(`The move stopped: ${sentence}`);
});

/** Moves out of a made-up Keitaro and out of tables: planned, done, done again, killed in the middle, with history; and what a tracker may answer instead. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keitaroTracker } from "../../../scripts/move-in/from-keitaro.ts";
import { tablesIn } from "../../../scripts/move-in/from-tables.ts";
import { keitaroApi } from "../../../scripts/move-in/keitaro-api.ts";
import type { MoveChoice } from "../../../scripts/move-in/move.ts";
import { slugGiver } from "../../../scripts/move-in/old-names.ts";
import { type Console, startConsole } from "../../console/console.ts";
import { waitFor } from "../../flow/system.ts";
import { type FakeKeitaro, fakeKeitaro, KEY } from "./keitaro.ts";
import * as moving from "./moving.ts";

const SLOW_MS = 180_000;
const ALL = { from: "2025-01-01", to: "2026-11-01" };

let api: Console;
beforeAll(async () => {
  api = await startConsole();
});
afterAll(() => api.stop());

const consoleWith = (dies = Number.POSITIVE_INFINITY) => moving.consoleWith(api, dies);
const countOf = (kind: string) => moving.countOf(api, kind);

function trackerOf(fake: FakeKeitaro, key = KEY, waits: number[] = []) {
  const sleep = async (ms: number) => waits.push(ms);
  const reader = keitaroApi({ origin: "https://old.example", key, fetch: (url, init) => fake.fetch(url, init), sleep });
  return keitaroTracker(reader, { prefix: "", currency: "USD" });
}

function moved(choice: Partial<MoveChoice>, fetchConsole = consoleWith(), tracker = trackerOf(fakeKeitaro())) {
  return moving.moved(tracker, fetchConsole, choice);
}

describe("out of a Keitaro", () => {
  test("the plan says what would be made, and what stays behind and why; nothing is made", async () => {
    const { text } = await moved({});
    expect(text).toContain("offers: 45 to be made, 0 here already");
    // Three networks have offers, and what has none of them has an advertiser of its own.
    expect(text).toContain("advertisers: 4 to be made");
    expect(text).toContain("affiliates: 3 to be made");
    expect(text).toContain("links: 44 to be made");
    expect(text).toContain("  - offer “Offer 10”: it is a page on the old tracker");
    expect(text).toContain("  - the split of campaign “Split”");
    expect(text).toContain("  - filters of campaign “Split”");
    expect(text).toContain("  - campaign “Lands nowhere”");
    expect(text).toContain("{unknown_macro}");
    expect(text).toContain("Nothing was done.");
    expect(text).not.toContain("Gone");
    expect(await countOf("offers")).toBe(0);
  });

  test("killed anywhere, it goes on; done again, nothing is made twice", { timeout: SLOW_MS }, async () => {
    for (const dies of [0, 3, 30]) await expect(moved({ apply: true }, consoleWith(dies))).rejects.toThrow("killed");
    expect(await countOf("offers")).toBeGreaterThan(0);
    const addresses = { slug: "keitaro", name: "keitaro", host: "go.example", advertiser: "adcombo" };
    const first = await moved({ apply: true, addresses });
    // What cannot be placed is told, and the rest is set.
    expect(first.done).toBe(false);
    expect(first.text).toContain("Addresses of placed links: 43 lead on at go.example.");
    expect(first.text).toContain("! Split Two!: An alias of Keitaro is written");
    expect([await countOf("offers"), await countOf("links"), await countOf("advertisers")]).toEqual([45, 44, 4]);
    expect((await api.call("GET", "/api/trackers/keitaro")).json).toMatchObject({
      dialect: "keitaro",
      host: "go.example",
    });
    for (const [alias, link] of [
      ["51abc", "51abc"],
      ["?tok1", "51abc"],
    ])
      expect(
        (await api.call("GET", `/api/trackers/keitaro/aliases?alias=${encodeURIComponent(String(alias))}`)).json,
      ).toMatchObject({ items: [{ alias, link }] });
    expect((await moved({ apply: true, addresses })).text).toContain("lead on at go.example.");
    await expect(moved({ apply: true, addresses: { ...addresses, host: "else.example" } })).rejects.toThrow(
      "another tracker “keitaro”",
    );
    const again = await moved({ apply: true });
    expect(again.text).toContain("All of it is here already.");
    expect(again.text).toContain("offers: 0 to be made, 45 here already");
    const { json: offer } = await api.call("GET", "/api/offers/offer-2");
    expect(offer).toMatchObject({
      ...{ advertiser: "network-2", currency: "USD" },
      destination: "https://shop1.example/?s={click_id}&a={sub1}&x=",
      events: [{ name: "sale", payout: { flat: "0.00" }, revenue: { flat: "7.00" }, repeat: "per_txid" }],
    });
    expect((await api.call("GET", "/api/links/51abd")).json).toMatchObject({ status: "paused", affiliate: "direct" });
  });

  test("history comes over once, closed; what cannot stand here is told", { timeout: SLOW_MS }, async () => {
    const { text, done } = await moved({ history: ALL });
    expect(done).toBe(false);
    // Of 1,203 one of six has a status that means none of ours, and one a campaign that was not carried.
    expect(text).toContain("History: 1002 rows, 1002 given to the ledger");
    expect(text).toContain("200 conversions with the status “reg”");
    expect(text).toContain("1 conversions of campaign 5 and offer 1: no link was carried");
    const imported = () => moving.importedByLink(api, "2025-08-01", "2026-01-01");
    const counted = async () => (await imported()).reduce((sum, row) => sum + Number(row[1]) + Number(row[2]), 0);
    await waitFor(async () => (await counted()) === 1_002, 60_000);
    const before = await imported();
    await moved({ history: ALL });
    await waitFor(async () => JSON.stringify(await imported()) === JSON.stringify(before));
    const { items } = Object((await api.call("GET", "/api/conversions?imported=true&txid=51sub00000000/T-0")).json);
    expect(items).toMatchObject([
      {
        old_click_id: "51sub00000000",
        status: "approved",
        revenue: "12.50",
        payout: "0.00",
        sub1: "banner",
        external_id: "ext-0",
        received_at: "2025-09-01T00:20:00.000Z",
      },
    ]);
  });

  test("history waits for its links", async () => {
    const other = keitaroTracker(
      keitaroApi({ origin: "https://old.example", key: KEY, fetch: fakeKeitaro().fetch, sleep: async () => {} }),
      { prefix: "other-", currency: null },
    );
    await expect(moved({ history: ALL }, consoleWith(), other)).rejects.toThrow("--apply");
  });
});

describe("what the tracker may answer", () => {
  test("a wrong key says so, at once", async () => {
    const fake = fakeKeitaro();
    await expect(moved({}, consoleWith(), trackerOf(fake, "wrong"))).rejects.toThrow("check the key");
    expect(fake.asked).toEqual(["affiliate_networks"]);
  });

  test("429 is waited for as long as it says, outages for longer each time", async () => {
    const fake = fakeKeitaro();
    fake.troubles = [
      new Response("", { status: 429, headers: { "retry-after": "7" } }),
      new Response("", { status: 502 }),
      new Response("", { status: 502 }),
    ];
    const waits: number[] = [];
    await moved({}, consoleWith(), trackerOf(fake, KEY, waits));
    expect(waits).toEqual([7_000, 4_000, 8_000]);
  });

  test("an outage without end ends the move", async () => {
    const fake = fakeKeitaro();
    fake.troubles = Array.from({ length: 6 }, () => new Response("", { status: 503 }));
    await expect(moved({}, consoleWith(), trackerOf(fake))).rejects.toThrow("answered 503 6 times");
  });

  test.each([
    ["a page of HTML", new Response("<html>login</html>"), "is no JSON"],
    ["an object for a list", Response.json({ rows: [] }), "is no list"],
    ["a thing without a number", Response.json([{ name: "x" }]), "whose ID is"],
  ])("%s ends it, and is named", async (_, answer, sentence) => {
    const fake = fakeKeitaro();
    fake.troubles = [answer];
    await expect(moved({}, consoleWith(), trackerOf(fake))).rejects.toThrow(sentence);
  });
});

describe("out of tables", () => {
  const folder = mkdtempSync(join(tmpdir(), "clickback-move-in-"));
  const write = (name: string, ...lines: string[]) => writeFileSync(join(folder, `${name}.csv`), lines.join("\n"));
  const TABLES: readonly (readonly [name: string, ...lines: string[]])[] = [
    ["advertisers", "slug,name", "tea-shop,Tea Shop"],
    ["affiliates", "slug;name", "mag;Magazine"],
    ["offers", "slug,name,advertiser,destination,currency", "tea,Tea,tea-shop,https://tea.example/?c={click_id},eur"],
    ["events", "offer,name,payout,revenue,repeat", "tea,sale,10 %,posted,", "tea,lead,2.50,4,once_per_click"],
    ["links", "slug,offer,affiliate,status,aliases", "tea-mag,tea,mag,,28KL6/2CTPL"],
    [
      "history",
      "advertiser,conversion_id,offer,affiliate,event,status,payout,received_at",
      "tea-shop,1,tea,mag,sale,approved,4.00,2025-10-01",
      "tea-shop,2,tea,mag,gift,approved,4.00,2025-10-01",
      "tea-shop,3,tea,mag,sale,approved,4.00,2024-10-01",
    ],
  ];
  beforeAll(() => {
    for (const [table, ...lines] of TABLES) write(table, ...lines);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("all of it is made, and history stands", { timeout: SLOW_MS }, async () => {
    const tracker = tablesIn(folder, "everflow");
    const { text, done } = await moved({ apply: true, history: ALL }, consoleWith(), tracker);
    expect(text).toContain("1 unknown_event (such as “gift”): The offer has no event of this name");
    expect(done).toBe(false);
    expect((await api.call("GET", "/api/offers/tea")).json).toMatchObject({
      currency: "EUR",
      events: [
        { name: "sale", payout: { percent: "10" }, revenue: "posted" },
        { name: "lead", payout: { flat: "2.50" }, repeat: "once_per_click" },
      ],
    });
    await waitFor(async () => {
      const { items } = Object((await api.call("GET", "/api/conversions?imported=true&advertiser=tea-shop")).json);
      return items.length === 1 && items[0].payout === "4.00" && items[0].link === "tea-mag";
    });
  });

  test.each([
    ["links", ["slug,offer,affiliate", "x,nothing,mag"], "links.csv line 2: there is no offer “nothing”"],
    ["events", ["offer,name,payout", "tea,sale,ten"], "events.csv line 2: a price is such as"],
    ["offers", ["slug,name", "x,X"], "lacks the column advertiser, destination, currency"],
  ])("%s that say what cannot be are named by their line", async (name, lines, sentence) => {
    const others = TABLES.filter(([table]) => table !== name);
    for (const [table, ...own] of others) write(table, ...own);
    write(name, ...lines);
    await expect(moved({}, consoleWith(), tablesIn(folder, null))).rejects.toThrow(sentence);
  });
});

test("every thing has a slug of its own, always the same", () => {
  const give = slugGiver("offer");
  expect(["Keto!", "Keto", "Чай", "", "é è", "-_-", "x".repeat(99)].map((name, id) => give(name, id))).toEqual([
    ...["keto", "keto-1", "offer-2", "offer-3", "e-e", "offer-5", "x".repeat(63)],
  ]);
});

/** The click log at rest, in the objects of its days: every click once with everything it said, and one first visit whatever the delivery. */
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LoggedClick } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { findClicks, type LoggingParts, logClicks } from "../../workers/ledger/click-log.ts";
import { BROWSER, CLICK_KEYS } from "../click/edge.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { SqliteD1 } from "./sqlite-platform.ts";

const AT = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 86_400_000;

let held: MemoryDays;
let env: LoggingParts;
beforeEach(() => {
  const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  held = new MemoryDays(DB);
  env = { ...NOTHING_ARCHIVED, DB, days: held.days, VISITS: "exact" };
});

interface Made extends Partial<LoggedClick> {
  atMs?: number;
  link?: number;
  test?: boolean;
  flag?: boolean;
  /** The counter; else one follows another. */
  at?: number;
}

let counter = 0;
async function make({ atMs = AT, link = 7, test = false, flag = false, at, ...rest }: Made = {}): Promise<LoggedClick> {
  const ring = await importKeyRing(CLICK_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  counter++;
  const clickId = await issueClickId(ring.value, {
    issuedAtMs: atMs,
    link,
    counter: at ?? counter,
    test,
    provisional: flag,
  });
  return { clickId, offer: 3, affiliate: 2, advertiser: 1, userAgent: BROWSER, ...rest };
}

const logAt = (nowMs: number, ...messages: LoggedClick[][]) =>
  logClicks(
    env,
    messages.map((clicks) => ({ kind: "clicks" as const, clicks })),
    nowMs,
  );
const log = (...messages: LoggedClick[][]) => logAt(AT, ...messages);

type Row = Record<string, string | number | null>;
const rows = (): Row[] => held.rows();
const unique = () =>
  rows()
    .filter((row) => row.unique === 1)
    .map((row) => row.click_id);
/** As the alarms of all days do it at that time. */
const forgetVisits = (nowMs: number) => held.tend(nowMs);

describe("a click in the log", () => {
  it("has everything that was said of it, and what its ID says", async () => {
    const subs = ["one", "", "three", "", "", "", "", "", "", "ten"];
    const click = await make({
      atMs: AT + 123,
      link: 4_294_967_295,
      country: "DE",
      device: "mobile",
      os: "ios",
      referrer: "blog.example",
      externalId: "e",
      externalKind: "gclid",
      adConsent: "0",
      subs,
      visitor: "v",
    });
    await log([click]);
    expect(rows()).toEqual([
      {
        click_id: click.clickId,
        link: 4_294_967_295,
        offer: 3,
        affiliate: 2,
        advertiser: 1,
        clicked_at: AT + 123,
        kind: "counted",
        unique: 1,
        country: "DE",
        device: "mobile",
        os: "ios",
        browser: "Chrome",
        referrer: "blog.example",
        external_id: "e",
        external_kind: "gclid",
        ad_consent: "0",
        sub1: "one",
        sub2: null,
        sub3: "three",
        sub4: null,
        sub5: null,
        sub6: null,
        sub7: null,
        sub8: null,
        sub9: null,
        sub10: "ten",
        test: 0,
      },
    ]);
  });

  it("with nothing but its ID is a row all the same", async () => {
    const { userAgent: _, ...bare } = await make();
    await log([bare]);
    expect(rows()).toMatchObject([{ kind: "counted", unique: 0, country: null, browser: null, sub1: null }]);
  });

  it("keeps texts letter for letter", async () => {
    const texts = [
      "a\0b",
      "'); DROP TABLE clicks; --",
      '"\\',
      "👟 ä €",
      "\r\n\t",
      "=1+1",
      "__proto__",
      "null",
      "1e309",
      "-0",
    ];
    const click = await make({ subs: texts, externalId: "\0" });
    await log([click]);
    const found = (await findClicks(env, [click.clickId])).get(click.clickId);
    expect(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
        (number) => Object.entries(found ?? {}).find(([name]) => name === `sub${number}`)?.[1],
      ),
    ).toEqual(texts);
    expect(found?.external_id).toBe("\0");
  });

  it.each<[kind: string, browser: string | null, Made]>([
    ["counted", "Chrome", {}],
    ["counted", null, { userAgent: "" }],
    [
      "counted",
      "Safari",
      {
        userAgent:
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
      },
    ],
    ["counted", "Microsoft Edge", { userAgent: `${BROWSER} Edg/130.0.0.0` }],
    ["counted", "Firefox", { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0" }],
    ["bot", "Googlebot", { userAgent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" }],
    ["bot", null, { userAgent: "curl/8.5.0" }],
    ["bot", "Chrome", { bot: true }],
    ["provisional", "Chrome", { flag: true }],
    ["provisional", "Chrome", { provisional: true }],
    ["provisional", null, { flag: true, userAgent: "facebookexternalhit/1.1" }],
    ["provisional", "Chrome", { flag: true, bot: true }],
    ["embedded", "Chrome", { flag: true, embedded: true }],
    ["embedded", "Chrome", { flag: true, embedded: true, bot: true }],
    ["provisional", "Chrome", { flag: true, embedded: true, provisional: true }],
  ])("is %s by %s: %j", async (kind, browser, made) => {
    await log([await make(made)]);
    const [row] = rows();
    expect(row?.kind).toBe(kind);
    if (made.userAgent !== "facebookexternalhit/1.1") expect(row?.browser).toBe(browser);
  });

  it("whose ID is none is left out, and its neighbours are not", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const good = await make();
    await log([{ ...good, clickId: "x" }, good, { ...good, clickId: "0".repeat(36) }]);
    expect(rows()).toHaveLength(1);
    expect(logged.mock.calls).toEqual([[{ event: "clicks_unreadable", clicks: 2 }]]);
    logged.mockRestore();
  });

  it("comes back for its conversion, and only what was asked for", async () => {
    const [one, two] = [await make({ country: "DE", subs: ["a"] }), await make()];
    await log([one, two]);
    const found = await findClicks(env, [one.clickId, "0".repeat(36)]);
    expect([...found.keys()]).toEqual([one.clickId]);
    expect(found.get(one.clickId)).toEqual({
      click_id: one.clickId,
      click_kind: "counted",
      country: "DE",
      device: null,
      os: null,
      browser: "Chrome",
      referrer: null,
      external_id: null,
      external_kind: null,
      ad_consent: null,
      sub1: "a",
      sub2: null,
      sub3: null,
      sub4: null,
      sub5: null,
      sub6: null,
      sub7: null,
      sub8: null,
      sub9: null,
      sub10: null,
    });
    expect((await findClicks(env, [])).size).toBe(0);
  });

  it("a batch larger than one value may be is written in pieces", async () => {
    const subs = Array.from({ length: 10 }, () => "€".repeat(256));
    const clicks = await Promise.all(Array.from({ length: 400 }, () => make({ subs })));
    await log(clicks.slice(0, 200), clicks.slice(200));
    expect(rows()).toHaveLength(400);
  });
});

describe("a shard that is full", () => {
  const SHARDS = 2;
  const LIMIT = 150_000;
  const DAY_AT = Math.floor(AT / DAY_MS) * DAY_MS;

  /** Some clicks of a shard, which is half a day, that are large and do not pack. */
  const large = (shard: number, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, number) => {
        const atMs = DAY_AT + (shard * DAY_MS) / SHARDS;
        const subs = Array.from({ length: 10 }, () => crypto.randomUUID().repeat(3));
        return make({ visitor: `${number % 2}visitor ${number}`, subs, atMs });
      }),
    );

  it("goes on in a further part, and keeps every click once, wherever it lies", async () => {
    await env.DB.prepare("INSERT INTO settings VALUES ('click_shards', ?)")
      .bind(JSON.stringify([{ from: "2026-11-23", shards: SHARDS }]))
      .run();
    held.maxBytes = LIMIT;
    const batches: LoggedClick[][] = [];
    while (!held.names.includes("clicks:2026-11-23:1+3")) {
      const clicks = await large(1, 40);
      batches.push(clicks);
      await log(clicks);
    }
    const clicks = batches.flat();
    const ids = clicks.map(({ clickId }) => clickId).sort();
    // Each part was filled, and the other shard has none of it.
    expect(held.names.filter((name) => name.startsWith("clicks:"))).toEqual(
      ["", "+2", "+3"].map((part) => `clicks:2026-11-23:1${part}`),
    );
    const bytes = (name: string) => held.sizeOf(name);
    for (const part of ["", "+2"]) expect(bytes(`clicks:2026-11-23:1${part}`)).toBeGreaterThanOrEqual(LIMIT);
    const before = rows();
    expect(before.map(({ click_id }) => click_id)).toEqual(ids);
    // Every batch has the same forty visitors.
    expect(unique()).toHaveLength(40);
    for (const batch of [...batches].reverse()) await log(batch);
    expect(rows()).toEqual(before);
    expect([...(await findClicks(env, ids)).keys()].sort()).toEqual(ids);
    await log(await large(0, 3));
    expect(held.names).toContain("clicks:2026-11-23:0");
  });
});

describe("the first visit", () => {
  it("is one per visitor, whether clicks come together or apart", async () => {
    const [a, b, c] = [await make({ visitor: "v" }), await make({ visitor: "v" }), await make({ visitor: "w" })];
    await log([b, a], [c]);
    expect(unique()).toEqual([a.clickId, c.clickId]);
    await log([await make({ visitor: "v" }), await make({ visitor: "w" })]);
    expect(unique()).toEqual([a.clickId, c.clickId]);
  });

  it("is nobody's, and no visitor is kept, where the setting says so", async () => {
    env.VISITS = "none";
    await log([await make({ visitor: "v" })]);
    expect(rows()).toHaveLength(1);
    expect(unique()).toEqual([]);
    expect(held.visitors()).toEqual([]);
  });

  it("is another one on another day", async () => {
    await log([await make({ visitor: "v" }), await make({ visitor: "v", atMs: AT + DAY_MS })]);
    expect(unique()).toHaveLength(2);
  });

  it.each<[string, Made]>([
    ["a prefetch", { flag: true }],
    ["a bot", { userAgent: "curl/8.5.0" }],
    ["a test click", { test: true }],
  ])("is not taken by %s", async (_, made) => {
    await log([await make({ ...made, visitor: "v" })]);
    const real = await make({ visitor: "v" });
    await log([real]);
    expect(unique()).toEqual([real.clickId]);
  });

  it("is never one without a visitor", async () => {
    await log([await make(), await make()]);
    expect(unique()).toEqual([]);
  });

  it("stays what it is when the message comes again, also after its day was forgotten", async () => {
    const [a, b] = [await make({ visitor: "v" }), await make({ visitor: "v" })];
    await log([b]);
    await log([a]);
    const before = rows();
    await log([a, b]);
    await log([b], [a]);
    await forgetVisits(AT + 100 * DAY_MS);
    await log([a, b]);
    expect(rows()).toEqual(before);
    expect(unique()).toEqual([b.clickId]);
  });

  it("is not given again where its day's visits are forgotten", async () => {
    const first = await make({ visitor: "v" });
    await log([first]);
    await forgetVisits(AT + 100 * DAY_MS);
    await logAt(AT + 100 * DAY_MS, [await make({ visitor: "v" })]);
    expect(rows()).toHaveLength(2);
    expect(unique()).toEqual([first.clickId]);
  });

  it("of a day that can still change is not forgotten", async () => {
    await log([await make({ visitor: "v" })]);
    await forgetVisits(AT + 15 * DAY_MS);
    await log([await make({ visitor: "v" })]);
    expect(unique()).toHaveLength(1);
  });

  it("is counted once in any order of delivery, split and repeated at will, by two consumers at once", async () => {
    const clicks = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        make({ visitor: `v${index % 7}`, atMs: AT + (index % 2) * DAY_MS, flag: index % 11 === 0 }),
      ),
    );
    const DELIVERY = fc.shuffledSubarray([...clicks, ...clicks], { minLength: 60, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(DELIVERY, fc.integer({ min: 1, max: 20 }), async (delivered, batch) => {
        held = new MemoryDays(env.DB);
        env.days = held.days;
        const deliveries = [...delivered, ...clicks];
        const batches = Array.from({ length: Math.ceil(deliveries.length / batch) }, (_, index) =>
          deliveries.slice(index * batch, (index + 1) * batch),
        );
        for (let next = 0; next < batches.length; next += 2)
          await Promise.all(batches.slice(next, next + 2).map((clicks) => log(clicks)));
        const all = rows();
        expect(all.map((row) => row.click_id)).toEqual(clicks.map((click) => click.clickId).sort());
        // Seven visitors on two days.
        expect(all.filter((row) => row.unique === 1)).toHaveLength(14);
      }),
      { numRuns: 8 },
    );
  });
});

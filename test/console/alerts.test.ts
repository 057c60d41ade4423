/** Alerts: what each rule calls wrong, calm or too little to tell; opened once, closed once, told once; and where they may be sent. */

import * as v from "valibot";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AlertView, alertView } from "../../workers/console/alerts/alert.ts";
import { findingsIn } from "../../workers/console/alerts/destination-findings.ts";
import { findAt } from "../../workers/console/alerts/findings.ts";
import {
  type Counts,
  judgeConversionRate,
  judgeDeadLetters,
  judgeDuplicates,
  judgeLatency,
  judgePixel,
  judgeRefusals,
  judgeSilence,
} from "../../workers/console/alerts/rules.ts";
import { tellNews } from "../../workers/console/alerts/tell-alerts.ts";
import { changeOf, watch } from "../../workers/console/alerts/watch.ts";
import { advertiserKeys } from "../../workers/console/web/keys.ts";
import { seal } from "../../workers/console/web/sealing.ts";
import { alertInSlack, alertNotice, alertText } from "../../workers/core/courier/alert-notice.ts";
import type { DestinationTrouble, ToldNews } from "../../workers/core/courier/courier-calls.ts";
import { readPublicAddress } from "../../workers/core/public-address.ts";
import { plantLog, plantSetUp, postbackRow, receiptNumber } from "./books.ts";
import { ADVERTISER_KEYS, type Console, startConsole } from "./console.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 168 * HOUR_MS;

const NOTHING: Counts = {
  clicks: 0,
  conversions: 0,
  accepted: 0,
  duplicates: 0,
  refused: 0,
  untaken: 0,
  arrivalP95S: null,
};
const counts = (some: Partial<Counts>): Counts => ({ ...NOTHING, ...some });
const weeks = (some: Partial<Counts>, number = 4) => Array.from({ length: number }, () => counts(some));

describe("the rules", () => {
  test.each<[string, Partial<Counts>, Counts[], string]>([
    ["half as many", { clicks: 1000, conversions: 20 }, weeks({ clicks: 1000, conversions: 50 }), "wrong"],
    ["none at all", { clicks: 1000 }, weeks({ clicks: 1000, conversions: 50 }), "wrong"],
    ["as many", { clicks: 1000, conversions: 48 }, weeks({ clicks: 1000, conversions: 50 }), "calm"],
    [
      "fewer clicks, fewer conversions",
      { clicks: 300, conversions: 15 },
      weeks({ clicks: 1000, conversions: 50 }),
      "calm",
    ],
    ["somewhat fewer", { clicks: 1000, conversions: 30 }, weeks({ clicks: 1000, conversions: 50 }), "unknown"],
    ["few, which may be chance", { clicks: 200, conversions: 4 }, weeks({ clicks: 1000, conversions: 50 }), "unknown"],
    ["three clicks at night", { clicks: 3 }, weeks({ clicks: 4, conversions: 1 }), "unknown"],
    ["no weeks before", { clicks: 1000 }, [], "unknown"],
  ])("conversion rate: %s", (_, now, before, expected) => {
    expect(judgeConversionRate({ now: counts(now), before }).state).toBe(expected);
  });

  test.each<[string, Partial<Counts>, Counts[], string]>([
    ["every second one", { accepted: 100, duplicates: 50 }, weeks({ accepted: 100, duplicates: 5 }), "wrong"],
    ["as usual, though many", { accepted: 100, duplicates: 50 }, weeks({ accepted: 100, duplicates: 48 }), "calm"],
    ["a few", { accepted: 100, duplicates: 8 }, weeks({ accepted: 100, duplicates: 5 }), "calm"],
    ["few postbacks", { accepted: 12, duplicates: 12 }, weeks({ accepted: 100 }), "unknown"],
    ["a sender that is new", { accepted: 100, duplicates: 40 }, [], "unknown"],
    ["a sender of a few before", { accepted: 100, duplicates: 40 }, weeks({ accepted: 4 }), "unknown"],
  ])("duplicates: %s", (_, now, before, expected) => {
    expect(judgeDuplicates({ now: counts(now), before }).state).toBe(expected);
  });

  test.each<[string, Partial<Counts>, Counts[], string]>([
    ["all of them", { refused: 60 }, weeks({ accepted: 60 }), "wrong"],
    ["one in five", { accepted: 80, refused: 20 }, weeks({ accepted: 100, refused: 2 }), "wrong"],
    ["one in fifty", { accepted: 98, refused: 2 }, weeks({ accepted: 100, refused: 2 }), "calm"],
    ["four", { refused: 4 }, weeks({ accepted: 60 }), "unknown"],
    ["all of them, in a system that is new", { refused: 60 }, [], "unknown"],
    ["all of them, after a few weeks of nothing", { refused: 60 }, weeks({}), "unknown"],
  ])("refusals: %s", (_, now, before, expected) => {
    expect(judgeRefusals({ now: counts(now), before }).state).toBe(expected);
  });

  test.each<[string, Partial<Counts>, Counts[], string]>([
    [
      "an hour instead of a minute",
      { conversions: 50, arrivalP95S: 3600 },
      weeks({ conversions: 50, arrivalP95S: 60 }),
      "wrong",
    ],
    [
      "two minutes instead of one second",
      { conversions: 50, arrivalP95S: 120 },
      weeks({ conversions: 50, arrivalP95S: 1 }),
      "calm",
    ],
    [
      "a day, as always",
      { conversions: 50, arrivalP95S: 86_400 },
      weeks({ conversions: 50, arrivalP95S: 86_400 }),
      "calm",
    ],
    ["few conversions", { conversions: 5, arrivalP95S: 86_400 }, weeks({ conversions: 50, arrivalP95S: 1 }), "unknown"],
    [
      "one before to compare with",
      { conversions: 50, arrivalP95S: 3600 },
      weeks({ conversions: 1, arrivalP95S: 1 }, 1),
      "unknown",
    ],
    ["nothing to compare with", { conversions: 50, arrivalP95S: 86_400 }, weeks({}), "unknown"],
  ])("latency: %s", (_, now, before, expected) => {
    expect(judgeLatency({ now: counts(now), before }).state).toBe(expected);
  });

  test.each<[string, Partial<Counts>, Counts[], string]>([
    ["nothing, where there always is something", {}, weeks({ accepted: 30 }), "wrong"],
    ["only refused ones, so it sends", { refused: 1 }, weeks({ accepted: 30 }), "calm"],
    ["nothing, as on a holiday before", {}, [...weeks({ accepted: 30 }, 3), counts({})], "unknown"],
    ["nothing, and seldom anything", {}, weeks({ accepted: 6 }), "unknown"],
    ["nothing, after one week only", {}, weeks({ accepted: 30 }, 1), "unknown"],
  ])("silence: %s", (_, now, before, expected) => {
    expect(judgeSilence({ now: counts(now), before }, "hour").state).toBe(expected);
  });

  test("nothing is compared with what never was", () => {
    const worst = counts({
      clicks: 10_000,
      accepted: 1_000,
      duplicates: 1_000,
      refused: 1_000,
      conversions: 50,
      arrivalP95S: 86_400,
    });
    for (const judge of [judgeConversionRate, judgeDuplicates, judgeRefusals, judgeLatency])
      for (const before of [[], weeks({}), weeks({ accepted: 2, clicks: 9, conversions: 1, arrivalP95S: 1 })])
        for (const now of [worst, counts({ clicks: 10_000 })]) expect(judge({ now, before }).state).not.toBe("wrong");
  });

  test("the pixel: one that is not taken is told", () => {
    expect(judgePixel({ now: counts({ accepted: 100 }), before: [] }).state).toBe("calm");
    expect(judgePixel({ now: counts({ untaken: 1 }), before: [] })).toMatchObject({
      state: "wrong",
      said: expect.stringContaining("1 message by the pixel"),
    });
  });

  test("dead letters: one is one too many", () => {
    expect(judgeDeadLetters(0, false).state).toBe("calm");
    expect(judgeDeadLetters(1, false)).toMatchObject({ state: "wrong", said: expect.stringContaining("1 message") });
    expect(judgeDeadLetters(1000, true)).toMatchObject({ said: expect.stringContaining("1000 messages or more") });
  });

  const NOW_MS = Date.UTC(2026, 10, 23, 12);
  test.each<[string, number, number | null, "wrong" | "calm" | "unknown" | "none", string]>([
    ["found again", 15, null, "wrong", "seen"],
    ["calm for the first time", 15, null, "calm", "calmed"],
    ["calm for half an hour", 60, 30, "calm", "calmed"],
    ["calm for an hour", 90, 60, "calm", "close"],
    ["calm for an hour, then not sure", 90, 60, "unknown", "none"],
    ["not heard of for a day", 24 * 60, null, "unknown", "close"],
    ["no longer looked at for a day", 24 * 60, null, "none", "close"],
  ])("an open alert that is %s", (_, seenAgo, calmAgo, state, expected) => {
    const alert = {
      seen_at: NOW_MS - seenAgo * MINUTE_MS,
      calm_since: calmAgo === null ? null : NOW_MS - calmAgo * MINUTE_MS,
    };
    const finding = state === "none" ? undefined : { judgement: state === "wrong" ? { state, said: "" } : { state } };
    expect(changeOf(alert, finding, NOW_MS).kind).toBe(expected);
  });
});

describe("where alerts may be sent", () => {
  test.each([
    ["https://hooks.slack.com/services/T0/B0/x"],
    ["https://discord.com/api/webhooks/1/x/slack"],
    ["https://8.8.8.8/hook"],
  ])("%s", (address) => {
    expect(readPublicAddress(address).ok).toBe(true);
  });

  test.each([
    ["http://hooks.slack.com/x"],
    ["https://user:pass@hooks.slack.com/x"],
    ["https://hooks.slack.com:8443/x"],
    ["https://localhost/x"],
    ["https://console.localhost/x"],
    ["https://router/x"],
    ["https://printer.local/x"],
    ["https://metadata.google.internal/x"],
    ["https://127.0.0.1/x"],
    ["https://127.1/x"],
    ["https://2130706433/x"],
    ["https://0x7f000001/x"],
    ["https://10.0.0.1/x"],
    ["https://192.168.1.1/x"],
    ["https://172.16.0.1/x"],
    ["https://169.254.169.254/latest"],
    ["https://100.64.0.1/x"],
    ["https://0.0.0.0/x"],
    ["https://[::1]/x"],
    ["https://[::ffff:127.0.0.1]/x"],
    ["https://[fe80::1]/x"],
    ["https://[fd00::1]/x"],
    ["https://[64:ff9b::7f00:1]/x"],
    ["ftp://example.com/"],
    ["hooks.slack.com"],
    [""],
    [`https://example.com/${"x".repeat(3000)}`],
  ])("not %s", (address) => {
    expect(readPublicAddress(address).ok).toBe(false);
  });
});

describe("the watch", () => {
  let api: Console;
  /** A Monday, two minutes into a quarter-hour. */
  const NOW_MS = Date.UTC(2026, 10, 23, 12, 2);
  let planted = 0;

  beforeAll(async () => {
    api = await startConsole();
    await plantSetUp(api.env.DB);
    await api.env.DB.prepare("UPDATE advertisers SET created_at = ?")
      .bind(NOW_MS - 10 * WEEK_MS)
      .run();
  });
  afterAll(() => api.stop());
  beforeEach(async () => {
    for (const table of ["alerts", "settings"]) await api.env.DB.prepare(`DELETE FROM ${table}`).run();
    await api.env.LOG.prepare("DELETE FROM postbacks").run();
  });

  /** So many postbacks of acme, half an hour before `atMs`. */
  async function postbacks(atMs: number, number: number, changes: Record<string, string | number | null> = {}) {
    const receivedAtMs = atMs - 30 * MINUTE_MS;
    const rows = Array.from({ length: number }, () => ({
      ...postbackRow({ conversion_id: receiptNumber(planted++), advertiser: 1, test: 0 }),
      conversion_id: null,
      received_at: receivedAtMs,
      settled_at: receivedAtMs,
      ...changes,
    }));
    await plantLog(api.env, rows);
  }

  async function open(): Promise<AlertView[]> {
    const { items }: { items: AlertView[] } = JSON.parse((await api.call("GET", "/api/alerts?state=open")).text);
    return items;
  }

  async function sendEveryWeek(): Promise<void> {
    for (let week = 1; week <= 4; week++) await postbacks(NOW_MS - week * WEEK_MS, 40);
  }

  test("a sender that falls silent is found by cron, once, with its advertiser and the way to its rows", async () => {
    await sendEveryWeek();
    await api.scheduled(NOW_MS);
    await api.scheduled(NOW_MS + 15 * MINUTE_MS);
    expect(await open()).toMatchObject([
      {
        rule: "sender_silent",
        advertiser: "acme",
        said: "No postback in the last hour; usually there are 40.",
        since: "2026-11-23T11:00:00.000Z",
        path: "/postbacks?advertiser=acme",
      },
    ]);
  });

  test("in other minutes nothing is looked at", async () => {
    await sendEveryWeek();
    await api.scheduled(NOW_MS + MINUTE_MS);
    expect(await open()).toEqual([]);
  });

  test("it closes once when the sender has been back for a while, and opens anew when it falls silent again", async () => {
    await sendEveryWeek();
    await watch(api.env, NOW_MS, findAt);
    await postbacks(NOW_MS + HOUR_MS, 5);
    const lookAt = async (minutes: number) => (await watch(api.env, NOW_MS + minutes * MINUTE_MS, findAt)).closed;
    expect([await lookAt(60), await lookAt(75), await lookAt(90), await lookAt(105), await lookAt(120)]).toEqual([
      0, 0, 0, 1, 0,
    ]);
    expect(await open()).toEqual([]);
    const all: { items: AlertView[] } = JSON.parse((await api.call("GET", "/api/alerts?state=closed")).text);
    expect(all.items).toMatchObject([{ rule: "sender_silent", closed_at: "2026-11-23T13:47:00.000Z" }]);
  });

  test("two watches at once open one alert", async () => {
    await sendEveryWeek();
    await Promise.all([watch(api.env, NOW_MS, findAt), watch(api.env, NOW_MS, findAt), watch(api.env, NOW_MS, findAt)]);
    expect(await open()).toHaveLength(1);
  });

  test("an advertiser that is paused is not missed", async () => {
    await sendEveryWeek();
    await api.call("PATCH", "/api/advertisers/acme", { status: "paused" });
    await watch(api.env, NOW_MS, findAt);
    await api.call("PATCH", "/api/advertisers/acme", { status: "active" });
    expect(await open()).toEqual([]);
  });

  test("tests neither raise an alert nor hide one", async () => {
    for (let week = 1; week <= 4; week++) await postbacks(NOW_MS - week * WEEK_MS, 40, { test: 1 });
    await watch(api.env, NOW_MS, findAt);
    expect(await open()).toEqual([]);
    await sendEveryWeek();
    await postbacks(NOW_MS, 40, { test: 1 });
    await watch(api.env, NOW_MS, findAt);
    expect(await open()).toMatchObject([{ rule: "sender_silent" }]);
  });

  test("duplicates and refusals that spike are found in the rows", async () => {
    await sendEveryWeek();
    await postbacks(NOW_MS, 30);
    await postbacks(NOW_MS, 25, { status: "duplicate" });
    await postbacks(NOW_MS, 20, { status: "refused", reason: "bad_token" });
    await watch(api.env, NOW_MS, findAt);
    expect((await open()).map(({ rule, path }) => [rule, path])).toEqual([
      ["refusals_spiked", "/postbacks?advertiser=acme&status=refused&from=2026-11-23T11%3A00%3A00.000Z"],
      ["duplicates_spiked", "/postbacks?advertiser=acme&status=duplicate&from=2026-11-23T11%3A00%3A00.000Z"],
    ]);
  });

  test("a pixel that says more than is taken of a day is told, tests or not, and is no spike of anything", async () => {
    await sendEveryWeek();
    await postbacks(NOW_MS, 30);
    const over = { status: "rejected", reason: "pixel_day_full", channel: "pixel" };
    await postbacks(NOW_MS, 25, over);
    await postbacks(NOW_MS, 5, { ...over, test: 1 });
    await watch(api.env, NOW_MS, findAt);
    expect(await open()).toMatchObject([
      {
        rule: "pixel_full",
        advertiser: "acme",
        said: expect.stringMatching(/^30 messages by the pixel/),
        path: "/postbacks?advertiser=acme&status=rejected&reason=pixel_day_full&from=2026-11-23T11%3A00%3A00.000Z",
      },
    ]);
  });

  test("dead letters are found where they are kept, and are over when they were sent again", async () => {
    await api.env.ARCHIVE.put("failed/one", "{}");
    await watch(api.env, NOW_MS, findAt);
    expect(await open()).toMatchObject([{ rule: "dead_letters", advertiser: null }]);
    await api.env.ARCHIVE.delete("failed/one");
    for (const minutes of [15, 30, 45, 60, 75]) await watch(api.env, NOW_MS + minutes * MINUTE_MS, findAt);
    expect(await open()).toEqual([]);
  });

  describe("looks at destinations", () => {
    let troubles: DestinationTrouble[] = [];
    const SOUND = { failures: 0, waiting: 3, late: 0, lateAtMs: null, sinceMs: NOW_MS };
    const look = (minutes: number) =>
      watch(api.env, NOW_MS + minutes * MINUTE_MS, (env, atMs) => findingsIn(env.DB, troubles, atMs));

    beforeAll(async () => {
      const body = { slug: "tracker", name: "Tracker", kind: "postback", url: "https://t.example.com/pb?c={click_id}" };
      expect((await api.call("POST", "/api/destinations", body)).status).toBe(201);
    });
    const numberOf = async () => {
      const row = await api.env.DB.prepare("SELECT number FROM destinations WHERE slug = 'tracker'").first<number>(
        "number",
      );
      return row ?? 0;
    };

    test("a receiver that fails is told of at once, and is over when it takes again", async () => {
      troubles = [{ ...SOUND, destination: await numberOf(), gate: "failing", failures: 10 }];
      await look(0);
      expect(await open()).toMatchObject([
        { rule: "destination_failing", destination: "tracker", advertiser: null, path: "/destinations/tracker" },
      ]);
      troubles = [];
      for (const minutes of [1, 46]) await look(minutes);
      expect(await open()).toEqual([]);
    });

    test("one that is off is told of as off, and was failing until then", async () => {
      const destination = await numberOf();
      troubles = [{ ...SOUND, destination, gate: "failing", failures: 10 }];
      await look(0);
      troubles = [{ ...SOUND, destination, gate: "off" }];
      await look(1);
      expect((await open()).map(({ rule }) => rule)).toEqual(["destination_off", "destination_failing"]);
    });

    test("deliveries that came too late are told of with how many", async () => {
      troubles = [{ ...SOUND, destination: await numberOf(), gate: "open", late: 7, lateAtMs: NOW_MS }];
      await look(0);
      expect(await open()).toMatchObject([
        {
          rule: "deliveries_expired",
          said: "Its deadline had passed for 7 deliveries in all, the last at 2026-11-23 12:02 UTC: they were not sent.",
          path: "/destinations/tracker?status=expired",
        },
      ]);
    });

    test("while it goes on failing it is told again after 1, 24 and 72 hours", { timeout: 90_000 }, async () => {
      troubles = [{ ...SOUND, destination: await numberOf(), gate: "failing", failures: 10 }];
      const toldAt: number[] = [];
      const kinds: string[] = [];
      for (let minutes = 0; minutes <= 80 * 60; minutes += 60) {
        await look(minutes);
        const env = { DB: api.env.DB, COURIER_CALLS: courier(1, kinds) };
        if ((await tellNews(env, NOW_MS + minutes * MINUTE_MS)) > 0) toldAt.push(minutes / 60);
      }
      expect(toldAt).toEqual([0, 1, 24, 72]);
      expect(kinds).toEqual(["alert.opened", "alert.repeated 1", "alert.repeated 2", "alert.repeated 3"]);
    });
  });

  /** One at which so many destinations hear of alerts; null: it is away. */
  function courier(hear: number | null, kinds: string[], told: ToldNews[] = []) {
    return {
      tellAlerts: async (news: ToldNews[]) => {
        if (hear === null) throw new Error("away");
        told.push(...news);
        kinds.push(...news.map(({ news: one }) => ("time" in one ? `${one.type} ${one.time}` : one.type)));
        return hear;
      },
    };
  }

  describe("hands over to the courier", () => {
    const tell = (minutes: number, ...asked: Parameters<typeof courier>) =>
      tellNews({ DB: api.env.DB, COURIER_CALLS: courier(...asked) }, NOW_MS + minutes * MINUTE_MS);

    beforeEach(async () => {
      await sendEveryWeek();
      await watch(api.env, NOW_MS, findAt);
    });

    test("once that it opened, once that it is over", async () => {
      const [kinds, told]: [string[], ToldNews[]] = [[], []];
      expect(await tell(0, 1, kinds, told)).toBe(1);
      expect(await tell(1, 1, kinds, told)).toBe(0);
      await postbacks(NOW_MS + HOUR_MS, 5);
      for (const minutes of [60, 75, 90, 105]) await watch(api.env, NOW_MS + minutes * MINUTE_MS, findAt);
      await tell(106, 1, kinds, told);
      await tell(107, 1, kinds, told);
      expect(kinds).toEqual(["alert.opened", "alert.cleared"]);
      expect(told[0]?.alert).toMatchObject({
        ...{ rule: "sender_silent", label: "Sender silent", advertiser: "acme", destination: null, closedAtMs: null },
        url: expect.stringMatching(/\/postbacks\?advertiser=acme$/),
      });
      expect(told[1]?.alert.closedAtMs).toBe(NOW_MS + 105 * MINUTE_MS);
    });

    test("once that it is over, of what came and went before anybody heard", async () => {
      const kinds: string[] = [];
      await tell(0, null, kinds);
      await postbacks(NOW_MS + HOUR_MS, 5);
      for (const minutes of [60, 75, 90, 105]) await watch(api.env, NOW_MS + minutes * MINUTE_MS, findAt);
      expect(await tell(106, 1, kinds)).toBe(1);
      expect(await tell(107, 1, kinds)).toBe(0);
      expect(kinds).toEqual(["alert.cleared"]);
    });

    test.each([[null], [0]])("again, while %s hear it", async (hear) => {
      const kinds: string[] = [];
      expect(await tell(0, hear, kinds)).toBe(0);
      expect(await tell(15, 1, kinds)).toBe(1);
    });
  });

  describe("an address that alerts are told at", () => {
    const url = "https://hooks.slack.com/services/T0/B0/very-secret-key";
    const destinations = async () => {
      const { items } = Object((await api.call("GET", "/api/destinations?limit=1000")).json);
      return items.filter(({ types }: { types: string[] }) => types.includes("alert.opened"));
    };

    test("is a destination, whose key stands nowhere in the clear; another one, or none, takes its place", async () => {
      expect((await api.call("PATCH", "/api/alerts/webhook", { url })).status).toBe(200);
      expect(await destinations()).toMatchObject([
        {
          ...{
            slug: "alerts",
            kind: "tool",
            status: "active",
            url: "https://hooks.slack.com/services/T0/B0/{secret.key}",
          },
          types: ["alert.opened", "alert.repeated", "alert.cleared"],
        },
      ]);
      const { results } = await api.env.DB.prepare("SELECT * FROM destinations").all();
      const everything = JSON.stringify(results) + (await api.call("GET", "/api/audit")).text;
      expect(everything).toContain("hooks.slack.com");
      expect(everything).not.toContain("very-secret-key");
      const discord = { url: "https://discord.com/api/webhooks/1234/another-secret-key", form: "discord" };
      expect((await api.call("PATCH", "/api/alerts/webhook", discord)).status).toBe(200);
      expect((await destinations()).map(({ slug, status }: Record<string, string>) => [slug, status])).toEqual([
        ["alerts", "ended"],
        ["alerts-2", "active"],
      ]);
      expect((await api.call("PATCH", "/api/alerts/webhook", { url: null })).json).toEqual({ set: false });
      expect((await destinations()).every(({ status }: { status: string }) => status === "ended")).toBe(true);
    });

    test("that an older console kept becomes one", async () => {
      const claims = v.object({ url: v.string(), origin: v.string() });
      const sealed = await seal(
        await advertiserKeys({ ADVERTISER_KEYS }),
        { purpose: "alert-webhook", claims },
        { url, origin: "https://console.example" },
      );
      await api.env.DB.prepare("INSERT INTO settings (name, value) VALUES ('alert_webhook', ?)").bind(sealed).run();
      const before = (await destinations()).length;
      await api.scheduled(NOW_MS);
      await api.scheduled(NOW_MS + MINUTE_MS);
      const after = await destinations();
      expect(after).toHaveLength(before + 1);
      expect(after.at(-1)).toMatchObject({ status: "active", body: '{"text":{alert_slack}}' });
      const { results } = await api.env.DB.prepare("SELECT name, value FROM settings").all();
      expect(results).toEqual([{ name: "console_origin", value: "https://console.example" }]);
      await api.call("PATCH", "/api/alerts/webhook", { url: null });
    });
  });

  test.each([["http://hooks.slack.com/x"], ["https://127.0.0.1/x"], [7]])("a webhook at %s is refused", async (url) => {
    expect((await api.call("PATCH", "/api/alerts/webhook", { url })).status).toBe(422);
  });
});

test("what advertisers are called cannot break out of the message", () => {
  const row = {
    number: 1,
    rule: "sender_silent",
    subject: "<!channel>|x",
    since: 0,
    opened_at: 0,
    seen_at: 0,
    calm_since: null,
    closed_at: null,
    said: "<http://evil|click>",
    path: "/postbacks?advertiser=<x>|",
    opening_told_at: null,
    closing_told_at: null,
    told_again_at: null,
  };
  const { number, rule, label, advertiser, destination, said, path } = alertView(row);
  const alert = {
    ...{ number, rule, label, advertiser, destination, said },
    url: `https://console.example${path}`,
    ...{ sinceMs: 0, openedAtMs: 0, closedAtMs: null },
  };
  const text = alertInSlack("alert.opened", alert);
  expect(text).not.toMatch(/<!channel|<http:\/\/evil/);
  expect(text.match(/</g)).toHaveLength(1);
  expect(alertText("alert.cleared", alert)).toBe(
    "🟢 Sender silent: <!channel>|x is over. It began 1970-01-01 00:00 UTC.",
  );
  // The same news has the same name, and what comes later a later place.
  const places = (["alert.opened", "alert.cleared"] as const).map((type) => alertNotice(alert, { type }, 0));
  expect(new Set(places.map(({ conversionId }) => conversionId)).size).toBe(1);
  expect(places.map(({ seq }) => seq)).toEqual([1, 9]);
});

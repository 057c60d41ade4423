/** Clicks that were not counted when they came, and converted: each counts once, whenever its row lands. */
import { beforeEach, expect, test } from "vitest";
import type { LoggedClick } from "../../schema/messages.ts";
import { clicksByConversion } from "../../workers/console/reports/relations.ts";
import { runReport } from "../../workers/console/reports/report.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { logClicks } from "../../workers/ledger/click-log.ts";
import { joinLateClicks } from "../../workers/ledger/late-clicks.ts";
import { MemoryBucket } from "../archive/archive-world.ts";
import { reportEnv } from "../click-log/click-log.ts";
import { conversionRow, HOUR_MS, plant, plantSetUp, START_MS } from "../console/books.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { testKeyRing } from "../ledger/world.ts";

const ADMIN: Caller = { name: "test", role: "admin", scope: "everything" };
const AT_MS = START_MS - HOUR_MS;
const NOW_MS = START_MS + HOUR_MS;
const quiet = async () => {};
const ring = await testKeyRing();
const BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

let DB: SqliteD1;
let LOG: SqliteD1;
let held: MemoryDays;
let days: MemoryDays["days"];
beforeEach(async () => {
  DB = new SqliteD1("books", "schema/migrations/books", quiet);
  LOG = new SqliteD1("log", "schema/migrations/log", quiet);
  held = new MemoryDays(DB);
  days = held.days;
  await plantSetUp(DB);
});

async function clickOf(counter: number, provisional: boolean, userAgent: string): Promise<LoggedClick> {
  const clickId = await issueClickId(ring, { issuedAtMs: AT_MS, link: 1, counter, test: false, provisional });
  return { clickId, offer: 1, affiliate: 1, advertiser: 1, userAgent, ...(provisional ? { provisional } : {}) };
}

async function activity(): Promise<unknown[]> {
  const range = { from: new Date(AT_MS - HOUR_MS).toISOString(), to: new Date(NOW_MS).toISOString() };
  const made = await runReport(
    reportEnv({ DB, LOG, clicks: held, ARCHIVE: new MemoryBucket(quiet) }),
    ADMIN,
    { metrics: ["activity"], clock: "clicked", ...range },
    NOW_MS,
  );
  if (!made.ok) throw new Error(made.refusal.detail);
  const { clicks, bots, conversions, conversion_rate } = made.value.totals[0] ?? {};
  return [clicks ?? 0, bots ?? 0, conversions ?? 0, conversion_rate ?? null];
}

test.each([
  ["a bot's click", false, BOT, 1],
  ["a previewer's click", true, "curl/8.5.0", 0],
])("%s", async (_, provisional, userAgent, bots) => {
  const click = await clickOf(1, provisional, userAgent);
  await logClicks({ ...NOTHING_ARCHIVED, DB, days, VISITS: "exact" }, [{ kind: "clicks", clicks: [click] }], AT_MS);
  expect(await activity()).toEqual([0, bots, 0, null]);
  // Two conversions of one click, and their click's row comes later: by then one was booked.
  const of = { click_id: click.clickId, clicked_at: AT_MS, click_joined: 0, test: 0 };
  await plant(DB, "conversions", [conversionRow(0, of)]);
  expect(await joinLateClicks({ ...NOTHING_ARCHIVED, DB, days }, NOW_MS)).toBe(1);
  expect(await activity()).toEqual([1, bots, 1, 1]);
  expect(await joinLateClicks({ ...NOTHING_ARCHIVED, DB, days }, NOW_MS)).toBe(0);
  await plant(DB, "conversions", [conversionRow(3, { ...of, event: "lead" })]);
  await joinLateClicks({ ...NOTHING_ARCHIVED, DB, days }, NOW_MS);
  expect(await activity()).toEqual([1, bots, 2, 2]);
});

test("they are found by an index", () => {
  const { sql, values } = clicksByConversion({ fromMs: AT_MS, toMs: NOW_MS }, null);
  const plan = DB.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
  expect(plan.map(({ detail }) => String(detail)).join("\n")).toContain("conversions_of_uncounted_clicks (click_id>");
});

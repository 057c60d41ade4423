/** The click log's loss: of the clicks that converted, those whose row should have been there and was not. */
import { beforeEach, expect, test } from "vitest";
import { runReport } from "../../workers/console/reports/report.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { conversionRow, HOUR_MS, plant, plantSetUp, START_MS } from "../console/books.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const ADMIN: Caller = { name: "test", role: "admin", scope: "everything" };
const quiet = async () => {};
const DAY_MS = 24 * HOUR_MS;
const CONVERSIONS_A_DAY = 72;
const TO_MS = START_MS + 400 * DAY_MS;

let DB: SqliteD1;
let CLICKS: SqliteD1;
let LOG: SqliteD1;
let conversions = 0;

beforeEach(async () => {
  DB = new SqliteD1("books", "schema/migrations/books", quiet);
  CLICKS = new SqliteD1("clicks", "schema/migrations/clicks", quiet);
  LOG = new SqliteD1("log", "schema/migrations/log", quiet);
  conversions = 0;
  await plantSetUp(DB);
});

/** A conversion received so many days after the start, and after its click. */
async function convert(receivedDay: number, clickDays: number, joined: boolean): Promise<void> {
  const next = receivedDay * CONVERSIONS_A_DAY + 3 * conversions++;
  const clicked_at = Number(conversionRow(next).received_at) - clickDays * DAY_MS;
  await plant(DB, "conversions", [conversionRow(next, { clicked_at, click_joined: Number(joined), test: 0 })]);
}

async function loss(keptFromDay: number): Promise<unknown> {
  CLICKS.db.exec(`UPDATE kept SET from_at = ${START_MS + keptFromDay * DAY_MS} WHERE log = 'clicks'`);
  const range = { from: new Date(START_MS).toISOString(), to: new Date(TO_MS).toISOString() };
  const made = await runReport({ DB, CLICKS, LOG }, ADMIN, { metrics: ["click_log_loss"], ...range }, TO_MS + DAY_MS);
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.value.totals[0]?.click_log_loss ?? null;
}

test("a click that was past its retention when its conversion came is no loss", async () => {
  await convert(200, 10, true);
  await convert(200, 10, false);
  for (let long = 0; long < 8; long++) await convert(200, 120, false);
  expect(await loss(110)).toBe(0.5);
  expect(await loss(0)).toBe(0.9);
});

test("of times before the clicks that are kept, conversions within three days of their click still tell", async () => {
  for (const [clickDays, joined] of [
    [1, true],
    [2, true],
    [2, true],
    [2, false],
    [30, true],
    [95, false],
  ] as const)
    await convert(20, clickDays, joined);
  expect(await loss(300)).toBe(0.25);
});

test("where nothing can be told, nothing is said", async () => {
  await convert(20, 30, false);
  expect(await loss(300)).toBeNull();
});

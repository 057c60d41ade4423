/** The click log's loss: of the clicks that converted, those whose row should have been there and was not. */
import { beforeEach, expect, test } from "vitest";
import { runReport } from "../../workers/console/reports/report.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { MemoryBucket } from "../archive/archive-world.ts";
import { reportEnv } from "../click-log/click-log.ts";
import { conversionRow, HOUR_MS, plant, plantSetUp, START_MS } from "../console/books.ts";
import { MemoryDays } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const ADMIN: Caller = { name: "test", role: "admin", scope: "everything" };
const quiet = async () => {};
const DAY_MS = 24 * HOUR_MS;
const CONVERSIONS_A_DAY = 72;
const TO_MS = START_MS + 400 * DAY_MS;

let DB: SqliteD1;
let LOG: SqliteD1;
let conversions = 0;

beforeEach(async () => {
  DB = new SqliteD1("books", "schema/migrations/books", quiet);
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

async function loss(): Promise<unknown> {
  const range = { from: new Date(START_MS).toISOString(), to: new Date(TO_MS).toISOString() };
  const env = reportEnv({ DB, LOG, clicks: new MemoryDays(DB), ARCHIVE: new MemoryBucket(quiet) });
  const made = await runReport(env, ADMIN, { metrics: ["click_log_loss"], ...range }, TO_MS + DAY_MS);
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.value.totals[0]?.click_log_loss ?? null;
}

test("of clicks that converted, those whose row was not found are a loss, however old they were", async () => {
  await convert(200, 10, true);
  await convert(200, 10, false);
  for (let long = 0; long < 8; long++) await convert(200, 120, false);
  expect(await loss()).toBe(0.9);
});

test("where nothing can be told, nothing is said", async () => {
  expect(await loss()).toBeNull();
});

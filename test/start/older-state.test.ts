/** A start on the state of a version whose clicks lay in a database: the books go on, the click log begins anew, and the start says so. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../../scripts/local/migrate.ts";
import { leftBehind } from "../../scripts/local/older-state.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { findClicks, logClicks } from "../../workers/ledger/click-log.ts";
import { sumClicks } from "../../workers/ledger/click-sums.ts";
import { plantSetUp } from "../console/books.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { issueClicks, START_MS, testKeyRing } from "../ledger/world.ts";

const BOOKS = "schema/migrations/books";
const CLICKS_IN_OBJECTS = "0025";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clickback-older-"));
  for (const part of ["none", "older"]) mkdirSync(join(dir, part));
  for (const file of readdirSync(BOOKS).filter((name) => name < CLICKS_IN_OBJECTS))
    cpSync(join(BOOKS, file), join(dir, "older", file));
});
afterEach(() => rmSync(dir, { recursive: true }));

const empty = () => new SqliteD1("books", join(dir, "none"), async () => {});

test("the books of an older version are migrated, and what is left behind is told once", async () => {
  const DB = empty();
  await migrate(DB, join(dir, "older"));
  await plantSetUp(DB);
  const applied = await migrate(DB, BOOKS);
  expect(applied[0]).toBe("0025_click_days.sql");
  expect(leftBehind(applied)).toContain("the click log, its reports and its exports begin anew");
  expect(leftBehind(await migrate(DB, BOOKS))).toBeNull();
  expect(DB.db.prepare("SELECT count(*) AS links FROM links").get()).toEqual({ links: 3 });
});

test("clicks are logged, found and added up in them", async () => {
  const DB = empty();
  await migrate(DB, join(dir, "older"));
  await plantSetUp(DB);
  await migrate(DB, BOOKS);
  const held = new MemoryDays(DB);
  const parts = { ...NOTHING_ARCHIVED, DB, days: held.days, VISITS: "exact" };
  const clickId = (await issueClicks(await testKeyRing()))[0]?.id ?? "";
  const place = { offer: 1, affiliate: 1, advertiser: 1 };
  await logClicks(parts, [{ kind: "clicks", clicks: [{ clickId, ...place }] }], START_MS);
  expect([...(await findClicks(parts, [clickId])).keys()]).toEqual([clickId]);
  await held.tend(START_MS + HOUR_MS);
  await sumClicks(parts, START_MS + 3 * HOUR_MS);
  expect(DB.db.prepare("SELECT sum(clicks) AS clicks FROM click_spans WHERE unit = 'hour'").get()).toEqual({
    clicks: 1,
  });
});

test("a new state leaves nothing behind", async () => {
  expect(leftBehind(await migrate(empty(), BOOKS))).toBeNull();
});

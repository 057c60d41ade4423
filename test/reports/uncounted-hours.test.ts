/** What a report would read of the click log is counted where it lies: in files of the archive, or, as after a move or a first start, in the objects of its days. */
import { expect, test } from "vitest";
import { MAX_CLICKS } from "../../workers/console/reports/click-shares.ts";
import type { ReportEnv } from "../../workers/console/reports/counted-groups.ts";
import { runReport } from "../../workers/console/reports/report.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { MemoryBucket } from "../archive/archive-world.ts";
import { logClick, reportEnv } from "../click-log/click-log.ts";
import { clickIdOf } from "../console/books.ts";
import { MemoryDays } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const NOW_MS = Date.UTC(2026, 10, 28, 9, 20);
const HOURS = 90 * 24;
const quiet = async () => {};
const DB = new SqliteD1("books", "schema/migrations/books", quiet);
const LOG = new SqliteD1("log", "schema/migrations/log", quiet);
const clicks = new MemoryDays(DB);
const world = reportEnv({ DB, LOG, clicks, ARCHIVE: new MemoryBucket(quiet) });
DB.db.exec(`
  INSERT INTO advertisers (slug, name, credentials, created_at, updated_at) VALUES ('acme', 'a', '[]', 0, 0);
  INSERT INTO affiliates (slug, name, created_at, updated_at) VALUES ('blog', 'a', 0, 0);
  INSERT INTO offers (slug, name, advertiser, destination, currency, created_at, updated_at) VALUES ('shoes', 'o', 1, 'https://a.example', 'USD', 0, 0);
  INSERT INTO links (slug, offer, affiliate, created_at, updated_at) VALUES ('shoes-blog', 1, 1, 0, 0)`);
for (let hour = 0; hour < HOURS; hour++) {
  const atMs = NOW_MS - (hour + 1) * HOUR_MS;
  const place = { link: 1, offer: 1, affiliate: 1, advertiser: 1, test: 0 };
  logClick({ clicks }, { click_id: clickIdOf(atMs, 1, hour), clicked_at: atMs, sub1: `s${hour % 3}`, ...place });
}
await clicks.tend(NOW_MS);

async function clicksBySub(env: ReportEnv) {
  const query = { group_by: ["sub1"], metrics: ["clicks"], from: "2026-08-01", to: "2026-11-29" };
  return runReport(env, { name: "analyst", role: "analyst", scope: "everything" }, query, NOW_MS);
}

test("ninety days of one click an hour, none of them archived, are a report", async () => {
  expect(DB.db.prepare("SELECT count(*) AS hours FROM due_hours WHERE log = 'clicks'").get()).toEqual({ hours: HOURS });
  const report = await clicksBySub(world);
  expect(report.ok && report.value.totals).toEqual([{ currency: "USD", clicks: HOURS }]);
});

test("more clicks in objects than a report may read are refused", async () => {
  const many = (quarter: number) => ({ answer: [{ quarter, clicks: MAX_CLICKS + 1 }], isFull: false });
  const env: ReportEnv = {
    ...world,
    CLICK_DAYS: {
      getByName: (name) => ({
        ...clicks.days(name),
        quarters: async (question) =>
          name.includes("2026-11-20") ? many(Number(question.values[0])) : clicks.days(name).quarters(question),
      }),
    },
  };
  const report = await clicksBySub(env);
  expect(!report.ok && report.refusal.detail).toContain("some 301 million of them");
});

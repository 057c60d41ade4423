/** Fills the click log with real rows, and its rollup with what the trigger would have counted. */

import { HOUR_MS } from "../../workers/core/time-units.ts";
import type { Database } from "../local/migrate.ts";
import { drawnSql } from "../programme/drawn-sql.ts";
import { ADVERTISER, LINKS, OFFER } from "../programme/in-sql.ts";
import { base32Sql, COUNTRY_SQL, DEVICE_SQL, FROM_MS, TO_MS, timeSql } from "./month.ts";
import { patiently } from "./patiently.ts";
import { withoutTriggers } from "./triggers.ts";

/** A click ID's first sixty bits: version 1, the time, key 1, no flags. */
const HEAD_SQL = "(1 << 56) | (at << 8) | (1 << 4)";
const AT_ONCE = 25_000;
const ROLLED_AT_ONCE_MS = 6 * HOUR_MS;
const BOT_EVERY = 50;
const FIRST_VISIT_SHARE = 70;
const QUARTER_MS = 900_000;

/** So many clicks, evenly over the month and at random over links, countries and devices. The simulator breaks off statements that take long. */
export async function seedClicks(clickLog: Database, total: number): Promise<void> {
  await withoutTriggers(clickLog, async () => {
    for (let start = 0; start < total; start += AT_ONCE)
      await patiently(clickLog, rowsSql(start, Math.min(total, start + AT_ONCE), total));
    for (let atMs = FROM_MS; atMs < TO_MS; atMs += ROLLED_AT_ONCE_MS)
      await patiently(clickLog, rollupSql(atMs, atMs + ROLLED_AT_ONCE_MS));
  });
}

function rowsSql(start: number, end: number, total: number): string {
  const link = `1 + (${drawnSql(2_654_435_761)} >> 8) % ${LINKS}`;
  return `
    WITH RECURSIVE n (i) AS (SELECT ${start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${end}),
    drawn AS (SELECT i, ${timeSql(total)} AS at, ${link} AS link, ${drawnSql(668_265_263)} AS mixed FROM n)
    INSERT INTO clicks (click_id, link, offer, affiliate, advertiser, clicked_at, kind, first_visit, country, device, os, browser, referrer, external_id, sub1, sub2, test)
    SELECT ${base32Sql(HEAD_SQL, 12)} || printf('%08x%016x', mixed, i), link, ${OFFER}, (link + 1) / 2, ${ADVERTISER}, at,
      iif(i % ${BOT_EVERY}, 'counted', 'bot'), i % ${BOT_EVERY} > 0 AND (mixed >> 5) % 100 < ${FIRST_VISIT_SHARE}, ${COUNTRY_SQL}, ${DEVICE_SQL},
      'android', 'Chrome', 'blog.example', lower(hex(randomblob(8))), 'campaign-' || (mixed >> 3) % 100, 'keyword-' || (mixed >> 4) % 5000, 0
    FROM drawn WHERE true ON CONFLICT DO NOTHING`;
}

function rollupSql(fromMs: number, toMs: number): string {
  const idFrom = (atMs: number) => `(SELECT ${base32Sql(`(1 << 56) | (${atMs} << 8)`, 12)})`;
  return `
    INSERT INTO click_quarters (quarter, link, offer, affiliate, advertiser, country, device, test, clicks, uniques, bots)
    SELECT clicked_at / ${QUARTER_MS}, link, offer, affiliate, advertiser, coalesce(country, ''), coalesce(device, ''), test,
      sum(kind = 'counted'), sum(first_visit), sum(kind = 'bot')
    FROM clicks WHERE click_id >= ${idFrom(fromMs)} AND click_id < ${idFrom(toMs)} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT DO NOTHING`;
}

/** Conversions of a busy programme, a second apart, written with SQL: orders, clicks and sub-ids of their own, few offers and countries. The same in every database. */
import type { SqlRow } from "../../schema/columns.ts";
import type { conversions } from "../../schema/tables.ts";
import { drawnHexSql } from "./drawn-sql.ts";
import { ADVERTISER, LINKS, OFFER } from "./in-sql.ts";

const WRITTEN_AT_ONCE = 50_000;

const COLUMNS: { [Column in keyof SqlRow<typeof conversions>]?: string } = {
  conversion_id: "printf('00%024d', i)",
  seq: "1",
  advertiser: String(ADVERTISER),
  offer: String(OFFER),
  affiliate: `1 + (i % ${LINKS}) / 2`,
  link: `1 + i % ${LINKS}`,
  event: "'sale'",
  txid: "'order-' || i",
  click_id: `printf('2%03x', i % 4096) || ${drawnHexSql(2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263)}`,
  status: "'approved'",
  currency: "'USD'",
  amount: "(1999 + i % 7000) * 10000",
  // To the cent, as they are booked.
  revenue: "((1999 + i % 7000) * 15 + 50) / 100 * 10000",
  payout: "((1999 + i % 7000) * 10 + 50) / 100 * 10000",
  clicked_at: "1760000000000 + i * 1017",
  occurred_at: "1760000100000 + i * 1017",
  received_at: "1760000200000 + i * 1017",
  settled_at: "1760000201000 + i * 1017",
  click_joined: "1",
  attributed_by: "'click'",
  imported: "0",
  country: "substr('DEFRUSGBPLES', 1 + 2 * (i % 6), 2)",
  device: "'mobile'",
  os: "'android'",
  browser: "'Chrome'",
  referrer: "'blog.example'",
  external_id: drawnHexSql(374_761_393, 2_654_435_761, 668_265_263, 2_246_822_519),
  external_kind: "'gclid'",
  sub1: "'campaign-' || i % 100",
  sub2: "'keyword ' || i % 50000",
  test: "0",
};

/** One statement after the other. */
export function conversionsSql(rows: number): string[] {
  const statements: string[] = [];
  for (let start = 0; start < rows; start += WRITTEN_AT_ONCE)
    statements.push(`
      WITH RECURSIVE n (i) AS (SELECT ${start} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${Math.min(rows, start + WRITTEN_AT_ONCE)})
      INSERT INTO conversions (${Object.keys(COLUMNS).join(", ")}) SELECT ${Object.values(COLUMNS).join(", ")} FROM n`);
  return statements;
}

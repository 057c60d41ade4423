/**
 * What an ad platform was told of each conversion: kept for longer than deliveries are, since a refund may come after ninety days, and a platform counts a conversion once. Of what
 * it took and does not say at once what became of it, also the receipt by which it is asked.
 */
import { timePrefix } from "../core/books/conversion-id.ts";
import type { KnownOfDelivery } from "../core/platforms/platform-facts.ts";
import { DAY_MS } from "../core/time-units.ts";
import type { DeliveryKey } from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";

/** Longer than the longest window with all refunds in it. */
const KEPT_MS = 400 * DAY_MS;
const APART_MS = 1_000;
const IS_ITSELF = "conversion_id = ?1 AND seq = CAST(?2 AS INTEGER) AND replay = CAST(?3 AS INTEGER)";

export function createTold(sql: OutboxSql): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS told (
      conversion_id TEXT    NOT NULL,
      seq           INTEGER NOT NULL,
      replay        INTEGER NOT NULL,
      told_at       INTEGER NOT NULL,
      receipt       TEXT,
      PRIMARY KEY (conversion_id, seq, replay)
    ) STRICT, WITHOUT ROWID`);
}

/** It was told, or perhaps was; `receipt` is what to ask by, null where that stays as it is. Of a conversion the times are a second apart, as changes of it are told. */
export function rememberTold(sql: OutboxSql, key: DeliveryKey, atMs: number, receipt: string | null): void {
  const query = `
    INSERT INTO told (conversion_id, seq, replay, told_at, receipt)
    SELECT ?1, CAST(?2 AS INTEGER), CAST(?3 AS INTEGER), max(CAST(?4 AS INTEGER), coalesce(max(told_at) + ${APART_MS}, 0)), ?5
    FROM told WHERE conversion_id = ?1 AND NOT (${IS_ITSELF})
    ON CONFLICT (conversion_id, seq, replay) DO UPDATE SET told_at = excluded.told_at, receipt = coalesce(excluded.receipt, receipt)`;
  sql.exec(query, key.conversionId, key.seq, key.replay, atMs, receipt);
}

/** It certainly was not told. */
export function forgetTold(sql: OutboxSql, { conversionId, seq, replay }: DeliveryKey): void {
  sql.exec(`DELETE FROM told WHERE ${IS_ITSELF}`, conversionId, seq, replay);
}

/** What is to be asked by; null where nothing is. */
export function receiptOf(sql: OutboxSql, { conversionId, seq, replay }: DeliveryKey): string | null {
  const [row] = sql.exec(`SELECT receipt FROM told WHERE ${IS_ITSELF}`, conversionId, seq, replay).toArray();
  return row?.receipt == null ? null : String(row.receipt);
}

/** What the platform was told of the delivery's conversion besides it. Of a conversion that is older than what is kept nobody knows. */
export function toldBefore(
  sql: OutboxSql,
  { conversionId, seq, replay }: DeliveryKey,
  nowMs: number,
): Pick<KnownOfDelivery, "sale" | "lastToldAtMs"> {
  const query = `SELECT max(told_at) AS last FROM told WHERE conversion_id = ?1 AND NOT (${IS_ITSELF})`;
  const [row] = sql.exec(query, conversionId, seq, replay).toArray();
  if (row?.last != null) return { sale: "told", lastToldAtMs: Number(row.last) };
  const isForgotten = conversionId < timePrefix(nowMs - KEPT_MS);
  return { sale: isForgotten ? "unknown" : "not_told", lastToldAtMs: null };
}

/** Forgets what nobody asks of any more, at most so much, and says how much that was: conversions begin with the time of their receipt. */
export function forgetOldTold(sql: OutboxSql, nowMs: number, limit: number): number {
  const query = `
    DELETE FROM told WHERE (conversion_id, seq, replay) IN (
      SELECT conversion_id, seq, replay FROM told WHERE conversion_id < ?1 LIMIT CAST(?2 AS INTEGER))
    RETURNING seq`;
  return sql.exec(query, timePrefix(nowMs - KEPT_MS), limit).toArray().length;
}

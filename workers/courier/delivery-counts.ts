/** Counts deliveries by quarter-hour in the transaction that writes their rows, and adds the counts up for reports. What comes again with no higher revision counts nothing. */

import {
  type DeliveryCell,
  type DeliveryQuestion,
  deliveryCellsSql,
  deliveryColumns,
  MAX_DELIVERY_CELLS,
} from "../core/metrics/delivery-cells.ts";
import { bucketOf } from "../core/metrics/latency.ts";
import { QUARTER_MS } from "../core/metrics/time-zone.ts";
import type { StoredDelivery } from "./outbox.ts";

/** Told as the entry came, so that the time it took is a latency; what is told anew, or long after, has none. */
const AS_IT_CAME: readonly string[] = ["notice", "compared"];

/** What a delivery counts under, in the order in which `COUNT` reads it. */
export function countedUnder(destination: number, one: StoredDelivery): (string | number)[] {
  const { notice, revision, deliveryId, createdAtMs, state } = one;
  const { link, event, currency, test, advertiser, offer, affiliate } = notice;
  const quarter = Math.floor(createdAtMs / QUARTER_MS);
  const keys = [destination, quarter, link, event, currency, Number(test === true), advertiser, offer, affiliate];
  return [deliveryId, revision, state, bucketOfDelivery(one), ...keys];
}

function bucketOfDelivery({ state, origin, attempts, notice }: StoredDelivery): number {
  const last = attempts.at(-1);
  return state === "sent" && last && AS_IT_CAME.includes(origin)
    ? bucketOf(last.atMs + last.ms - notice.receivedAtMs)
    : -1;
}

/**
 * The count of rows (`?1`, JSON of what `countedUnder` gives) that are about to be written; before them, in one transaction: what is there with a lower revision leaves the state in which it was counted.
 * Where that was `sent` it is the same one, in the same bucket, since a delivery never leaves it.
 */
export const COUNT = `
  WITH given AS MATERIALIZED (SELECT value AS cells FROM json_each(?1)),
  fresh AS MATERIALIZED (
    SELECT cells, iif(d.entry_at IS NULL, NULL, d.status) AS before FROM given
    LEFT JOIN deliveries d ON d.destination = cells ->> 4 AND d.delivery_id = cells ->> 0
    WHERE d.revision IS NULL OR d.revision < cells ->> 1
  ),
  moves AS (
    SELECT cells, cells ->> 2 AS status, cells ->> 3 AS bucket, 1 AS moved FROM fresh
    UNION ALL SELECT cells, before, iif(before = 'sent', cells ->> 3, -1), -1 FROM fresh WHERE before IS NOT NULL
  )
  INSERT INTO delivery_quarters (destination, quarter, link, event, currency, test, advertiser, offer, affiliate, status, bucket, deliveries)
  SELECT ${[4, 5, 6, 7, 8, 9, 10, 11, 12].map((place) => `cells ->> ${place}`).join(", ")}, status, bucket, sum(moved)
  FROM moves GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 HAVING sum(moved) <> 0
  ON CONFLICT DO UPDATE SET deliveries = deliveries + excluded.deliveries`;

/** What a report asks; null where there are more cells than it can have. */
export async function countDeliveries(db: D1Database, question: DeliveryQuestion): Promise<DeliveryCell[] | null> {
  const { sql, values } = deliveryCellsSql(question);
  const { results } = await db
    .prepare(sql)
    .bind(...values)
    .all<Record<string, string | number>>();
  const columns = deliveryColumns(question);
  return results.length > MAX_DELIVERY_CELLS
    ? null
    : results.map((row) => columns.map((column) => row[column] ?? null));
}

/** What `COURIER` keeps: a row for each delivery that was tried or ended, and how each destination fares. Rows only move to a higher revision. */
import type { SqlRow } from "../../schema/columns.ts";
import { columnsOf } from "../../schema/columns.ts";
import { deliveries, destinationHealth } from "../../schema/tables.ts";
import { timePrefix } from "../core/books/conversion-id.ts";
import type {
  DeliveryFigures,
  DeliveryQuery,
  DeliveryView,
  DestinationStatus,
  DestinationTrouble,
} from "../core/courier/courier-calls.ts";
import { UNDELIVERED_STATES } from "../core/courier/delivery-reasons.ts";
import { RELAY_TYPE } from "../core/courier/relay-notice.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { COUNT, countedUnder } from "./delivery-counts.ts";
import type { StoredDelivery } from "./outbox.ts";

type DeliveryRow = SqlRow<typeof deliveries>;
const COLUMNS = columnsOf(deliveries);
const HEALTH = columnsOf(destinationHealth);
const assigned = (columns: readonly string[]) => columns.map((column) => `${column} = excluded.${column}`).join(", ");

const WRITE = `
  WITH given AS MATERIALIZED (SELECT value AS cells FROM json_each(?1))
  INSERT INTO deliveries (${COLUMNS.join(", ")}) SELECT ${COLUMNS.map((_, index) => `cells ->> ${index}`).join(", ")} FROM given WHERE true
  ON CONFLICT (destination, delivery_id) DO UPDATE SET ${assigned(COLUMNS.slice(2))} WHERE excluded.revision > deliveries.revision`;

const SAY = `
  INSERT INTO destination_health (${HEALTH.join(", ")}) VALUES (${HEALTH.map((_, index) => `?${index + 1}`).join(", ")})
  ON CONFLICT (destination) DO UPDATE SET ${assigned(HEALTH.slice(1))} WHERE excluded.said_at >= destination_health.said_at`;

const ASKED = `
  (?3 IS NULL OR d.status IN (SELECT value FROM json_each(?3))) AND d.created_at >= ?5 AND d.created_at < ?6
  AND (?8 IS NULL OR d.type IN (SELECT value FROM json_each(?8)))`;

/** Newest first; what is older than `before` is on the next page. Of each destination no more is read than a page has, and what is passed over by the filters. */
const LIST = `
  SELECT o.* FROM json_each(?1) k CROSS JOIN deliveries o ON o.destination = k.value AND o.delivery_id IN (
    SELECT d.delivery_id FROM deliveries d WHERE d.destination = k.value AND d.delivery_id < coalesce(?2, '~') AND ${ASKED}
    ORDER BY d.delivery_id DESC LIMIT ?7)
  ORDER BY o.delivery_id DESC LIMIT ?7`;

/** The same of one conversion, by its index. */
const LIST_OF_CONVERSION = `
  SELECT d.* FROM deliveries d INDEXED BY deliveries_of_conversion
  WHERE d.conversion_id = ?4 AND d.destination IN (SELECT value FROM json_each(?1)) AND d.delivery_id < coalesce(?2, '~') AND ${ASKED}
  ORDER BY d.delivery_id DESC LIMIT ?7`;

/** Those of these destinations that have something waiting, as their objects last said. */
const WAITING =
  "SELECT destination FROM destination_health WHERE waiting > 0 AND destination IN (SELECT value FROM json_each(?1)) ORDER BY said_at DESC LIMIT ?2";

/** One row for each destination there is. */
const TROUBLES = `
  SELECT destination, gate, since AS sinceMs, failures, waiting, late, CASE WHEN late_at >= ?1 THEN late_at END AS lateAtMs
  FROM destination_health WHERE gate IN ('failing', 'off') OR late_at >= ?1 ORDER BY since DESC LIMIT ?2`;
const MOST_TROUBLES = 500;

const LATEST =
  "SELECT status, last ->> 'ms' AS ms FROM deliveries WHERE destination = ?1 ORDER BY delivery_id DESC LIMIT 1000";
const FAILED = new Set<string>(UNDELIVERED_STATES);

/** IDs sort by when the entry was received, and nothing is made before that. */
const FORGET = `
  DELETE FROM deliveries WHERE (destination, delivery_id) IN (
    SELECT d.destination, d.delivery_id FROM json_each(?1) k CROSS JOIN deliveries d ON d.destination = k.value AND d.delivery_id < ?2
    WHERE d.created_at < ?3 LIMIT ?4)`;
const ERASE = "UPDATE deliveries SET last = NULL WHERE conversion_id IN (SELECT value FROM json_each(?1))";

export async function writeDeliveries(
  db: D1Database,
  destination: number,
  told: readonly StoredDelivery[],
): Promise<void> {
  const rows = told.map((one) => {
    const row = rowOf(destination, one);
    return COLUMNS.map((column) => Object.entries(row).find(([name]) => name === column)?.[1] ?? null);
  });
  // What an old tracker is told is no news of a conversion, and counts nowhere.
  const counted = told.filter(({ type }) => type !== RELAY_TYPE).map((one) => countedUnder(destination, one));
  // Counted first: what their rows say is what they were counted as.
  const statements = [
    ...jsonChunks(counted).map((chunk) => db.prepare(COUNT).bind(chunk)),
    ...jsonChunks(rows).map((chunk) => db.prepare(WRITE).bind(chunk)),
  ];
  if (statements.length > 0) await db.batch(statements);
}

export async function sayHealth(db: D1Database, status: DestinationStatus, saidAtMs: number): Promise<void> {
  const row: SqlRow<typeof destinationHealth> = {
    destination: status.destination,
    gate: status.gate,
    reason: status.reason,
    since: status.sinceMs,
    failures: status.failures,
    waiting: status.waiting,
    next_at: status.nextAtMs,
    said_at: saidAtMs,
    late: status.late,
    late_at: status.lateAtMs,
  };
  await db
    .prepare(SAY)
    .bind(...Object.values(row))
    .run();
}

export async function listDeliveries(db: D1Database, query: DeliveryQuery): Promise<DeliveryView[]> {
  const { destinations, before, states, types, conversionId, fromMs, toMs, limit } = query;
  const { results } = await db
    .prepare(conversionId === undefined ? LIST : LIST_OF_CONVERSION)
    .bind(
      JSON.stringify(destinations),
      before ?? null,
      states ? JSON.stringify(states) : null,
      conversionId ?? null,
      fromMs ?? 0,
      toMs ?? Number.MAX_SAFE_INTEGER,
      limit,
      types ? JSON.stringify(types) : null,
    )
    .all<DeliveryRow>();
  return results.map(viewOfRow);
}

/** At most so many of these destinations that have something waiting. */
export async function withWaiting(db: D1Database, destinations: readonly number[], most: number): Promise<number[]> {
  const { results } = await db.prepare(WAITING).bind(JSON.stringify(destinations), most).all<{ destination: number }>();
  return results.map(({ destination }) => destination);
}

export async function readTroubles(db: D1Database, lateSinceMs: number): Promise<DestinationTrouble[]> {
  return (await db.prepare(TROUBLES).bind(lateSinceMs, MOST_TROUBLES).all<DestinationTrouble>()).results;
}

/** What came of a destination's last thousand deliveries. */
export async function readFigures(db: D1Database, destination: number): Promise<DeliveryFigures> {
  const { results } = await db.prepare(LATEST).bind(destination).all<{ status: string; ms: number | null }>();
  const took = results.flatMap(({ ms }) => ms ?? []).sort((left, right) => left - right);
  const share = (part: number) => took[Math.max(0, Math.ceil(took.length * part) - 1)] ?? null;
  return {
    sent: results.filter(({ status }) => status === "sent").length,
    failed: results.filter(({ status }) => FAILED.has(status)).length,
    medianMs: share(0.5),
    slowMs: share(0.95),
  };
}

/** The delivery's row; null where it was never tried, or is forgotten. */
export async function findDelivery(db: D1Database, destination: number, id: string): Promise<DeliveryRow | null> {
  return db
    .prepare("SELECT * FROM deliveries WHERE destination = ?1 AND delivery_id = ?2")
    .bind(destination, id)
    .first<DeliveryRow>();
}

/** Deletes these destinations' rows of before this time, a page at a time and at most so many pages. */
export async function forgetDeliveries(
  db: D1Database,
  destinations: readonly number[],
  beforeMs: number,
  most: { rows: number; pages: number },
): Promise<void> {
  const statement = db.prepare(FORGET);
  const values = [JSON.stringify(destinations), timePrefix(beforeMs), beforeMs, most.rows];
  for (let page = 0; page < most.pages; page++)
    if ((await statement.bind(...values).run()).meta.changes < most.rows) return;
}

/** What was sent of these conversions names persons. */
export async function eraseRecords(db: D1Database, conversions: readonly string[]): Promise<void> {
  const statements = jsonChunks(conversions).map((chunk) => db.prepare(ERASE).bind(chunk));
  if (statements.length > 0) await db.batch(statements);
}

export function viewOf(destination: number, one: StoredDelivery): DeliveryView {
  return viewOfRow(rowOf(destination, one));
}

function rowOf(destination: number, one: StoredDelivery): DeliveryRow {
  const last = one.attempts.at(-1);
  return {
    destination,
    delivery_id: one.deliveryId,
    revision: one.revision,
    conversion_id: one.conversionId,
    seq: one.seq,
    replay: one.replay,
    type: one.type,
    status: one.state,
    reason: one.reason,
    attempts: one.attempts.length,
    created_at: one.createdAtMs,
    last_at: last?.atMs ?? null,
    http: last?.http ?? null,
    next_at: one.state === "failed" || one.state === "waiting" || one.state === "due" ? one.wakesAtMs : null,
    deadline_at: one.deadlineAtMs,
    test: Number(one.notice.test === true),
    origin: one.origin,
    last: last ? JSON.stringify(last) : null,
    entry_at: one.type === RELAY_TYPE ? null : one.notice.receivedAtMs,
  };
}

export function viewOfRow(row: DeliveryRow): DeliveryView {
  const said: Pick<DeliveryView, "state" | "reason"> = JSON.parse(
    JSON.stringify({ state: row.status, reason: row.reason }),
  );
  return {
    ...said,
    deliveryId: row.delivery_id,
    destination: row.destination,
    conversionId: row.conversion_id,
    seq: row.seq,
    replay: row.replay,
    type: row.type,
    attempts: row.attempts,
    createdAtMs: row.created_at,
    lastAtMs: row.last_at,
    http: row.http,
    nextAtMs: row.next_at,
    deadlineAtMs: row.deadline_at,
    test: row.test === 1,
    origin: row.origin,
  };
}

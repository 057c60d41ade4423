/** The outbox of one destination as its object stores it: a row for each delivery, with what it tells, where it stands and what was tried. */
import type { Cell } from "../../schema/columns.ts";
import type { Notice } from "../../schema/messages.ts";
import type { DELIVERY_ORIGINS } from "../../schema/tables.ts";
import { timePrefix } from "../core/books/conversion-id.ts";
import type { DeliveryAttempt } from "../core/courier/courier-calls.ts";
import type { DeliveryReason, DeliveryState } from "../core/courier/delivery-reasons.ts";
import type { DeliveryType } from "../core/courier/delivery-types.ts";
import { RELAY_TYPE } from "../core/courier/relay-notice.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import type { OutboxSql } from "./outbox-sql.ts";

export type DeliveryOrigin = (typeof DELIVERY_ORIGINS)[number];

/** A delivery's place in its outbox: `replay` counts how often its entry was to be told anew after it had been told. */
export interface DeliveryKey {
  conversionId: string;
  seq: number;
  replay: number;
}

export interface NewDelivery extends DeliveryKey {
  deliveryId: string;
  type: DeliveryType;
  origin: DeliveryOrigin;
  deadlineAtMs: number | null;
  notice: Notice;
}

/** `tries` counts those of the present run of the schedule, `attempts` are all that were made. `wakesAtMs` is when the object has to look at it again; null when nothing is left to do. */
export interface StoredDelivery extends NewDelivery {
  state: DeliveryState;
  reason: DeliveryReason | null;
  tries: number;
  wakesAtMs: number | null;
  createdAtMs: number;
  revision: number;
  attempts: DeliveryAttempt[];
}

/** What comes of a look at a delivery. */
export interface DeliveryChange {
  state: DeliveryState;
  reason: DeliveryReason | null;
  tries: number;
  wakesAtMs: number | null;
  attempts: readonly DeliveryAttempt[];
}

/**
 * One index serves everything that has a time: what is due, what has to be tried again, what waits for its click, and what ended and is not yet written to `COURIER`. `sending` is
 * stored before a request leaves, and `wakes_at` stays as it is meanwhile, so that this costs one row.
 * `kept` holds what the object remembers of itself; `erased` names conversions whose persons are not to be known any more, whatever comes late.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS outbox (
    conversion_id TEXT    NOT NULL,
    seq           INTEGER NOT NULL,
    replay        INTEGER NOT NULL,
    delivery_id   TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    origin        TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    reason        TEXT,
    tries         INTEGER NOT NULL,
    wakes_at      INTEGER,
    created_at    INTEGER NOT NULL,
    deadline_at   INTEGER,
    revision      INTEGER NOT NULL,
    notice        TEXT    NOT NULL,
    attempts      TEXT    NOT NULL,
    PRIMARY KEY (conversion_id, seq, replay)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outbox_wakes ON outbox (wakes_at) WHERE wakes_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS kept (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS erased (
    conversion_id TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
`;

/** States in which a delivery still has its turn before it: a later one of the same conversion waits for its end. */
const OPEN = "('waiting', 'due', 'sending', 'failed', 'taken')";
/** States in which a delivery is to be sent when its time comes, or asked for. */
const SENDABLE = "('due', 'failed', 'taken')";
/** States that `COURIER` is told as soon as they are reached: the ends, and what waits for an operator. */
const ENDED = "('sent', 'skipped', 'gave_up', 'expired', 'superseded', 'in_doubt', 'held')";
const IS_ITSELF = "conversion_id = ?1 AND seq = CAST(?2 AS INTEGER) AND replay = CAST(?3 AS INTEGER)";

const ACCEPT = `
  WITH given AS MATERIALIZED (SELECT value AS cells FROM json_each(?1))
  INSERT INTO outbox (conversion_id, seq, replay, delivery_id, type, origin, state, tries, wakes_at, created_at, deadline_at, revision, notice, attempts)
  SELECT cells ->> 0, cells ->> 1, cells ->> 2, cells ->> 3, cells ->> 4, cells ->> 5, 'due', 0, CAST(?2 AS INTEGER), CAST(?2 AS INTEGER), cells ->> 6, 0, cells ->> 7, '[]'
  FROM given WHERE true ON CONFLICT DO NOTHING RETURNING conversion_id`;

const FIRST_DUE = `
  SELECT o.* FROM outbox o WHERE o.wakes_at <= CAST(?1 AS INTEGER) AND o.state IN ${SENDABLE} AND NOT EXISTS (
    SELECT 1 FROM outbox e WHERE e.conversion_id = o.conversion_id AND (e.state = 'sending' OR (e.seq, e.replay) < (o.seq, o.replay) AND e.state IN ${OPEN}))
  ORDER BY o.wakes_at LIMIT 1`;

export function createOutbox(sql: OutboxSql): void {
  sql.exec(TABLES);
}

/** Takes in what is not there yet, and says how many those were. What comes again changes nothing. */
export function acceptDeliveries(sql: OutboxSql, deliveries: readonly NewDelivery[], nowMs: number): number {
  const erased = erasedAmong(
    sql,
    deliveries.map(({ conversionId }) => conversionId),
  );
  const rows = deliveries.map((one) => [
    one.conversionId,
    one.seq,
    one.replay,
    one.deliveryId,
    one.type,
    one.origin,
    one.deadlineAtMs,
    JSON.stringify(erased.has(one.conversionId) ? namelessNotice(one.notice) : one.notice),
  ]);
  return jsonChunks(rows).reduce((sum, chunk) => sum + sql.exec(ACCEPT, chunk, nowMs).toArray().length, 0);
}

/** The first that is due, has no earlier one of its conversion before it, and none of it under way. */
export function firstDue(sql: OutboxSql, nowMs: number): StoredDelivery | null {
  const [row] = sql.exec(FIRST_DUE, nowMs).toArray();
  return row ? readDelivery(row) : null;
}

/** Should asking come to no end, it is asked again then. */
const ASK_AGAIN_MS = 10 * 60_000;

/** The same, marked as being sent, which is on disk before anything leaves. What was taken is only asked for: that can be done again, so it stays as it is. */
export function takeDue(sql: OutboxSql, nowMs: number): StoredDelivery | null {
  const one = firstDue(sql, nowMs);
  if (!one) return null;
  const change = one.state === "taken" ? "wakes_at = CAST(?4 AS INTEGER)" : "state = 'sending'";
  const untilMs = one.state === "taken" ? [nowMs + ASK_AGAIN_MS] : [];
  sql.exec(`UPDATE outbox SET ${change} WHERE ${IS_ITSELF}`, one.conversionId, one.seq, one.replay, ...untilMs);
  return one;
}

/** Writes what came of it; of whom is erased by now, without what was sent, and of a postback that was relayed without what it said. */
export function changeDelivery(
  sql: OutboxSql,
  { conversionId, seq, replay }: DeliveryKey,
  change: DeliveryChange,
): void {
  const isErased = erasedAmong(sql, [conversionId]).size > 0;
  sql.exec(
    `UPDATE outbox SET state = ?4, reason = ?5, tries = CAST(?6 AS INTEGER), wakes_at = CAST(?7 AS INTEGER), attempts = ?8, revision = revision + 1,
      notice = iif(?4 = 'sent' AND type = '${RELAY_TYPE}', json_remove(notice, '$.relay.target'), notice) WHERE ${IS_ITSELF}`,
    conversionId,
    seq,
    replay,
    change.state,
    change.reason,
    change.tries,
    change.wakesAtMs,
    JSON.stringify(isErased ? change.attempts.map(withoutWords) : change.attempts),
  );
}

/** Those that were being sent when the object went down. */
export function interrupted(sql: OutboxSql): StoredDelivery[] {
  return readAll(sql.exec("SELECT * FROM outbox WHERE wakes_at IS NOT NULL AND state = 'sending'").toArray());
}

/** Those that wait for their click, and are to look for it now. */
export function clickless(sql: OutboxSql, nowMs: number, limit: number): StoredDelivery[] {
  const query =
    "SELECT * FROM outbox WHERE wakes_at <= CAST(?1 AS INTEGER) AND state = 'waiting' ORDER BY wakes_at LIMIT CAST(?2 AS INTEGER)";
  return readAll(sql.exec(query, nowMs, limit).toArray());
}

/** The delivery with its click, due at once; without one it keeps why it waited. */
export function landClick(
  sql: OutboxSql,
  { conversionId, seq, replay }: DeliveryKey,
  notice: Notice,
  nowMs: number,
): void {
  const query = `UPDATE outbox SET notice = ?4, state = 'due', reason = iif(?6, NULL, reason), wakes_at = CAST(?5 AS INTEGER) WHERE ${IS_ITSELF}`;
  sql.exec(query, conversionId, seq, replay, JSON.stringify(notice), nowMs, Number(notice.click !== undefined));
}

/** Ended, and not written to `COURIER` yet. */
export function unwritten(sql: OutboxSql, limit: number): StoredDelivery[] {
  const query = `SELECT * FROM outbox WHERE wakes_at IS NOT NULL AND state IN ${ENDED} LIMIT CAST(?1 AS INTEGER)`;
  return readAll(sql.exec(query, limit).toArray());
}

/** Strikes off what `COURIER` has as it is. */
export function strikeWritten(sql: OutboxSql, written: readonly StoredDelivery[]): void {
  const rows = written.map(({ conversionId, seq, replay, revision }) => [conversionId, seq, replay, revision]);
  const query = `
    WITH given AS MATERIALIZED (SELECT value AS cells FROM json_each(?1))
    UPDATE outbox SET wakes_at = NULL WHERE state IN ${ENDED} AND (conversion_id, seq, replay, revision) IN (
      SELECT cells ->> 0, cells ->> 1, cells ->> 2, cells ->> 3 FROM given)`;
  for (const chunk of jsonChunks(rows)) sql.exec(query, chunk);
}

/** When the next one has to be looked at that is not to be looked at already; null where there is none. */
export function nextWakeMs(sql: OutboxSql, afterMs: number): number | null {
  const [row] = sql
    .exec("SELECT min(wakes_at) AS at FROM outbox WHERE wakes_at > CAST(?1 AS INTEGER)", afterMs)
    .toArray();
  return row?.at == null ? null : Number(row.at);
}

/** How many stand in each state among those that have something before them. */
export function openCounts(sql: OutboxSql): { open: number; oldestAtMs: number | null } {
  const query = `SELECT count(*) AS open, min(created_at) AS oldest FROM outbox WHERE wakes_at IS NOT NULL AND state IN ${OPEN}`;
  const [row] = sql.exec(query).toArray();
  return { open: Number(row?.open ?? 0), oldestAtMs: row?.oldest == null ? null : Number(row.oldest) };
}

/** What is chosen for an operator's word: in these states, made between these times; or of these names among them. */
export interface DeliveryChoice {
  states: readonly DeliveryState[];
  ids?: readonly string[];
  fromMs?: number;
  toMs?: number;
  limit: number;
}

/** The chosen ones, oldest first. */
export function chosen(sql: OutboxSql, { states, ids, fromMs, toMs, limit }: DeliveryChoice): StoredDelivery[] {
  const query = `
    SELECT * FROM outbox WHERE state IN (SELECT value FROM json_each(?1)) AND (?2 IS NULL OR delivery_id IN (SELECT value FROM json_each(?2)))
      AND created_at >= CAST(?3 AS INTEGER) AND created_at < CAST(?4 AS INTEGER)
    ORDER BY delivery_id LIMIT CAST(?5 AS INTEGER)`;
  const bounds = [fromMs ?? 0, toMs ?? Number.MAX_SAFE_INTEGER, limit];
  return readAll(sql.exec(query, JSON.stringify(states), ids ? JSON.stringify(ids) : null, ...bounds).toArray());
}

/** What has something before it, or waits for an operator; newest first, behind `before`. */
export function openDeliveries(sql: OutboxSql, before: string | null, limit: number): StoredDelivery[] {
  const query = `
    SELECT * FROM outbox WHERE wakes_at IS NOT NULL AND (?1 IS NULL OR delivery_id < ?1) ORDER BY delivery_id DESC LIMIT CAST(?2 AS INTEGER)`;
  return readAll(sql.exec(query, before, limit).toArray());
}

/** The delivery of this name among those that have something before them: others are found by their place, which `COURIER` knows. */
export function findOpen(sql: OutboxSql, deliveryId: string): StoredDelivery | null {
  const query =
    "SELECT * FROM outbox WHERE (wakes_at IS NOT NULL OR state IN ('held', 'in_doubt')) AND delivery_id = ?1";
  const [row] = sql.exec(query, deliveryId).toArray();
  return row ? readDelivery(row) : null;
}

export function findByKey(sql: OutboxSql, { conversionId, seq, replay }: DeliveryKey): StoredDelivery | null {
  const [row] = sql.exec(`SELECT * FROM outbox WHERE ${IS_ITSELF}`, conversionId, seq, replay).toArray();
  return row ? readDelivery(row) : null;
}

/** The highest replay of an entry. */
export function lastReplay(sql: OutboxSql, conversionId: string, seq: number): number {
  const query = "SELECT max(replay) AS last FROM outbox WHERE conversion_id = ?1 AND seq = CAST(?2 AS INTEGER)";
  return Number(sql.exec(query, conversionId, seq).toArray()[0]?.last ?? 0);
}

/** True where a later delivery of the same conversion was told. */
export function isOutdated(sql: OutboxSql, { conversionId, seq }: DeliveryKey): boolean {
  const query =
    "SELECT 1 FROM outbox WHERE conversion_id = ?1 AND seq > CAST(?2 AS INTEGER) AND state = 'sent' LIMIT 1";
  return sql.exec(query, conversionId, seq).toArray().length > 0;
}

/** Deletes what was made before `beforeMs`, has ended and is written; at most so many, and says how many. Conversions of later are not looked at: nothing was told of them before. `upTo` bounds what is looked at where names tell no time. */
export function forgetEnded(sql: OutboxSql, beforeMs: number, limit: number, upTo = timePrefix(beforeMs)): number {
  const query = `
    DELETE FROM outbox WHERE (conversion_id, seq, replay) IN (
      SELECT conversion_id, seq, replay FROM outbox
      WHERE conversion_id < ?3 AND wakes_at IS NULL AND created_at < CAST(?1 AS INTEGER) LIMIT CAST(?2 AS INTEGER))
    RETURNING seq`;
  return sql.exec(query, beforeMs, limit, upTo).toArray().length;
}

/** Takes the person out of these conversions' deliveries, and of whatever comes late. What was sent stands as sent, without its request. */
export function eraseConversions(sql: OutboxSql, ids: readonly string[]): void {
  for (const chunk of jsonChunks(ids)) {
    sql.exec(
      "INSERT INTO erased (conversion_id) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
      chunk,
    );
    const rows = readAll(
      sql.exec("SELECT o.* FROM json_each(?1) k CROSS JOIN outbox o ON o.conversion_id = k.value", chunk).toArray(),
    );
    for (const { conversionId, seq, replay, notice, attempts } of rows) {
      const query = `UPDATE outbox SET notice = ?4, attempts = ?5, revision = revision + 1 WHERE ${IS_ITSELF}`;
      sql.exec(
        query,
        conversionId,
        seq,
        replay,
        JSON.stringify(namelessNotice(notice)),
        JSON.stringify(attempts.map(withoutWords)),
      );
    }
  }
}

function withoutWords(attempt: DeliveryAttempt): DeliveryAttempt {
  return { ...attempt, request: null, answer: null };
}

/** The notice without what could name a person. */
function namelessNotice({
  txid: _,
  refundId: __,
  clickId: ___,
  relay,
  click,
  coupon: ____,
  customer: _____,
  meta: ______,
  ...notice
}: Notice): Notice {
  if (relay) return { ...notice, relay: {} };
  if (!click) return notice;
  const { country, device, os, browser } = click;
  const told = Object.entries({ country, device, os, browser }).filter(([, value]) => value !== undefined);
  return { ...notice, click: Object.fromEntries(told) };
}

function erasedAmong(sql: OutboxSql, ids: readonly string[]): Set<string> {
  const query = "SELECT e.conversion_id FROM json_each(?1) k CROSS JOIN erased e ON e.conversion_id = k.value";
  return new Set(
    jsonChunks([...new Set(ids)]).flatMap((chunk) =>
      sql
        .exec(query, chunk)
        .toArray()
        .map((row) => String(row.conversion_id)),
    ),
  );
}

/** What the object remembers under this name, as JSON. */
export function recall<Value>(sql: OutboxSql, name: string): Value | null {
  const [row] = sql.exec("SELECT value FROM kept WHERE name = ?1", name).toArray();
  return row ? JSON.parse(String(row.value)) : null;
}

/** Null forgets it. */
export function keep(sql: OutboxSql, name: string, value: unknown): void {
  if (value === null) sql.exec("DELETE FROM kept WHERE name = ?1", name);
  else
    sql.exec(
      "INSERT INTO kept (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
      name,
      JSON.stringify(value),
    );
}

type Row = Record<string, unknown>;

function readAll(rows: readonly Row[]): StoredDelivery[] {
  return rows.map(readDelivery);
}

function readDelivery(row: Row): StoredDelivery {
  const stored: Record<string, Cell> = JSON.parse(JSON.stringify(row));
  const written: Pick<StoredDelivery, "type" | "origin" | "state" | "reason"> = JSON.parse(
    JSON.stringify({ type: row.type, origin: row.origin, state: row.state, reason: row.reason }),
  );
  const optional = (cell: unknown) => (cell === null ? null : Number(cell));
  return {
    ...written,
    conversionId: String(stored.conversion_id),
    seq: Number(row.seq),
    replay: Number(row.replay),
    deliveryId: String(row.delivery_id),
    tries: Number(row.tries),
    wakesAtMs: optional(row.wakes_at),
    createdAtMs: Number(row.created_at),
    deadlineAtMs: optional(row.deadline_at),
    revision: Number(row.revision),
    notice: JSON.parse(String(row.notice)),
    attempts: JSON.parse(String(row.attempts)),
  };
}

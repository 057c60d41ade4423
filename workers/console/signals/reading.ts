/** Reads days and adds them up: those of which something changed, and of a busy one a part at a time. What a part comes to is written with how far the day is read. */
import { timePrefix } from "../../core/books/conversion-id.ts";
import { jsonChunks } from "../../core/json-chunks.ts";
import { WINDOW_DAYS } from "../../core/signals/activity.ts";
import { settingsOf } from "../../core/signals/offer-settings.ts";
import { sumDay } from "../../core/signals/sum-day.ts";
import { DAY_MS, HOUR_MS } from "../../core/time-units.ts";
import type { RoundWork } from "./round-work.ts";
import { type ClicksOfDay, readClicksOfDay } from "./signal-clicks.ts";
import { readClaimsOfDay, readRowsOfDay } from "./signal-rows.ts";

/** What was received before a round began may be settled, and seen, this much later. */
const LATE_MS = 2 * HOUR_MS;
/** A day's clicks are all added up this long after it is over. */
const ADDED_UP_MS = 3 * HOUR_MS;
/** Of an ID's time so many characters tell a day: their unit is a quarter of an hour. */
const PREFIX = 6;

/** The days of the window, the oldest first. */
export function windowOf(today: number): number[] {
  return Array.from({ length: WINDOW_DAYS }, (_, index) => today - WINDOW_DAYS + 1 + index);
}

const AGAIN = "UPDATE signal_reads SET done_at = NULL, parts = 0, after = ''";
/** Bounds of IDs of a day, which `days` lists, that an entry since then belongs to. */
const CHANGED = `
  ${AGAIN} WHERE day IN (
    SELECT d.value ->> 0 FROM json_each(?1) AS d WHERE EXISTS (
      SELECT 1 FROM changed WHERE changed.prefix >= d.value ->> 1 AND changed.prefix <= d.value ->> 2))`;

/** Marks what is to be read anew: the last two days, days of which a conversion changed since the last round, and once a day those that have claims. What is too old goes. */
export function markChangedDays(db: D1Database, sinceMs: number, nowMs: number): D1PreparedStatement[] {
  const today = Math.floor(nowMs / DAY_MS);
  const days = windowOf(today).map((day) => [
    day,
    timePrefix(day * DAY_MS).slice(0, PREFIX),
    timePrefix((day + 1) * DAY_MS - 1).slice(0, PREFIX),
  ]);
  const changed = CHANGED.replace(
    "UPDATE",
    `WITH changed (prefix) AS MATERIALIZED (SELECT DISTINCT substr(conversion_id, 1, ${PREFIX}) FROM entries WHERE received_at >= ?2) UPDATE`,
  );
  return [
    db.prepare("DELETE FROM signal_days WHERE day < ?").bind(today - WINDOW_DAYS + 1),
    db.prepare("DELETE FROM signal_reads WHERE day < ?").bind(today - WINDOW_DAYS + 1),
    db.prepare(`${AGAIN} WHERE day >= ? OR (claims > 0 AND done_at < ?)`).bind(today - 1, nowMs - DAY_MS),
    // Before the first round nothing is read, and what is older than the window is in no day of it.
    ...(sinceMs === 0
      ? []
      : [db.prepare(changed).bind(JSON.stringify(days), Math.max(sinceMs - LATE_MS, (today - WINDOW_DAYS) * DAY_MS))]),
  ];
}

/** Has all days read anew from the next minute on, as when something is counted otherwise. */
export function markAllDays(db: D1Database): D1PreparedStatement[] {
  return [db.prepare(AGAIN), db.prepare("UPDATE signal_round SET stage = 'reading', place = '' WHERE stage = 'done'")];
}

interface Unread {
  day: number;
  parts: number | null;
  after: string | null;
  clicks_at: number | null;
}

const NEXT = `
  SELECT d.value AS day, r.parts, r.after, r.clicks_at FROM json_each(?) AS d LEFT JOIN signal_reads AS r ON r.day = d.value
  WHERE r.done_at IS NULL ORDER BY d.value LIMIT 1`;
const WRITE = `
  INSERT INTO signal_days (day, offer, affiliate, event, part, sums)
  SELECT ?1, value ->> 0, value ->> 1, value ->> 2, ?2, value ->> 3 FROM json_each(?3) WHERE true
  ON CONFLICT DO UPDATE SET sums = excluded.sums`;
const READ = `
  INSERT INTO signal_reads (day, parts, after, claims, done_at, clicks_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT DO UPDATE SET parts = excluded.parts, after = excluded.after, claims = iif(?2 = 1, ?4, claims), done_at = ?5, clicks_at = coalesce(?6, clicks_at)`;

/** Reads the next part of the first day that is not read; the stage is over where all are. */
export async function readNext(work: RoundWork): Promise<{ rows: number; place: string | null }> {
  const { env, today, nowMs } = work;
  const next = await env.DB.prepare(NEXT)
    .bind(JSON.stringify(windowOf(today)))
    .first<Unread>();
  if (!next) return { rows: 0, place: null };
  const { day, parts, clicks_at: clicksAtMs } = next;
  const part = parts ?? 0;
  const { rows, after } = await readRowsOfDay(env.DB, day, next.after ?? "", work.offers);
  const claims = part === 0 ? await readClaimsOfDay(env.DB, day) : [];
  const isClicked = part === 0 && (clicksAtMs === null || clicksAtMs < (day + 1) * DAY_MS + ADDED_UP_MS);
  const clicks = isClicked ? await readClicksOfDay(env, day, nowMs) : null;
  const activities = sumDay({ rows, claims }, (offer) => settingsOf(work.set, offer), nowMs);
  const sums = activities.map(({ offer, affiliate, event, sums }) => [offer, affiliate, event, JSON.stringify(sums)]);
  await env.DB.batch([
    env.DB.prepare("DELETE FROM signal_days WHERE day = ? AND part >= ? AND event <> ''").bind(day, part),
    ...jsonChunks(sums).map((chunk) => env.DB.prepare(WRITE).bind(day, part, chunk)),
    ...clickStatements(env.DB, day, clicks),
    env.DB.prepare(READ).bind(
      ...[day, part + 1, after ?? "", claims.length],
      ...[after === null ? nowMs : null, clicks?.isWhole ? nowMs : null],
    ),
  ]);
  return { rows: rows.length + claims.length, place: String(day) };
}

function clickStatements(db: D1Database, day: number, counted: ClicksOfDay | null): D1PreparedStatement[] {
  if (counted === null) return [];
  const rows = counted.clicks.map(({ offer, affiliate, counts }) => [offer, affiliate, "", JSON.stringify(counts)]);
  return [
    db.prepare("DELETE FROM signal_days WHERE day = ? AND event = ''").bind(day),
    ...jsonChunks(rows).map((chunk) => db.prepare(WRITE).bind(day, 0, chunk)),
  ];
}

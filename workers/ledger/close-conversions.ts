/**
 * Closes the time of conversions. An hour that is over, or less where much came, is put down in the lists of their owners and of their clicks' hours, and added up by hours; UTC days
 * are made of their hours once these are closed. What comes or changes behind is put down by triggers.
 */
import { timeInId, timePrefix } from "../core/books/conversion-id.ts";
import { CONVERSION_ROLLUP } from "../core/metrics/rollups.ts";
import { QUARTER_MS } from "../core/metrics/time-zone.ts";
import { HOUR_MS } from "../core/time-units.ts";
import { closableMs, listRows, MOST_OPEN_ROWS } from "./closed-time.ts";

/** Steps of one run, after a gap: the next runs go on. */
const MOST_STEPS = 20;
const DAY_QUARTERS = 96;
const MOST_DAYS = 31;

const { spans: SPANS, keys, sums } = CONVERSION_ROLLUP;
const KEYS = ["clock", ...keys].join(", ");
const COLUMNS = ["unit", "start", KEYS, ...sums].join(", ");
const ADDED = sums.map((name) => `sum(${name}) AS ${name}`).join(", ");

const UNTIL = "SELECT until, days FROM closed_conversions";
/** Whoever else closes at the same time has moved it, and then all statements do nothing. */
const AS_FOUND = "(SELECT until FROM closed_conversions) = ?1";
const LIST = listRows(
  { lists: "conversion_lists", view: "listed_conversions", id: "conversion_id", order: "conversion_id" },
  AS_FOUND,
);
const ADD_UP = `
  INSERT INTO ${SPANS} (${COLUMNS}) SELECT unit, start, ${KEYS}, ${ADDED} FROM conversion_cells
  WHERE conversion_id >= ?1 AND conversion_id < ?2 AND ${AS_FOUND} GROUP BY unit, start, ${KEYS}
  ON CONFLICT DO UPDATE SET ${sums.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`;
const MOVE = `UPDATE closed_conversions SET until = ?2 WHERE ${AS_FOUND}`;
/** The first one that is too many. */
const FIND = `
  SELECT conversion_id FROM conversions WHERE conversion_id >= ?1 AND conversion_id < ?2 ORDER BY conversion_id LIMIT 1 OFFSET ${MOST_OPEN_ROWS}`;

const DAYS_AS_FOUND = "(SELECT days FROM closed_conversions) = ?1";
const ADD_UP_DAY = `
  INSERT INTO ${SPANS} (${COLUMNS}) SELECT 'day', ?2, ${KEYS}, ${ADDED} FROM ${SPANS}
  WHERE unit = 'hour' AND clock IN ('received', 'clicked') AND start >= ?2 AND start < ?3 AND ${DAYS_AS_FOUND} GROUP BY ${KEYS}`;
const MOVE_DAYS = `UPDATE closed_conversions SET days = ?3 WHERE ${DAYS_AS_FOUND}`;
/** Of either clock. */
const FIRST_HOUR = `SELECT min(start) AS start FROM (
  SELECT min(start) AS start FROM ${SPANS} WHERE unit = 'hour' AND clock = 'received'
  UNION ALL SELECT min(start) FROM ${SPANS} WHERE unit = 'hour' AND clock = 'clicked')`;

/** Closes what may be closed, as much as one run may take. */
export async function closeConversions({ DB }: { DB: D1Database }, nowMs: number): Promise<void> {
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const { until } = await closedUntil(DB);
    const next = await nextEnd(DB, until, closableMs(nowMs));
    if (next === null) break;
    await DB.batch([LIST, ADD_UP, MOVE].map((sql) => DB.prepare(sql).bind(until, next)));
  }
  await closeDays(DB);
}

/** Up to where the next step goes: as many conversions as are closed at once, or all of the hours that are over; null where nothing is to be closed. */
async function nextEnd(db: D1Database, until: string, mostMs: number): Promise<string | null> {
  const most = timePrefix(Math.max(0, mostMs));
  if (until >= most) return null;
  const many = await db.prepare(FIND).bind(until, most).first<string>("conversion_id");
  if (many !== null) return many;
  const hourMs = Math.floor(mostMs / HOUR_MS) * HOUR_MS;
  return timeInId(until) < hourMs ? timePrefix(hourMs) : null;
}

/** Adds up the days whose hours are closed. What is counted in their hours later, by the clock of clicks, is counted in them too. */
async function closeDays(db: D1Database): Promise<void> {
  for (let count = 0; count < MOST_DAYS; count++) {
    const { until, days } = await closedUntil(db);
    const over = startOfDay(Math.floor(timeInId(until) / QUARTER_MS));
    const from = days === 0 ? await firstDay(db) : days;
    if (from === null || from + DAY_QUARTERS > over) return;
    const to = from + DAY_QUARTERS;
    await db.batch([ADD_UP_DAY, MOVE_DAYS].map((sql) => db.prepare(sql).bind(days, from, to)));
  }
}

async function closedUntil(db: D1Database): Promise<{ until: string; days: number }> {
  const found = await db.prepare(UNTIL).first<{ until: string; days: number }>();
  if (!found) throw new Error("closed_conversions has no row");
  return found;
}

/** The day of the first conversion that was counted, on either clock; null where there is none. */
async function firstDay(db: D1Database): Promise<number | null> {
  const start = await db.prepare(FIRST_HOUR).first<number | null>("start");
  return start === null ? null : startOfDay(start);
}

function startOfDay(quarter: number): number {
  return Math.floor(quarter / DAY_QUARTERS) * DAY_QUARTERS;
}

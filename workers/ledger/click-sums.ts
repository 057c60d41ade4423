/**
 * Adds clicks up by hours and UTC days once they are over, so that long reports read little and ask few objects. All cells of an hour are written at once as the day's
 * objects count them, so that doing it again changes nothing, and a late click has its hour and day added up anew.
 */
import type { Cell } from "../../schema/columns.ts";
import { allPlaces, askParts, clickDayName, dayOf, shardsOf } from "../core/click-log/click-days.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { CLICK_ROLLUP } from "../core/metrics/rollups.ts";
import { QUARTER_MS } from "../core/metrics/time-zone.ts";
import { HOUR_MS } from "../core/time-units.ts";
import { finishHour, takeHour } from "./archive/due-hours.ts";
import type { ClickLogParts } from "./click-log.ts";
import { readPlaces } from "./day-objects.ts";
import { cells, WITH_ROWS } from "./json-rows.ts";

const HOUR_QUARTERS = 4;
const DAY_QUARTERS = 96;
/** What comes later than this is added up once more. */
const LATE_QUARTERS = 1;
/** Days that are added up in a run, after a gap of months. */
const MAX_DAYS_AT_ONCE = 31;
/** Hours that are added up once more in a run. */
const MAX_LATE_HOURS = 100;

const { keys: KEYS, sums: SUMS } = CLICK_ROLLUP;
const COLUMNS = ["start", ...KEYS, ...SUMS];
const BY_KEY = [...KEYS, ...SUMS.map((name) => `sum(${name}) AS ${name}`)].join(", ");
const HOURS = `
  SELECT quarter / ${HOUR_QUARTERS} * ${HOUR_QUARTERS} AS start, ${BY_KEY} FROM click_quarters WHERE quarter >= ? AND quarter < ? GROUP BY start, ${KEYS.join(", ")}`;

const AS_COUNTED = `ON CONFLICT DO UPDATE SET ${SUMS.map((name) => `${name} = excluded.${name}`).join(", ")}`;
const WRITE_HOURS = `
  ${WITH_ROWS} INSERT INTO click_spans (unit, ${COLUMNS.join(", ")}) SELECT 'hour', ${cells(COLUMNS.length)} FROM given WHERE true ${AS_COUNTED}`;
const WRITE_DAYS = `
  INSERT INTO click_spans (unit, ${COLUMNS.join(", ")})
  SELECT 'day', start / ${DAY_QUARTERS} * ${DAY_QUARTERS} AS begins, ${BY_KEY} FROM click_spans
  WHERE unit = 'hour' AND start >= ?1 AND start < ?2 GROUP BY begins, ${KEYS.join(", ")} ${AS_COUNTED}`;
/** Whoever else seals at the same time has moved it further, or as far. */
const SEAL = "UPDATE sealed_click_spans SET until = ?3 WHERE unit = ?1 AND until = ?2";
const SEALED = "SELECT unit, until FROM sealed_click_spans";
const FIRST = "SELECT min(hour) AS hour FROM due_hours WHERE log = 'click_sums'";
const LATE = `
  SELECT hour FROM due_hours WHERE log = 'click_sums' AND (hour + 1) * ${HOUR_QUARTERS} <= ?1 ORDER BY hour LIMIT ${MAX_LATE_HOURS}`;

/** Adds up what is over, and once more what came late. */
export async function sumClicks(parts: ClickLogParts, nowMs: number): Promise<void> {
  const over = Math.floor(nowMs / QUARTER_MS) - LATE_QUARTERS;
  for (let days = 0; days < MAX_DAYS_AT_ONCE; days++) {
    const { hour: until } = await sealedUntil(parts.DB);
    const from = until === 0 ? await firstDay(parts.DB) : until;
    // Before the first click nothing is over, so that the first ones may be of any time.
    if (from === null) break;
    const to = Math.min(startOfDay(from) + DAY_QUARTERS, Math.floor(over / HOUR_QUARTERS) * HOUR_QUARTERS);
    if (to <= from) break;
    await parts.DB.batch([...(await hourStatements(parts, from, to)), parts.DB.prepare(SEAL).bind("hour", until, to)]);
  }
  await sealDays(parts.DB);
  await sumLate(parts, nowMs);
}

/** The hours of one UTC day from `from` to `to`, in quarter-hours, as its objects count them. */
async function hourStatements({ DB, days }: ClickLogParts, from: number, to: number): Promise<D1PreparedStatement[]> {
  const { plan } = await readPlaces(DB);
  const day = dayOf(from * QUARTER_MS);
  const question = { sql: HOURS, values: [from, to] };
  const answers = await Promise.all(
    allPlaces(plan, day).map((place) =>
      askParts((part) => days(clickDayName(place, shardsOf(plan, day), part)).quarters(question)),
    ),
  );
  const sums = new Map<string, Cell[]>();
  for (const row of answers.flat(2)) {
    const key = ["start", ...KEYS].map((name) => row[name] ?? null);
    const name = key.join("\n");
    const known = sums.get(name) ?? [...key, ...SUMS.map(() => 0)];
    for (const [index, sum] of SUMS.entries())
      known[key.length + index] = Number(known[key.length + index]) + Number(row[sum]);
    sums.set(name, known);
  }
  return jsonChunks([...sums.values()]).map((chunk) => DB.prepare(WRITE_HOURS).bind(chunk));
}

/** Days are made of hours. */
async function sealDays(db: D1Database): Promise<void> {
  const { hour, day } = await sealedUntil(db);
  const to = startOfDay(hour);
  if (to <= day) return;
  await db.batch([db.prepare(WRITE_DAYS).bind(day, to), db.prepare(SEAL).bind("day", day, to)]);
}

async function sumLate(parts: ClickLogParts, nowMs: number): Promise<void> {
  const { DB } = parts;
  const sealed = await sealedUntil(DB);
  const { hotFromMs } = await readPlaces(DB);
  const { results } = await DB.prepare(LATE).bind(sealed.hour).all<{ hour: number }>();
  for (const { hour } of results) {
    const taken = await takeHour(DB, "click_sums", hour, nowMs);
    if (!taken) continue;
    const from = hour * HOUR_QUARTERS;
    const day = startOfDay(from);
    const isSealed = day < sealed.day;
    // What left its objects is as it was added up.
    if (hour * HOUR_MS >= hotFromMs)
      await DB.batch([
        ...(await hourStatements(parts, from, from + HOUR_QUARTERS)),
        ...(isSealed ? [DB.prepare(WRITE_DAYS).bind(day, day + DAY_QUARTERS)] : []),
        // A batch is never empty.
        DB.prepare(SEALED),
      ]);
    await finishHour(DB, taken);
  }
}

async function sealedUntil(db: D1Database): Promise<{ hour: number; day: number }> {
  const { results } = await db.prepare(SEALED).all<{ unit: "hour" | "day"; until: number }>();
  const of = (unit: string): number => results.find((row) => row.unit === unit)?.until ?? 0;
  return { hour: of("hour"), day: of("day") };
}

/** The day of the first click that was noted; null where there is none. */
async function firstDay(db: D1Database): Promise<number | null> {
  const hour = await db.prepare(FIRST).first<number | null>("hour");
  return hour === null ? null : startOfDay(hour * HOUR_QUARTERS);
}

function startOfDay(quarter: number): number {
  return Math.floor(quarter / DAY_QUARTERS) * DAY_QUARTERS;
}

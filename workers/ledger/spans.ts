/**
 * Adds the rollup of conversions up by hours and UTC days once they are over, so that long reports read little. Where an advertiser's cells of a time
 * cannot be added up, all others' are; those are put down in `unsealed_spans`, read by quarter-hours, and tried again with every run.
 */
import { CONVERSION_ROLLUP, type Rollup } from "../core/metrics/rollups.ts";
import { QUARTER_MS } from "../core/metrics/time-zone.ts";

const QUARTERS_OF_DAY = 96;
/** What comes later than this is counted by triggers, one row at a time. */
const LATE_QUARTERS = 1;
/** A statement has 30 s: a busy day's quarter-hours take a part of one. */
const MAX_DAYS_AT_ONCE = 31;
/** How many of what could not be added up are tried again in a run, the oldest first. */
const MAX_TRIED_AGAIN = 100;

type SpanUnit = "hour" | "day";

/** How one of the rollups is added up. */
interface Summing extends Pick<Rollup, "quarters" | "spans" | "keys" | "sums"> {
  /** Lets the primary key be read by time where it does not begin with it. */
  condition: string;
}

const CONVERSIONS: Summing = {
  ...CONVERSION_ROLLUP,
  keys: ["clock", ...CONVERSION_ROLLUP.keys],
  condition: "clock IN ('received', 'clicked') AND",
};

/** Whole units of a time, in quarter-hours since 1970: `quarters` each, from `from` inclusive to `to` exclusive. */
interface Span {
  unit: SpanUnit;
  quarters: number;
  from: number;
  to: number;
}

const FIND = "SELECT unit, quarters, until FROM sealed_spans";
/** Whoever else seals at the same time has moved `until`, and then all statements do nothing. */
const AS_FOUND = "(SELECT until FROM sealed_spans WHERE unit = ?1) = ?2";
const SEAL = `UPDATE sealed_spans SET until = ?4 WHERE unit = ?1 AND ${AS_FOUND} AND ?3 < ?4`;
/** Leaves these advertisers out (`?5`), and of days those with an hour that is left out, since a day is made of hours. */
const LEAVE_OUT = `
  INSERT INTO unsealed_spans (unit, advertiser, start, until)
  SELECT ?1, advertiser, ?3, ?4 FROM (
    SELECT value AS advertiser FROM json_each(?5)
    UNION SELECT advertiser FROM unsealed_spans WHERE ?1 = 'day' AND unit = 'hour' AND start < ?4 AND until > ?3
  ) WHERE ${AS_FOUND} AND ?3 < ?4`;
/** What is left out, hours first, and of days only those whose hours are all there. */
const FIND_LEFT_OUT = `
  SELECT unit, advertiser, start, until FROM unsealed_spans AS own
  WHERE unit = 'hour' OR NOT EXISTS (
    SELECT 1 FROM unsealed_spans AS hour
    WHERE hour.unit = 'hour' AND hour.advertiser = own.advertiser AND hour.start < own.until AND hour.until > own.start
  ) ORDER BY unit = 'day', start LIMIT ${MAX_TRIED_AGAIN}`;
const IS_LEFT_OUT = "unit = ?1 AND advertiser = ?2 AND start = ?3";

/** Seals what is over, as much as one run may take; after a gap of months the next runs go on. */
export async function sealSpans(env: { DB: D1Database }, nowMs: number): Promise<void> {
  await sealRollup(env.DB, CONVERSIONS, Math.floor(nowMs / QUARTER_MS) - LATE_QUARTERS);
}

async function sealRollup(db: D1Database, rollup: Summing, over: number): Promise<void> {
  await sealLeftOut(db, rollup);
  await seal(db, rollup, "hour", over);
  await seal(db, rollup, "day", (await sealedUntil(db, "hour")).until);
}

/** Seals whole units that end at `over` or before, a day at a time. */
async function seal(db: D1Database, rollup: Summing, unit: SpanUnit, over: number): Promise<void> {
  for (let days = 0; days < MAX_DAYS_AT_ONCE; days++) {
    const { until, quarters } = await sealedUntil(db, unit);
    const from = until === 0 ? await firstDay(db, rollup, over) : until;
    const to = Math.min(from + QUARTERS_OF_DAY, Math.floor(over / quarters) * quarters);
    if (to <= from) return;
    const span = { unit, quarters, from, to };
    await sealSpan(db, rollup, span, until, []).catch(async (error: unknown) => {
      const troubled = await advertisersInTrouble(db, rollup, span);
      if (troubled.length === 0) throw error;
      await sealSpan(db, rollup, span, until, troubled);
    });
  }
}

/** One transaction: what is in `spans` and what is said of it in `sealed_spans` and `unsealed_spans` changes together. */
async function sealSpan(
  db: D1Database,
  rollup: Summing,
  { unit, quarters, from, to }: Span,
  until: number,
  leftOut: readonly number[],
): Promise<void> {
  const others = `${AS_FOUND} AND advertiser NOT IN (SELECT advertiser FROM unsealed_spans WHERE unit = ?1 AND start = ?3)`;
  await db.batch([
    db.prepare(LEAVE_OUT).bind(unit, until, from, to, JSON.stringify(leftOut)),
    db.prepare(into(rollup, addUp(rollup, unit, others))).bind(unit, until, from, to, quarters),
    db.prepare(SEAL).bind(unit, until, from, to),
  ]);
}

/** Adds what each advertiser has in this time up, and says whose sums fail. */
async function advertisersInTrouble(db: D1Database, rollup: Summing, span: Span): Promise<number[]> {
  const { unit, quarters, from, to } = span;
  const { table, time, where } = placeOf(rollup, unit);
  const found = await db
    .prepare(`SELECT DISTINCT advertiser FROM ${table} WHERE ${where} ${time} >= ?1 AND ${time} < ?2`)
    .bind(from, to)
    .all<{ advertiser: number }>();
  // Every sum is counted, so that SQLite adds each of them up.
  const counts = rollup.sums.map((name) => `count(${name})`).join(", ");
  const tryOut = `SELECT ${counts} FROM (${addUp(rollup, unit, "advertiser = ?2")})`;
  const troubled: number[] = [];
  for (const { advertiser } of found.results) {
    try {
      await db.prepare(tryOut).bind(unit, advertiser, from, to, quarters).all();
    } catch (error) {
      console.error({ event: "span_not_sealed", unit, advertiser, from, to, error: String(error) });
      troubled.push(advertiser);
    }
  }
  return troubled;
}

/** Tries again what was left out, each by itself. */
async function sealLeftOut(db: D1Database, rollup: Summing): Promise<void> {
  const { results } = await db
    .prepare(FIND_LEFT_OUT)
    .all<{ unit: SpanUnit; advertiser: number; start: number; until: number }>();
  for (const { unit, advertiser, start, until } of results) {
    const { quarters } = await sealedUntil(db, unit);
    const own = `advertiser = ?2 AND EXISTS (SELECT 1 FROM unsealed_spans WHERE ${IS_LEFT_OUT})`;
    try {
      await db.batch([
        db.prepare(into(rollup, addUp(rollup, unit, own))).bind(unit, advertiser, start, until, quarters),
        db.prepare(`DELETE FROM unsealed_spans WHERE ${IS_LEFT_OUT}`).bind(unit, advertiser, start),
      ]);
    } catch (error) {
      console.error({ event: "span_not_sealed", unit, advertiser, from: start, to: until, error: String(error) });
    }
  }
}

/** Where the cells lie that a unit is made of: hours are made of quarter-hours, days of hours. */
function placeOf({ quarters, spans, condition }: Summing, unit: SpanUnit) {
  return unit === "hour"
    ? { table: quarters, time: "quarter", where: condition }
    : { table: spans, time: "start", where: `unit = 'hour' AND ${condition}` };
}

/** The sums of a unit (`?1`) from `?3` to `?4` where `which` holds. A number is bound as REAL, whose quotient is not whole. */
function addUp(rollup: Summing, unit: SpanUnit, which: string): string {
  const { table, time, where } = placeOf(rollup, unit);
  const keys = rollup.keys.join(", ");
  return `
    SELECT ?1 AS unit, ${time} / CAST(?5 AS INTEGER) * CAST(?5 AS INTEGER) AS begins, ${keys}, ${rollup.sums.map((name) => `sum(${name}) AS ${name}`).join(", ")}
    FROM ${table} WHERE ${where} ${time} >= ?3 AND ${time} < ?4 AND ${which} GROUP BY begins, ${keys}`;
}

function into({ spans, keys, sums }: Summing, select: string): string {
  return `INSERT INTO ${spans} (unit, start, ${[...keys, ...sums].join(", ")}) ${select}`;
}

async function sealedUntil(db: D1Database, unit: SpanUnit): Promise<{ until: number; quarters: number }> {
  const { results } = await db.prepare(FIND).all<{ unit: SpanUnit; quarters: number; until: number }>();
  const found = results.find((row) => row.unit === unit);
  if (!found) throw new Error(`sealed_spans lacks ${unit}`);
  return found;
}

/** The day of the first that was counted; where there is none, the one that is over. */
async function firstDay(db: D1Database, { quarters }: Summing, over: number): Promise<number> {
  const { results } = await db.prepare(`SELECT min(quarter) AS first FROM ${quarters}`).all<{ first: number | null }>();
  return Math.floor((results[0]?.first ?? over) / QUARTERS_OF_DAY) * QUARTERS_OF_DAY;
}

/** Adds the rollups of clicks and conversions up by hours and UTC days once they are over, so that long reports read little. */
import { CLICK_ROLLUP, CONVERSION_ROLLUP, type Rollup } from "../core/metrics/rollups.ts";
import { QUARTER_MS } from "../core/metrics/time-zone.ts";

const QUARTERS_OF_DAY = 96;
/** What comes later than this is counted by triggers, one row at a time. */
const LATE_QUARTERS = 1;
/** A statement has 30 s: a busy day's quarter-hours take a part of one. */
const MAX_DAYS_AT_ONCE = 31;

type SpanUnit = "hour" | "day";

/** How one of the rollups is added up. */
interface Summing extends Pick<Rollup, "quarters" | "spans" | "keys" | "sums"> {
  /** Lets the primary key be read by time where it does not begin with it. */
  condition: string;
}

const CLICKS: Summing = { ...CLICK_ROLLUP, condition: "" };
const CONVERSIONS: Summing = {
  ...CONVERSION_ROLLUP,
  keys: ["clock", ...CONVERSION_ROLLUP.keys],
  condition: "clock IN ('received', 'clicked') AND",
};

const FIND = "SELECT unit, quarters, until FROM sealed_spans";
/** Whoever else seals at the same time has moved `until`, and then both statements do nothing. */
const AS_FOUND = "(SELECT until FROM sealed_spans WHERE unit = ?1) = ?2";
const SEAL = `UPDATE sealed_spans SET until = ?4 WHERE unit = ?1 AND ${AS_FOUND} AND ?3 < ?4`;

/** Seals what is over, as much as one run may take; after a gap of months the next runs go on. */
export async function sealSpans(env: { DB: D1Database; CLICKS: D1Database }, nowMs: number): Promise<void> {
  const over = Math.floor(nowMs / QUARTER_MS) - LATE_QUARTERS;
  await sealRollup(env.CLICKS, CLICKS, over);
  await sealRollup(env.DB, CONVERSIONS, over);
}

async function sealRollup(db: D1Database, rollup: Summing, over: number): Promise<void> {
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
    await db.batch([
      db.prepare(addUp(rollup, unit)).bind(unit, until, from, to, quarters),
      db.prepare(SEAL).bind(unit, until, from, to),
    ]);
  }
}

/** Hours are made of quarter-hours, days of hours. A number is bound as REAL, whose quotient is not whole. */
function addUp({ quarters, spans, condition, keys, sums }: Summing, unit: SpanUnit): string {
  const [table, time] = unit === "hour" ? [quarters, "quarter"] : [spans, "start"];
  const keyed = [...(unit === "hour" ? [] : ["unit = 'hour' AND"]), condition].join(" ");
  return `INSERT INTO ${spans} (unit, start, ${[...keys, ...sums].join(", ")})
    SELECT ?1, ${time} / CAST(?5 AS INTEGER) * CAST(?5 AS INTEGER) AS begins, ${keys.join(", ")}, ${sums.map((name) => `sum(${name})`).join(", ")}
    FROM ${table} WHERE ${keyed} ${time} >= ?3 AND ${time} < ?4 AND ${AS_FOUND} GROUP BY begins, ${keys.join(", ")}`;
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

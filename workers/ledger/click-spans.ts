/** Adds the rollup of clicks up by hours and UTC days once they are over, so that long reports read little. */

const QUARTER_MS = 900_000;
const QUARTERS_OF_DAY = 96;
/** What comes later than this is counted by a trigger, one row at a time. */
const LATE_QUARTERS = 1;
/** A statement has 30 s: a busy day's quarter-hours take a part of one. */
const MAX_DAYS_AT_ONCE = 31;

type Unit = "hour" | "day";

const FIND = "SELECT unit, quarters, until FROM sealed_spans";
const FIRST = "SELECT min(quarter) AS first FROM click_quarters";
/** Whoever else seals at the same time has moved `until`, and then both statements do nothing. */
const AS_FOUND = "(SELECT until FROM sealed_spans WHERE unit = ?1) = ?2";

const ADD_UP: Record<Unit, string> = {
  hour: addUp("click_quarters", "quarter"),
  day: addUp("click_spans", "start", "unit = 'hour' AND"),
};
const SEAL = `UPDATE sealed_spans SET until = ?3 WHERE unit = ?1 AND ${AS_FOUND}`;

function addUp(table: string, time: string, condition = ""): string {
  return `INSERT INTO click_spans
    SELECT ?1, ${time} / ?4 * ?4 AS start, link, offer, affiliate, advertiser, test, sum(clicks), sum(uniques), sum(bots)
    FROM ${table} WHERE ${condition} ${time} >= ?2 AND ${time} < ?3 AND ${AS_FOUND} GROUP BY 1, 2, 3, 4, 5, 6, 7`;
}

/** Seals what is over, as much as one run may take; after a gap of months the next runs go on. Gives up to where days are sealed, in Unix milliseconds. */
export async function sealClickSpans(env: { CLICKS: D1Database }, nowMs: number): Promise<number> {
  const over = Math.floor(nowMs / QUARTER_MS) - LATE_QUARTERS;
  await seal(env.CLICKS, "hour", over);
  const hoursUntil = (await sealedUntil(env.CLICKS, "hour")).until;
  await seal(env.CLICKS, "day", hoursUntil);
  return (await sealedUntil(env.CLICKS, "day")).until * QUARTER_MS;
}

/** Seals whole units that end at `over` or before, a day at a time. */
async function seal(db: D1Database, unit: Unit, over: number): Promise<void> {
  for (let days = 0; days < MAX_DAYS_AT_ONCE; days++) {
    const { until, quarters } = await sealedUntil(db, unit);
    const from = until === 0 ? await firstDay(db, over) : until;
    const to = Math.min(from + QUARTERS_OF_DAY, Math.floor(over / quarters) * quarters);
    if (to <= from) return;
    await db.batch([db.prepare(ADD_UP[unit]).bind(unit, until, to, quarters), db.prepare(SEAL).bind(unit, until, to)]);
  }
}

async function sealedUntil(db: D1Database, unit: Unit): Promise<{ until: number; quarters: number }> {
  const { results } = await db.prepare(FIND).all<{ unit: Unit; quarters: number; until: number }>();
  const found = results.find((row) => row.unit === unit);
  if (!found) throw new Error(`sealed_spans lacks ${unit}`);
  return found;
}

/** The day of the first click that was counted; where there is none, the one that is over. */
async function firstDay(db: D1Database, over: number): Promise<number> {
  const { results } = await db.prepare(FIRST).all<{ first: number | null }>();
  return Math.floor((results[0]?.first ?? over) / QUARTERS_OF_DAY) * QUARTERS_OF_DAY;
}

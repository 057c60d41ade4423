/**
 * Closes the postback log: what came in an hour that is over, or in less where much came, is added to the sums and put down in the lists of its owners. One transaction does
 * so and moves the end of closed time: wherever this dies each row is counted once, by a sum or by who reads it, and found once.
 */
import { OPEN_FROM, sumsOfRows } from "../core/metrics/postback-cells.ts";
import { HOUR_MS } from "../core/time-units.ts";
import { closableMs, listRows, MOST_OPEN_ROWS } from "./closed-time.ts";

/** Steps of one run, after a gap: the next runs go on. */
const MOST_STEPS = 20;

const MARKS = "SELECT until, listed FROM closed_postbacks";
/** Whoever else closes at the same time has moved it, and then all statements do nothing. */
const AS_COUNTED = "(SELECT until FROM closed_postbacks) = ?1";
const AS_LISTED = "(SELECT listed FROM closed_postbacks) = ?1";
const COUNT = `
  INSERT INTO postback_quarters ${sumsOfRows(OPEN_FROM, "?2", `AND ${AS_COUNTED}`)}
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks`;
const LIST = `
  ${listRows({ lists: "postback_lists", view: "listed_postbacks", id: "receipt", order: "received_at" }, AS_LISTED)}
  ON CONFLICT DO UPDATE SET ids = (
    SELECT json_group_array(id) FROM (SELECT value AS id FROM json_each(postback_lists.ids) UNION SELECT value FROM json_each(excluded.ids)))`;
const MOVE = `UPDATE closed_postbacks SET until = ?2, listed = ?2 WHERE ${AS_COUNTED} AND ${AS_LISTED}`;
const MOVE_LISTED = `UPDATE closed_postbacks SET listed = ?2 WHERE ${AS_LISTED}`;
/** The first one that is too many. */
const FIND = `
  SELECT received_at AS atMs FROM postbacks INDEXED BY postbacks_by_time
  WHERE received_at >= ?1 AND received_at < ?2 ORDER BY received_at, receipt LIMIT 1 OFFSET ${MOST_OPEN_ROWS}`;

/** Closes what may be closed, as much as one run may take. A log that is older than its lists is listed first. */
export async function closeLog({ LOG }: { LOG: D1Database }, nowMs: number): Promise<void> {
  const run = (statements: string[], fromMs: number, toMs: number) =>
    LOG.batch(statements.map((sql) => LOG.prepare(sql).bind(fromMs, toMs)));
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const { until, listed } = await marks(LOG);
    if (listed < until) {
      await run([LIST, MOVE_LISTED], listed, (await tooMany(LOG, listed, until)) ?? until);
      continue;
    }
    const nextMs = await nextEnd(LOG, until, closableMs(nowMs));
    if (nextMs === null) return;
    await run([COUNT, LIST, MOVE], until, nextMs);
  }
}

async function marks(log: D1Database): Promise<{ until: number; listed: number }> {
  const found = await log.prepare(MARKS).first<{ until: number; listed: number }>();
  if (!found) throw new Error("closed_postbacks has no row");
  return found;
}

/** Up to where the next step goes: as many postbacks as are closed at once, or all of the hours that are over; null where nothing is to be closed. */
async function nextEnd(log: D1Database, untilMs: number, mostMs: number): Promise<number | null> {
  const manyMs = await tooMany(log, untilMs, mostMs);
  if (manyMs !== null) return manyMs;
  const hourMs = Math.floor(mostMs / HOUR_MS) * HOUR_MS;
  return untilMs < hourMs ? hourMs : null;
}

/** Where as many postbacks as are closed at once end; null where there are not so many. */
async function tooMany(log: D1Database, fromMs: number, mostMs: number): Promise<number | null> {
  const manyMs = await log.prepare(FIND).bind(fromMs, mostMs).first<number>("atMs");
  // All of a millisecond, should so many have come in one.
  return manyMs === null ? null : Math.max(manyMs, fromMs + 1);
}

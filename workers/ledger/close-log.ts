/**
 * Closes the postback log: what came in an hour that is over, or in less where much came, is added to the sums and put down in the lists of its owners. One transaction does
 * so and moves the end of closed time: wherever this dies each row is counted once, by a sum or by who reads it, and found once.
 */
import { OPEN_FROM, sumsOfRows } from "../core/metrics/postback-cells.ts";
import { HOUR_MS } from "../core/time-units.ts";
import { closableMs, listRows, MOST_OPEN_ROWS } from "./closing.ts";

/** What one run closes after a gap: the next runs go on. */
const MOST_CLOSINGS = 20;

const UNTIL = "SELECT until FROM closed_postbacks";
/** Whoever else closes at the same time has moved it, and then all statements do nothing. */
const AS_FOUND = `(${UNTIL}) = ?1`;
const COUNT = `
  INSERT INTO postback_quarters ${sumsOfRows(OPEN_FROM, "?2", `AND ${AS_FOUND}`)}
  ON CONFLICT DO UPDATE SET postbacks = postbacks + excluded.postbacks`;
const LIST = `
  ${listRows({ lists: "postback_lists", view: "listed_postbacks", id: "receipt", order: "received_at" }, AS_FOUND)}
  ON CONFLICT DO UPDATE SET ids = (
    SELECT json_group_array(id) FROM (SELECT value AS id FROM json_each(postback_lists.ids) UNION SELECT value FROM json_each(excluded.ids)))`;
const MOVE = `UPDATE closed_postbacks SET until = ?2 WHERE ${AS_FOUND}`;
/** The first one that is too many. */
const FIND = `
  SELECT received_at AS atMs FROM postbacks INDEXED BY postbacks_by_time
  WHERE received_at >= ?1 AND received_at < ?2 ORDER BY received_at, receipt LIMIT 1 OFFSET ${MOST_OPEN_ROWS}`;

/** Closes what may be closed, as much as one run may take. */
export async function closeLog({ LOG }: { LOG: D1Database }, nowMs: number): Promise<void> {
  for (let closings = 0; closings < MOST_CLOSINGS; closings++) {
    const untilMs = (await LOG.prepare(UNTIL).first<number>("until")) ?? 0;
    const nextMs = await nextEnd(LOG, untilMs, closableMs(nowMs));
    if (nextMs === null) return;
    await LOG.batch([COUNT, LIST, MOVE].map((sql) => LOG.prepare(sql).bind(untilMs, nextMs)));
  }
}

/** Up to where the next closing goes: as many postbacks as are closed at once, or all of the hours that are over; null where nothing is to be closed. */
async function nextEnd(log: D1Database, untilMs: number, mostMs: number): Promise<number | null> {
  const manyMs = await log.prepare(FIND).bind(untilMs, mostMs).first<number>("atMs");
  // All of a millisecond, should so many have come in one.
  if (manyMs !== null) return Math.max(manyMs, untilMs + 1);
  const hourMs = Math.floor(mostMs / HOUR_MS) * HOUR_MS;
  return untilMs < hourMs ? hourMs : null;
}

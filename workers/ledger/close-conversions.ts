/** Closes the time of conversions: an hour that is over, or less where much came, is put down in the lists of their owners and of their clicks' hours. */
import { timeInId, timePrefix } from "../core/books/conversion-id.ts";
import { HOUR_MS } from "../core/time-units.ts";
import { closableMs, listRows, MOST_OPEN_ROWS } from "./closing.ts";

/** What one run closes after a gap: the next runs go on. */
const MOST_CLOSINGS = 20;

const UNTIL = "SELECT until FROM closed_conversions";
/** Whoever else closes at the same time has moved it, and then all statements do nothing. */
const AS_FOUND = `(${UNTIL}) = ?1`;
const LIST = listRows(
  { lists: "conversion_lists", view: "listed_conversions", id: "conversion_id", order: "conversion_id" },
  AS_FOUND,
);
const MOVE = `UPDATE closed_conversions SET until = ?2 WHERE ${AS_FOUND}`;
/** The first one that is too many. */
const FIND = `
  SELECT conversion_id FROM conversions WHERE conversion_id >= ?1 AND conversion_id < ?2 ORDER BY conversion_id LIMIT 1 OFFSET ${MOST_OPEN_ROWS}`;

/** Closes what may be closed, as much as one run may take. */
export async function closeConversions({ DB }: { DB: D1Database }, nowMs: number): Promise<void> {
  for (let closings = 0; closings < MOST_CLOSINGS; closings++) {
    const until = (await DB.prepare(UNTIL).first<string>("until")) ?? "";
    const next = await nextEnd(DB, until, closableMs(nowMs));
    if (next === null) return;
    await DB.batch([DB.prepare(LIST).bind(until, next), DB.prepare(MOVE).bind(until, next)]);
  }
}

/** Up to where the next closing goes: as many conversions as are closed at once, or all of the hours that are over; null where nothing is to be closed. */
async function nextEnd(db: D1Database, until: string, mostMs: number): Promise<string | null> {
  const most = timePrefix(Math.max(0, mostMs));
  if (until >= most) return null;
  const many = await db.prepare(FIND).bind(until, most).first<string>("conversion_id");
  if (many !== null) return many;
  const hourMs = Math.floor(mostMs / HOUR_MS) * HOUR_MS;
  return timeInId(until) < hourMs ? timePrefix(hourMs) : null;
}

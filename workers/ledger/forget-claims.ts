/** Claims that are decided lie in the books as long as the postback log tells of them; what is open as long as it is heard. */
import { CLAIMS_HEARD_MS, POSTBACKS_KEPT_MS } from "../core/retention.ts";

/** A run deletes so many of each at most, the oldest first; the next one goes on. */
const MOST_AT_ONCE = 10_000;

const forget = (index: string, states: string) => `
  DELETE FROM claims WHERE receipt IN (
    SELECT receipt FROM claims INDEXED BY ${index} WHERE ${states} AND received_at < ? ORDER BY received_at, receipt LIMIT ${MOST_AT_ONCE}
  )`;
const FORGET_DECIDED = forget("claims_decided", "state <> 'open'");
const FORGET_OPEN = forget("claims_open", "state = 'open'");

/**
 * Deletes rows of decided claims that are past the postback log's retention, and of open ones that nobody hears any more, and gives how many. What the advertiser's
 * object knows of them stays as it is, until it has forgotten them too; a row that a late word writes anew is deleted again.
 */
export async function forgetClaims({ DB }: { DB: D1Database }, nowMs: number): Promise<number> {
  const answers = await DB.batch([
    DB.prepare(FORGET_DECIDED).bind(nowMs - POSTBACKS_KEPT_MS),
    DB.prepare(FORGET_OPEN).bind(nowMs - CLAIMS_HEARD_MS),
  ]);
  return answers.reduce((sum, { meta }) => sum + meta.changes, 0);
}

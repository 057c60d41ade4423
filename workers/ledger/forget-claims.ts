/** Claims that are decided lie in the books as long as the postback log tells of them; what is open stays until it is decided. */
import { POSTBACKS_KEPT_MS } from "../core/retention.ts";

/** A run deletes so many at most, the oldest first; the next one goes on. */
const MOST_AT_ONCE = 10_000;

const FORGET = `
  DELETE FROM claims WHERE receipt IN (
    SELECT receipt FROM claims INDEXED BY claims_decided WHERE state <> 'open' AND received_at < ? ORDER BY received_at, receipt LIMIT ${MOST_AT_ONCE}
  )`;

/**
 * Deletes rows of decided claims that are past the postback log's retention, and gives how many. The advertiser's object knows them still: what became of
 * anything stays as it is, and a row that a late word writes anew is deleted again.
 */
export async function forgetClaims({ DB }: { DB: D1Database }, nowMs: number): Promise<number> {
  const { meta } = await DB.prepare(FORGET)
    .bind(nowMs - POSTBACKS_KEPT_MS)
    .run();
  return meta.changes;
}

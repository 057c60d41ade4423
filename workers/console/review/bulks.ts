/**
 * One decision on many conversions, after they were counted and written down: it is carried out on exactly those, as far as it changes them still; whoever came later is none of
 * them. Each is a word like any other, of a receipt that the bulk's number names, so that what broke off is gone on with and nothing is said twice; and all of them are taken back
 * likewise.
 */
import { drizzle } from "drizzle-orm/d1";
import { type Result, refuse } from "../../core/result.ts";
import { HOUR_MS, MINUTE_MS } from "../../core/time-units.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { BULKS, type BulkRow, type BulkView, choose, findBulk, markPart, partsOf, readBulk } from "./bulk-store.ts";
import { wordsOf } from "./bulk-words.ts";

/** What was counted longer ago is counted anew: nobody decides on a list of yesterday. */
const COUNTED_FOR_MS = HOUR_MS;

/** Carries the bulk out, or goes on with it. It is logged once, before its first word is sent. */
export async function runBulk(env: Env, key: string, change: ChangeStamp): Promise<Result<BulkView, Problem>> {
  const found = await findBulk(env, key);
  if (!found.ok) return found;
  const bulk = found.value;
  if (bulk.undone_at !== null) return refuse(invalid("#", "It is taken back: count anew."));
  if (bulk.ran_at === null && change.atMs - bulk.counted_at > COUNTED_FOR_MS)
    return refuse(invalid("#", "It was counted more than an hour ago: count anew."));
  if (bulk.ran_at === null) {
    const db = drizzle(env.DB);
    await logChange(db, change, { action: "run", kind: "bulk", subject: key, before: null, after: deedOf(bulk) });
    await env.DB.prepare("UPDATE review_bulks SET ran_at = ? WHERE number = ? AND ran_at IS NULL")
      .bind(change.atMs, bulk.number)
      .run();
  }
  return (await sendParts(env, bulk, change.atMs)) ? readBulk(env, key) : refuse(BROKEN_OFF);
}

/** What carrying a bulk out takes. */
export type BulkEnv = Pick<Env, "DB" | "POSTBACKS" | "ADVERTISER_KEYS">;

/** Its parts that are not sent yet; false where the queue does not take one. */
async function sendParts(env: BulkEnv, bulk: BulkRow, nowMs: number): Promise<boolean> {
  const words = await wordsOf(env, bulk);
  for (const part of await partsOf(env, bulk.number, "sent_at IS NULL")) {
    const chosen = part.chosen ?? (await choose(env, bulk, part, nowMs));
    const atMs = part.chosen_at ?? nowMs;
    const messages = chosen.map((one) => words.decide(one, atMs));
    if (messages.length > 0 && !(await trySend(env.POSTBACKS, messages))) return false;
    await markPart(env, { bulk: bulk.number, part: part.part }, "sent_at", nowMs);
  }
  return true;
}

/** Takes all of the bulk's decisions back, or goes on with that; what was not sent yet never is. */
export async function undoBulk(env: Env, key: string, change: ChangeStamp): Promise<Result<BulkView, Problem>> {
  const found = await findBulk(env, key);
  if (!found.ok) return found;
  const bulk = found.value;
  if (bulk.ran_at === null) return refuse(invalid("#", "It was not carried out."));
  if (bulk.undone_at === null) {
    const db = drizzle(env.DB);
    await logChange(db, change, { action: "undo", kind: "bulk", subject: key, before: deedOf(bulk), after: null });
    await env.DB.prepare("UPDATE review_bulks SET undone_at = ? WHERE number = ? AND undone_at IS NULL")
      .bind(change.atMs, bulk.number)
      .run();
  }
  return (await recallParts(env, bulk, change.by.name, change.atMs)) ? readBulk(env, key) : refuse(BROKEN_OFF);
}

/** Its parts that are not taken back yet; false where the queue does not take one. */
async function recallParts(env: BulkEnv, bulk: BulkRow, by: string, nowMs: number): Promise<boolean> {
  const words = await wordsOf(env, bulk);
  for (const part of await partsOf(env, bulk.number, "chosen IS NOT NULL AND undone_at IS NULL")) {
    // Later than the word, and the same whenever it is sent again.
    const atMs = Math.max(bulk.undone_at ?? nowMs, (part.chosen_at ?? 0) + 1);
    const messages = (part.chosen ?? []).map((one) => words.takeBack(one, atMs, by));
    if (messages.length > 0 && !(await trySend(env.POSTBACKS, messages))) return false;
    await markPart(env, { bulk: bulk.number, part: part.part }, "undone_at", nowMs);
  }
  return true;
}

/** Whoever carries one out has this long before it counts as broken off. */
const UNDER_WAY_MS = 2 * MINUTE_MS;
const RESUMED_AT_ONCE = 5;

/** Goes on with bulks that broke off, or their taking back, where whoever ordered it does not: says how many. Each has been logged, as the deed of who ordered it. */
export async function resumeBulks(env: BulkEnv, nowMs: number): Promise<number> {
  const { results } = await env.DB.prepare(
    `SELECT * FROM (${BULKS} WHERE coalesce(b.undone_at, b.ran_at) < ?) WHERE iif(undone_at IS NULL, unsent, unrecalled) > 0 ORDER BY number LIMIT ${RESUMED_AT_ONCE}`,
  )
    .bind(nowMs - UNDER_WAY_MS)
    .all<BulkRow>();
  for (const bulk of results) {
    const isTaken =
      bulk.undone_at === null
        ? await sendParts(env, bulk, nowMs)
        : await recallParts(env, bulk, (await undoneBy(env, bulk.number)) ?? bulk.actor, nowMs);
    if (!isTaken) console.error({ event: "bulk_not_resumed", bulk: bulk.number });
  }
  return results.length;
}

/** Who ordered that it be taken back, which the audit log has. */
function undoneBy({ DB }: BulkEnv, bulk: number): Promise<string | null> {
  const query =
    "SELECT actor FROM audit WHERE kind = 'bulk' AND subject = ? AND action = 'undo' ORDER BY number LIMIT 1";
  return DB.prepare(query).bind(String(bulk)).first<string>("actor");
}

const BROKEN_OFF: Problem = {
  name: "try_again",
  detail: "Not all of it could be queued: send it again, and it goes on where it broke off.",
};

function deedOf({ decision, among, reason, note, asked, count, sums }: BulkRow) {
  return { decision, among, reason, note, asked: JSON.parse(asked), count, sums: JSON.parse(sums) };
}

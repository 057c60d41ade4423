/**
 * One decision on many held conversions. First they are counted, and written down with what they are worth: that is the bulk. Then it is carried out on exactly those, as far as
 * they are held still; whoever came later is none of them. Each is a word like any other, of a receipt that the bulk's number names, so that what broke off is gone on with and
 * nothing is said twice; and all of them are taken back likewise.
 */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { PostbackMessage } from "../../../schema/messages.ts";
import { BULK_DECISIONS, type BulkConversion, type BulkSum } from "../../../schema/tables.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { formatInstant } from "../../core/instant.ts";
import { nameOfMessage, writeReceipt } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { HOUR_MS, MINUTE_MS } from "../../core/time-units.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import { decisionWhy } from "../conversions/corrections.ts";
import { DECISIONS } from "../conversions/decisions.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { refuseReason } from "../reasons/store.ts";
import { whereOf } from "../tables/sql-condition.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { FROM_HELD, type HeldFilters, heldConditions, heldFilters, heldSum, MOST_AT_ONCE, sumOf } from "./held-list.ts";

/** As a queue takes them at once. */
const PART = 100;
/** What was counted longer ago is counted anew: nobody decides on a list of yesterday. */
const COUNTED_FOR_MS = HOUR_MS;

/** The filter, and what is decided on all that fits it now; or on exactly these of it. */
export const newBulk = fields({
  ...heldFilters,
  conversions: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(MOST_AT_ONCE))),
  decision: v.picklist(BULK_DECISIONS),
  reason: v.exactOptional(v.string()),
  note: v.exactOptional(decisionWhy),
});
export type NewBulk = v.InferOutput<typeof newBulk>;

export const bulkAnswer = v.object({
  bulk: v.number(),
  decision: v.picklist(BULK_DECISIONS),
  reason: v.nullable(v.string()),
  note: v.string(),
  asked: v.record(v.string(), v.string()),
  /** As many were counted; so many of them were decided, and so many passed over, since they were not held any more. */
  count: v.number(),
  decided: v.number(),
  passed_over: v.number(),
  sums: v.array(heldSum),
  by: v.string(),
  counted_at: v.string(),
  ran_at: v.nullable(v.string()),
  undone_at: v.nullable(v.string()),
  /** Of its parts so many are not sent yet, or not taken back yet where it is undone. */
  left: v.number(),
});
export type BulkView = v.InferOutput<typeof bulkAnswer>;

/** Counts what fits, writes down who is meant, and says what it is worth. Nothing is decided by that. */
export async function countBulk(env: Env, input: NewBulk, change: ChangeStamp): Promise<Result<BulkView, Problem>> {
  const { decision, reason: given, note = "", conversions: only, ...filters } = input;
  const reason = decision === "reject" && given ? given : null;
  const wrong = await refuseReason(env, reason ?? undefined);
  if (wrong) return refuse(wrong);
  const found = await meantBy(env, filters, only, change);
  if (!found.ok) return found;
  const { rows, sums } = found.value;
  if (rows.length === 0) return refuse(invalid("#", "Nothing that is held fits."));
  if (rows.length > MOST_AT_ONCE)
    return refuse(invalid("#", `More than ${MOST_AT_ONCE} fit: narrow the filter, or decide them in several bulks.`));
  const parts = Array.from({ length: Math.ceil(rows.length / PART) }, (_, part) =>
    rows.slice(part * PART, (part + 1) * PART),
  );
  const asked = Object.fromEntries(
    Object.entries({ ...filters, ...(only ? { chosen: `${only.length} by hand` } : {}) }).map(([name, value]) => [
      name,
      String(value),
    ]),
  );
  const made = await env.DB.prepare(
    `INSERT INTO review_bulks (decision, reason, note, asked, count, sums, actor, counted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
  )
    .bind(
      decision,
      reason,
      note || "reviewed",
      JSON.stringify(asked),
      rows.length,
      JSON.stringify(sums),
      change.by.name,
      change.atMs,
    )
    .first<number>("number");
  if (made === null) throw new Error("SQLite returned no row");
  // A part is a statement: a text of more than 100 KB would be too long for one.
  await env.DB.batch(
    parts.map((part, number) =>
      env.DB.prepare("INSERT INTO review_bulk_parts (bulk, part, conversions) VALUES (?, ?, ?)").bind(
        made,
        number,
        JSON.stringify(part),
      ),
    ),
  );
  return readBulk(env, String(made));
}

interface Meant {
  rows: BulkConversion[];
  sums: BulkSum[];
}

async function meantBy(
  env: Env,
  filters: HeldFilters,
  only: readonly string[] | undefined,
  { by }: ChangeStamp,
): Promise<Result<Meant, Problem>> {
  const conditions = await heldConditions(env, by, filters);
  if (!conditions.ok) return conditions;
  const among = only
    ? [{ sql: "c.conversion_id IN (SELECT value FROM json_each(?))", values: [JSON.stringify(only)] }]
    : [];
  const where = whereOf([...conditions.value, ...among]);
  const { results } = await env.DB.withSession("first-primary")
    .prepare(
      `SELECT c.advertiser, c.conversion_id, c.currency, CAST(c.amount AS TEXT) AS amount, CAST(c.payout AS TEXT) AS payout
       FROM ${FROM_HELD} ${where.sql} ORDER BY c.conversion_id LIMIT ?`,
    )
    .bind(...where.values, MOST_AT_ONCE + 1)
    .all<{ advertiser: number; conversion_id: string; currency: string; amount: string; payout: string }>();
  return accept({
    rows: results.map(({ advertiser, conversion_id }): BulkConversion => [advertiser, conversion_id]),
    sums: [...Map.groupBy(results, ({ currency }) => currency)].map(([currency, rows]) => sumOf(currency, rows)),
  });
}

interface BulkRow {
  number: number;
  decision: BulkView["decision"];
  reason: string | null;
  note: string;
  asked: string;
  count: number;
  sums: string;
  actor: string;
  counted_at: number;
  ran_at: number | null;
  undone_at: number | null;
  decided: number;
  sent: number;
  unsent: number;
  unrecalled: number;
}

const BULKS = `
  SELECT b.*,
    (SELECT coalesce(sum(json_array_length(p.chosen)), 0) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.sent_at IS NOT NULL) AS decided,
    (SELECT coalesce(sum(json_array_length(p.conversions)), 0) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.sent_at IS NOT NULL) AS sent,
    (SELECT count(*) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.sent_at IS NULL) AS unsent,
    (SELECT count(*) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.chosen IS NOT NULL AND p.undone_at IS NULL) AS unrecalled
  FROM review_bulks b`;
const MOST_LISTED = 50;

/** The last bulks, newest first. */
export async function listBulks(env: Env): Promise<{ items: BulkView[] }> {
  const { results } = await env.DB.withSession("first-primary")
    .prepare(`${BULKS} ORDER BY b.number DESC LIMIT ${MOST_LISTED}`)
    .all<BulkRow>();
  return { items: results.map(viewOf) };
}

export async function readBulk(env: Env, key: string): Promise<Result<BulkView, Problem>> {
  const found = await findBulk(env, key);
  return found.ok ? accept(viewOf(found.value)) : found;
}

async function findBulk(env: Env, key: string): Promise<Result<BulkRow, Problem>> {
  const row = /^\d{1,10}$/.test(key)
    ? await env.DB.withSession("first-primary")
        .prepare(`${BULKS} WHERE b.number = ?`)
        .bind(Number(key))
        .first<BulkRow>()
    : null;
  return row ? accept(row) : refuse(notFound("bulk", key));
}

function viewOf(row: BulkRow): BulkView {
  const timeOf = (atMs: number | null) => (atMs === null ? null : formatInstant(atMs));
  return {
    bulk: row.number,
    decision: row.decision,
    reason: row.reason,
    note: row.note,
    asked: JSON.parse(row.asked),
    count: row.count,
    decided: row.decided,
    passed_over: row.sent - row.decided,
    sums: JSON.parse(row.sums),
    by: row.actor,
    counted_at: formatInstant(row.counted_at),
    ran_at: timeOf(row.ran_at),
    undone_at: timeOf(row.undone_at),
    left: row.undone_at === null ? row.unsent : row.unrecalled,
  };
}

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
    const chosen = part.chosen ?? (await choose(env, bulk.number, part, nowMs));
    const atMs = part.chosen_at ?? nowMs;
    const messages = chosen.map((one) => words.decide(one, atMs));
    if (messages.length > 0 && !(await trySend(env.POSTBACKS, messages))) return false;
    await mark(env, bulk.number, part.part, "sent_at", nowMs);
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
    await mark(env, bulk.number, part.part, "undone_at", nowMs);
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

function deedOf({ decision, reason, note, asked, count, sums }: BulkRow) {
  return { decision, reason, note, asked: JSON.parse(asked), count, sums: JSON.parse(sums) };
}

interface PartRow {
  part: number;
  conversions: BulkConversion[];
  chosen: BulkConversion[] | null;
  chosen_at: number | null;
}

async function partsOf(env: BulkEnv, bulk: number, condition: string): Promise<PartRow[]> {
  const { results } = await env.DB.withSession("first-primary")
    .prepare(
      `SELECT part, conversions, chosen, chosen_at FROM review_bulk_parts WHERE bulk = ? AND ${condition} ORDER BY part`,
    )
    .bind(bulk)
    .all<{ part: number; conversions: string; chosen: string | null; chosen_at: number | null }>();
  return results.map(({ conversions, chosen, ...rest }) => ({
    ...rest,
    conversions: JSON.parse(conversions),
    chosen: chosen === null ? null : JSON.parse(chosen),
  }));
}

/** Those of a part that are held still; written down before anything is sent, so that going on means the same. */
async function choose(
  env: BulkEnv,
  bulk: number,
  { part, conversions }: PartRow,
  atMs: number,
): Promise<BulkConversion[]> {
  const ids = conversions.map(([, id]) => id);
  const { results } = await env.DB.withSession("first-primary")
    .prepare(
      "SELECT c.conversion_id AS id FROM json_each(?) k CROSS JOIN conversions c ON c.conversion_id = k.value AND c.hold = 'held'",
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string }>();
  const held = new Set(results.map(({ id }) => id));
  const chosen = conversions.filter(([, id]) => held.has(id));
  const written = await env.DB.prepare(
    "UPDATE review_bulk_parts SET chosen = ?, chosen_at = ? WHERE bulk = ? AND part = ? AND chosen IS NULL RETURNING chosen",
  )
    .bind(JSON.stringify(chosen), atMs, bulk, part)
    .first<string>("chosen");
  if (written !== null) return chosen;
  // Somebody else goes on with it at this moment: theirs counts.
  const [theirs] = (await partsOf(env, bulk, "chosen IS NOT NULL")).filter((one) => one.part === part);
  return theirs?.chosen ?? [];
}

async function mark(env: BulkEnv, bulk: number, part: number, column: "sent_at" | "undone_at", atMs: number) {
  await env.DB.prepare(`UPDATE review_bulk_parts SET ${column} = ? WHERE bulk = ? AND part = ?`)
    .bind(atMs, bulk, part)
    .run();
}

/** The words of a bulk: of each conversion the decision, and what takes it back, by receipts that bulk and conversion name. */
async function wordsOf(env: BulkEnv, { number, decision, reason, note, actor }: BulkRow) {
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  if (!key) throw new Error("the key ring has no keys");
  const receiptOf = ([advertiser, id]: BulkConversion, word: string) =>
    writeReceipt(key, advertiser, nameOfMessage(key, advertiser, ["bulk", String(number), word, id]));
  const message = (one: BulkConversion, word: string, receivedAtMs: number) => ({
    kind: "postback" as const,
    receipt: receiptOf(one, word),
    named: true as const,
    advertiser: one[0],
    receivedAtMs,
    channel: "console" as const,
  });
  const says = DECISIONS[decision].says;
  return {
    decide: (one: BulkConversion, atMs: number): PostbackMessage => ({
      ...message(one, "decide", atMs),
      content: "status" in says ? { status: says.status } : {},
      correction: {
        by: actor,
        note: `${note} (bulk ${number})`,
        conversion: one[1],
        ...("act" in says ? { act: says.act } : {}),
        ...(reason === null ? {} : { reason }),
      },
    }),
    takeBack: (one: BulkConversion, atMs: number, by: string): PostbackMessage => ({
      ...message(one, "undo", atMs),
      content: {},
      correction: {
        by,
        note: `undone (bulk ${number})`,
        conversion: one[1],
        act: "undo",
        undoes: receiptOf(one, "decide"),
      },
    }),
  };
}

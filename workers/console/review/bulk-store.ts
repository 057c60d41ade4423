/** Decisions on many as they are kept: who was counted, part by part, what it is worth, and how far each part is. */
import * as v from "valibot";
import {
  BULK_DECISIONS,
  BULKS_AMONG,
  type BulkConversion,
  type BulkSum,
  type BulkUnchanged,
} from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { CANDIDATE_SQL, type Candidate, whyNot } from "./bulk-candidates.ts";
import { heldSum } from "./held-list.ts";

/** As a queue takes them at once. */
const PART = 100;
const MOST_LISTED = 50;

export const bulkAnswer = v.object({
  bulk: v.number(),
  decision: v.picklist(BULK_DECISIONS),
  reason: v.nullable(v.string()),
  note: v.string(),
  asked: v.record(v.string(), v.string()),
  /** As many it would change when they were counted; so many of them were decided, and so many passed over, since it would change them no longer. */
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
  /** Those alone that are held, or any. */
  among: v.picklist(BULKS_AMONG),
  /** What fitted and it would not change, by why. */
  unchanged: v.array(v.object({ why: v.string(), ...heldSum.entries })),
});
export type BulkView = v.InferOutput<typeof bulkAnswer>;

export interface BulkRow {
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
  among: BulkView["among"];
  unchanged: string;
  decided: number;
  sent: number;
  unsent: number;
  unrecalled: number;
}

/** What is written down of a bulk before anything is decided. */
export interface CountedBulk {
  decision: BulkView["decision"];
  among: BulkView["among"];
  reason: string | null;
  note: string;
  asked: Record<string, string>;
  conversions: readonly BulkConversion[];
  sums: readonly BulkSum[];
  unchanged: readonly BulkUnchanged[];
}

/** Bulks with how far they are. */
export const BULKS = `
  SELECT b.*,
    (SELECT coalesce(sum(json_array_length(p.chosen)), 0) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.sent_at IS NOT NULL) AS decided,
    (SELECT coalesce(sum(json_array_length(p.conversions)), 0) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.sent_at IS NOT NULL) AS sent,
    (SELECT count(*) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.sent_at IS NULL) AS unsent,
    (SELECT count(*) FROM review_bulk_parts p WHERE p.bulk = b.number AND p.chosen IS NOT NULL AND p.undone_at IS NULL) AS unrecalled
  FROM review_bulks b`;

/** Writes down who was counted; gives the bulk's number. */
export async function writeBulk(
  { DB }: Pick<Env, "DB">,
  bulk: CountedBulk,
  { by, atMs }: ChangeStamp,
): Promise<number> {
  const { conversions } = bulk;
  const parts = Array.from({ length: Math.ceil(conversions.length / PART) }, (_, part) =>
    conversions.slice(part * PART, (part + 1) * PART),
  );
  const made = await DB.prepare(
    `INSERT INTO review_bulks (decision, reason, note, asked, count, sums, actor, counted_at, among, unchanged)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
  )
    .bind(
      bulk.decision,
      bulk.reason,
      bulk.note,
      JSON.stringify(bulk.asked),
      conversions.length,
      JSON.stringify(bulk.sums),
      by.name,
      atMs,
      bulk.among,
      JSON.stringify(bulk.unchanged),
    )
    .first<number>("number");
  if (made === null) throw new Error("SQLite returned no row");
  // A part is a statement: a text of more than 100 KB would be too long for one.
  await DB.batch(
    parts.map((part, number) =>
      DB.prepare("INSERT INTO review_bulk_parts (bulk, part, conversions) VALUES (?, ?, ?)").bind(
        made,
        number,
        JSON.stringify(part),
      ),
    ),
  );
  return made;
}

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

export async function findBulk(env: Env, key: string): Promise<Result<BulkRow, Problem>> {
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
    among: row.among,
    unchanged: JSON.parse(row.unchanged),
  };
}

export interface PartRow {
  part: number;
  conversions: BulkConversion[];
  chosen: BulkConversion[] | null;
  chosen_at: number | null;
}

export async function partsOf({ DB }: Pick<Env, "DB">, bulk: number, condition: string): Promise<PartRow[]> {
  const { results } = await DB.withSession("first-primary")
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

/** Those of a part that the decision changes still; written down before anything is sent, so that going on means the same. */
export async function choose(
  env: Pick<Env, "DB">,
  { number, decision, among }: BulkRow,
  { part, conversions }: PartRow,
  atMs: number,
): Promise<BulkConversion[]> {
  const ids = conversions.map(([, id]) => id);
  const { results } = await env.DB.withSession("first-primary")
    .prepare(`SELECT ${CANDIDATE_SQL} FROM json_each(?) AS k CROSS JOIN conversions AS c ON c.conversion_id = k.value`)
    .bind(JSON.stringify(ids))
    .all<Candidate>();
  const changed = new Set(
    results.filter((one) => whyNot(one, decision, among) === null).map(({ conversion_id }) => conversion_id),
  );
  const chosen = conversions.filter(([, id]) => changed.has(id));
  const written = await env.DB.prepare(
    "UPDATE review_bulk_parts SET chosen = ?, chosen_at = ? WHERE bulk = ? AND part = ? AND chosen IS NULL RETURNING chosen",
  )
    .bind(JSON.stringify(chosen), atMs, number, part)
    .first<string>("chosen");
  if (written !== null) return chosen;
  // Somebody else goes on with it at this moment: theirs counts.
  const [theirs] = (await partsOf(env, number, "chosen IS NOT NULL")).filter((one) => one.part === part);
  return theirs?.chosen ?? [];
}

export async function markPart(
  { DB }: Pick<Env, "DB">,
  { bulk, part }: { bulk: number; part: number },
  column: "sent_at" | "undone_at",
  atMs: number,
): Promise<void> {
  await DB.prepare(`UPDATE review_bulk_parts SET ${column} = ? WHERE bulk = ? AND part = ?`)
    .bind(atMs, bulk, part)
    .run();
}

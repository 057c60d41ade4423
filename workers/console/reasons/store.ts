/** The operators' list of reasons: how it is kept, and which one a rejection may name. */
import { and, eq, sql } from "drizzle-orm";
import { reviewReasons } from "../../../schema/tables.ts";
import { accept, type Result } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns } from "../set-up/field-values.ts";
import { lifeOf } from "../set-up/life.ts";
import { stampedNow } from "../set-up/stamps.ts";
import type { Caller } from "../web/caller.ts";
import { invalid, type Problem } from "../web/problem.ts";
import {
  type NewReason,
  type ReasonChange,
  type ReasonView,
  reasonFields,
  reasonView,
  type ShownReason,
  type StoredReason,
} from "./fields.ts";

const life = lifeOf({
  kind: "reason",
  one: "a reason",
  table: reviewReasons,
  fields: reasonFields,
  view: (reason: ShownReason, viewer: Viewer) => reasonView(reason, viewer),
  async find(db, caller, conditions, page): Promise<StoredReason[]> {
    const rows = await db
      .select()
      .from(reviewReasons)
      .where(and(visibleTo(caller), ...conditions))
      .orderBy(...page.order)
      .limit(page.limit);
    return rows.map((row) => ({ row }));
  },
  insert: (db, row: ShownReason["row"]) => db.insert(reviewReasons).values(row).returning(),
  update: (db, number, columns) => db.update(reviewReasons).set(columns).where(eq(reviewReasons.number, number)),
});

export const findReason = life.find;
export const readReason = life.read;
export const listReasons = life.list;

export async function createReason(
  env: Env,
  input: NewReason,
  change: ChangeStamp,
): Promise<Result<ReasonView, Problem>> {
  const row = { ...newColumns(reasonFields, input), ...stampedNow(change.atMs) };
  const created = await life.create(env, { row }, input, change);
  return created.ok ? accept(created.value.view) : created;
}

export async function changeReason(
  env: Env,
  key: string,
  input: ReasonChange,
  change: ChangeStamp,
): Promise<Result<ReasonView, Problem>> {
  const changed = await life.change(env, key, input, change);
  return changed.ok ? accept(changed.value.view) : changed;
}

/** Others read a reason with the conversion that was rejected for it. */
function visibleTo({ scope }: Caller) {
  return scope === "everything" ? undefined : sql`false`;
}

/** Why a rejection may not name this reason; null where it may, or names none. */
export async function refuseReason(env: Env, slug: string | undefined): Promise<Problem | null> {
  if (slug === undefined) return null;
  const found = await env.DB.prepare("SELECT status FROM review_reasons WHERE slug = ?").bind(slug).first("status");
  if (found === "active") return null;
  const detail = found === null ? `There is no reason "${slug}": create it first.` : `The reason "${slug}" has ended.`;
  return invalid("#/reason", detail);
}

const MOST_ACTIVE = 100;

/** Those that a rejection may name, to whoever may reject. */
export async function activeReasons(env: Env, caller: Caller): Promise<ReasonView[]> {
  return (await listReasons(env, caller, { status: "active", limit: MOST_ACTIVE })).items;
}

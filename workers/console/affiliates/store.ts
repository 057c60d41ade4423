/** Affiliates: who sends the clicks and is paid for what comes of them. */
import { and, eq } from "drizzle-orm";
import { affiliates } from "../../../schema/tables.ts";
import { accept, type Result } from "../../core/result.ts";
import { ALL_BUT_ADVERTISERS } from "../../core/roles.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns, type ValueFields } from "../set-up/field-values.ts";
import { lifeOf } from "../set-up/life.ts";
import type { ListKind } from "../set-up/list-kind.ts";
import { stampedNow } from "../set-up/stamps.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import {
  type AffiliateChange,
  type AffiliateView,
  affiliateChange,
  affiliateFields,
  affiliateView,
  type NewAffiliate,
  newAffiliate,
  type ShownAffiliate,
  type StoredAffiliate,
} from "./fields.ts";

const life = lifeOf({
  kind: "affiliate",
  one: "an affiliate",
  table: affiliates,
  fields: affiliateFields,
  view: (affiliate: ShownAffiliate, viewer: Viewer) => affiliateView(affiliate, viewer),
  async find(db, caller, conditions, page): Promise<StoredAffiliate[]> {
    const rows = await db
      .select()
      .from(affiliates)
      .where(and(visibleTo(caller), ...conditions))
      .orderBy(...page.order)
      .limit(page.limit);
    return rows.map((row) => ({ row }));
  },
  insert: (db, row: ShownAffiliate["row"]) => db.insert(affiliates).values(row).returning(),
  update: (db, number, columns) => db.update(affiliates).set(columns).where(eq(affiliates.number, number)),
});

/** The affiliate, when the caller may see it. */
export const findAffiliate = life.find;
export const readAffiliate = life.read;
export const listAffiliates = life.list;

export async function createAffiliate(
  env: Env,
  input: NewAffiliate,
  change: ChangeStamp,
): Promise<Result<AffiliateView, Problem>> {
  const made = makeAffiliate(input, change.atMs);
  const created = await life.create(env, made, input, change);
  return created.ok ? accept(affiliateView(made, { env, role: change.by.role })) : created;
}

function makeAffiliate(input: NewAffiliate, atMs: number): ShownAffiliate {
  const unsealed = { bankDetails: null, bankHint: null, bankChangedAtMs: null, bankChangedBy: null, bankMark: null };
  return { row: { ...newColumns(affiliateFields, input), ...unsealed, ...stampedNow(atMs) } };
}

/** Affiliates as whole lists go out and come in. */
export const affiliateLists: ListKind<ShownAffiliate, StoredAffiliate, NewAffiliate> = {
  kind: "affiliate",
  one: "an affiliate",
  many: "affiliates",
  roles: ALL_BUT_ADVERTISERS,
  table: affiliates,
  fields: affiliateFields as ValueFields,
  besides: [],
  newOne: newAffiliate,
  change: affiliateChange,
  named: life.named,
  view: life.auditView,
  page: life.list,
  make: async (_, inputs, atMs) => inputs.map((input) => accept(makeAffiliate(input, atMs))),
};

/** Changes what is given, and publishes the affiliate's links where the edge knows of it. */
export async function changeAffiliate(
  env: Env,
  key: string,
  input: AffiliateChange,
  change: ChangeStamp,
): Promise<Result<AffiliateView, Problem>> {
  const changed = await life.change(env, key, input, change);
  if (!changed.ok) return changed;
  const { before, after } = changed.value;
  if (before.row.status !== after.row.status || before.row.test !== after.row.test)
    await publishLinks(env, { affiliate: after.row.number });
  // Whoever changes it sees no more of it than who reads it.
  return accept(affiliateView(after, { env, role: change.by.role }));
}

/** Advertisers see no affiliate; an affiliate sees itself. */
export function visibleTo(caller: Caller) {
  if (caller.scope === "everything") return undefined;
  return eq(affiliates.number, "affiliate" in caller.scope ? caller.scope.affiliate : 0);
}

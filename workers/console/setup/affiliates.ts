/** Affiliates: who sends the clicks and is paid for what comes of them. */
import { and, asc, eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { affiliates } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Caller } from "../caller.ts";
import { flag, name, setupStatus, slug } from "../fields.ts";
import type { Env } from "../index.ts";
import { fields, parameters } from "../input.ts";
import { fixedAfterCreation, notFound, type Problem, taken } from "../problem.ts";
import { type Change, FIXED_FIELD, movedFields } from "./change.ts";
import { PAGE_PARAMETERS, type Page, pageOf, rowsToRead } from "./listing.ts";
import { publishLinks } from "./publish.ts";

const settings = { status: v.exactOptional(setupStatus), test: v.exactOptional(flag) };

export const newAffiliate = fields({ slug, name, ...settings });
export type NewAffiliate = v.InferOutput<typeof newAffiliate>;

const FIXED = ["slug", "created_at", "updated_at"] as const;
export const affiliateChange = fields({
  name: v.exactOptional(name),
  ...settings,
  ...v.entriesFromList(FIXED, FIXED_FIELD),
});
export type AffiliateChange = v.InferOutput<typeof affiliateChange>;

export const affiliateList = parameters({ ...PAGE_PARAMETERS, status: v.exactOptional(setupStatus) });
export type AffiliateList = v.InferOutput<typeof affiliateList>;

type AffiliateRow = typeof affiliates.$inferSelect;

export async function createAffiliate(
  env: Env,
  input: NewAffiliate,
  change: Change,
): Promise<Result<AffiliateView, Problem>> {
  const [created] = await drizzle(env.DB)
    .insert(affiliates)
    .values({ ...input, createdAtMs: change.atMs, updatedAtMs: change.atMs })
    .onConflictDoNothing()
    .returning();
  return created ? accept(affiliateView(created)) : refuse(taken("an affiliate", input.slug));
}

/** The affiliate, when the caller may see it. */
export async function readAffiliate(env: Env, caller: Caller, key: string): Promise<Result<AffiliateView, Problem>> {
  const [row] = await drizzle(env.DB)
    .select()
    .from(affiliates)
    .where(and(eq(affiliates.slug, key), visibleTo(caller)));
  return row ? accept(affiliateView(row)) : refuse(notFound("affiliate", key));
}

export async function listAffiliates(env: Env, caller: Caller, query: AffiliateList): Promise<Page<AffiliateView>> {
  const rows = await drizzle(env.DB)
    .select()
    .from(affiliates)
    .where(
      and(
        visibleTo(caller),
        query.cursor === undefined ? undefined : gt(affiliates.number, query.cursor),
        query.status && eq(affiliates.status, query.status),
      ),
    )
    .orderBy(asc(affiliates.number))
    .limit(rowsToRead(query));
  return pageOf(rows, query, affiliateView);
}

/** Changes what is given, and publishes the affiliate's links. */
export async function changeAffiliate(
  env: Env,
  key: string,
  input: AffiliateChange,
  change: Change,
): Promise<Result<AffiliateView, Problem>> {
  const found = await readAffiliate(env, change.by, key);
  if (!found.ok) return found;
  const moved = movedFields(input, found.value, FIXED);
  if (moved.length > 0) return refuse(fixedAfterCreation("an affiliate", moved));
  const [changed] = await drizzle(env.DB)
    .update(affiliates)
    .set({ name: input.name, status: input.status, test: input.test, updatedAtMs: change.atMs })
    .where(eq(affiliates.slug, key))
    .returning();
  if (!changed) return refuse(notFound("affiliate", key));
  await publishLinks(env, { affiliate: changed.number });
  return accept(affiliateView(changed));
}

/** Advertisers see no affiliate; an affiliate sees itself. */
function visibleTo(caller: Caller) {
  if (caller.scope === "everything") return undefined;
  return eq(affiliates.number, "affiliate" in caller.scope ? caller.scope.affiliate : 0);
}

/** An affiliate as the API shows it. */
function affiliateView(row: AffiliateRow) {
  return {
    slug: row.slug,
    name: row.name,
    status: row.status,
    test: row.test,
    created_at: formatInstant(row.createdAtMs),
    updated_at: formatInstant(row.updatedAtMs),
  };
}
export type AffiliateView = ReturnType<typeof affiliateView>;

/** Affiliates: who sends the clicks and is paid for what comes of them. */
import { and, asc, eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { affiliates } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Change, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Caller } from "../web/caller.ts";
import { flag, name, setupStatus, slug } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { PAGE_PARAMETERS, type Page, pageOf, rowsToRead } from "../web/listing.ts";
import { fixedAfterCreation, notFound, type Problem, taken } from "../web/problem.ts";
import { FIXED_FIELD, isTaken, merge, movedFields } from "../web/saving.ts";

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

/** An affiliate as the API shows it. */
export const affiliateAnswer = v.object({
  slug: v.string(),
  name: v.string(),
  status: setupStatus,
  test: v.boolean(),
  created_at: v.string(),
  updated_at: v.string(),
});
export type AffiliateView = v.InferOutput<typeof affiliateAnswer>;

type AffiliateRow = typeof affiliates.$inferSelect;

export async function createAffiliate(
  env: Env,
  input: NewAffiliate,
  change: Change,
): Promise<Result<AffiliateView, Problem>> {
  const db = drizzle(env.DB);
  const blank = { status: "active" as const, test: false, createdAtMs: change.atMs, updatedAtMs: change.atMs };
  const row = { ...blank, ...input };
  const after = affiliateView(row);
  try {
    await db.batch([
      db.insert(affiliates).values(row),
      logChange(db, change, { action: "create", kind: "affiliate", subject: input.slug, before: null, after }),
    ]);
    return accept(after);
  } catch (error) {
    if (isTaken(error, "affiliates.slug")) return refuse(taken("an affiliate", input.slug));
    throw error;
  }
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
  const db = drizzle(env.DB);
  const [present] = await db.select().from(affiliates).where(eq(affiliates.slug, key));
  if (!present) return refuse(notFound("affiliate", key));
  const before = affiliateView(present);
  const moved = movedFields(input, before, FIXED);
  if (moved.length > 0) return refuse(fixedAfterCreation("an affiliate", moved));
  const columns = { name: input.name, status: input.status, test: input.test, updatedAtMs: change.atMs };
  const after = affiliateView(merge(present, columns));
  await db.batch([
    db.update(affiliates).set(columns).where(eq(affiliates.number, present.number)),
    logChange(db, change, { action: "change", kind: "affiliate", subject: key, before, after }),
  ]);
  await publishLinks(env, { affiliate: present.number });
  return accept(after);
}

/** Advertisers see no affiliate; an affiliate sees itself. */
function visibleTo(caller: Caller) {
  if (caller.scope === "everything") return undefined;
  return eq(affiliates.number, "affiliate" in caller.scope ? caller.scope.affiliate : 0);
}

function affiliateView(row: Omit<AffiliateRow, "number">): AffiliateView {
  return {
    slug: row.slug,
    name: row.name,
    status: row.status,
    test: row.test,
    created_at: formatInstant(row.createdAtMs),
    updated_at: formatInstant(row.updatedAtMs),
  };
}

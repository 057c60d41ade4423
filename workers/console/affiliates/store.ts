/** Affiliates: who sends the clicks and is paid for what comes of them. */
import { and, asc, eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { affiliates } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Change, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Caller } from "../web/caller.ts";
import { type Page, pageOf, rowsToRead } from "../web/listing.ts";
import { fixedAfterCreation, notFound, type Problem, taken } from "../web/problem.ts";
import { isTaken, merge, movedFields } from "../web/saving.ts";
import { type AffiliateChange, type AffiliateList, FIXED_OF_AFFILIATE, type NewAffiliate } from "./fields.ts";
import { type AffiliateView, affiliateView } from "./view.ts";

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
  const moved = movedFields(input, before, FIXED_OF_AFFILIATE);
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

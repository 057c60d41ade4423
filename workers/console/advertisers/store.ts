/** Advertisers: whose conversions they are, and how their servers prove themselves. */
import { and, asc, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { advertisers } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Change, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishAdvertiser, publishLinks } from "../publishing/publish.ts";
import type { Caller } from "../web/caller.ts";
import { advertiserKeys } from "../web/keys.ts";
import { type Page, pageOf, rowsToRead } from "../web/listing.ts";
import { fixedAfterCreation, notFound, type Problem, taken } from "../web/problem.ts";
import { isTaken, merge, movedFields } from "../web/saving.ts";
import { rotateCredentials } from "./credentials.ts";
import { type AdvertiserChange, type AdvertiserList, FIXED_OF_ADVERTISER, type NewAdvertiser } from "./fields.ts";
import { type AdvertiserRow, type AdvertiserView, advertiserView } from "./view.ts";

/** Creates an advertiser with a first set of credentials and publishes it. */
export async function createAdvertiser(
  env: Env,
  input: NewAdvertiser,
  change: Change,
): Promise<Result<AdvertiserRow, Problem>> {
  const ring = await advertiserKeys(env);
  const db = drizzle(env.DB);
  const blank = {
    slug: input.slug,
    name: input.name,
    status: "active" as const,
    auth: "token" as const,
    allowedIps: [],
    pixel: false,
    mapping: null,
    credentials: [{ version: 1, key: ring.signing }],
    createdAtMs: change.atMs,
    updatedAtMs: change.atMs,
  };
  const row = merge(blank, columnsOf(input));
  const after = advertiserView(env, row);
  try {
    const [[created]] = await db.batch([
      db.insert(advertisers).values(row).returning(),
      logChange(db, change, { action: "create", kind: "advertiser", subject: input.slug, before: null, after }),
    ]);
    if (!created) throw new Error("SQLite returned no row");
    await publishAdvertiser(env, created);
    return accept(created);
  } catch (error) {
    if (isTaken(error, "advertisers.slug")) return refuse(taken("an advertiser", input.slug));
    throw error;
  }
}

/** The advertiser, when the caller may see it. */
export async function readAdvertiser(env: Env, caller: Caller, key: string): Promise<Result<AdvertiserRow, Problem>> {
  const [row] = await drizzle(env.DB)
    .select()
    .from(advertisers)
    .where(and(eq(advertisers.slug, key), visibleTo(caller)));
  return row ? accept(row) : refuse(notFound("advertiser", key));
}

export async function listAdvertisers(env: Env, caller: Caller, query: AdvertiserList): Promise<Page<AdvertiserView>> {
  const rows = await drizzle(env.DB)
    .select()
    .from(advertisers)
    .where(
      and(
        visibleTo(caller),
        query.cursor === undefined ? undefined : gt(advertisers.number, query.cursor),
        query.status && eq(advertisers.status, query.status),
      ),
    )
    .orderBy(asc(advertisers.number))
    .limit(rowsToRead(query));
  return pageOf(rows, query, (row) => advertiserView(env, row));
}

/** Changes what is given, and publishes the advertiser and, where it opens or closes, its links. */
export async function changeAdvertiser(
  env: Env,
  key: string,
  input: AdvertiserChange,
  change: Change,
): Promise<Result<AdvertiserRow, Problem>> {
  const found = await readAdvertiser(env, change.by, key);
  if (!found.ok) return found;
  const before = advertiserView(env, found.value);
  const moved = movedFields(input, before, FIXED_OF_ADVERTISER);
  if (moved.length > 0) return refuse(fixedAfterCreation("an advertiser", moved));
  const columns = { ...columnsOf(input), updatedAtMs: change.atMs };
  const changed = merge(found.value, columns);
  const after = advertiserView(env, changed);
  const db = drizzle(env.DB);
  await db.batch([
    db.update(advertisers).set(columns).where(eq(advertisers.number, changed.number)),
    logChange(db, change, { action: "change", kind: "advertiser", subject: key, before, after }),
  ]);
  await publishAdvertiser(env, changed);
  if (changed.status !== found.value.status) await publishLinks(env, { advertiser: changed.number });
  return accept(changed);
}

/** Makes new credentials, publishes them, and lets the present ones end at `untilMs`. */
export async function rotateAdvertiser(
  env: Env,
  key: string,
  untilMs: number,
  change: Change,
): Promise<Result<AdvertiserRow, Problem>> {
  const found = await readAdvertiser(env, change.by, key);
  if (!found.ok) return found;
  const ring = await advertiserKeys(env);
  const { number, credentials: before } = found.value;
  const after = rotateCredentials(before, ring.signing, untilMs);
  const db = drizzle(env.DB);
  const unchanged = sql`${advertisers.credentials} = ${JSON.stringify(before)}`;
  const [[rotated]] = await db.batch([
    db
      .update(advertisers)
      .set({ credentials: after, updatedAtMs: change.atMs })
      .where(and(eq(advertisers.number, number), unchanged))
      .returning(),
    logChange(db, change, { action: "rotate", kind: "advertiser", subject: key, before, after }),
  ]);
  if (!rotated)
    return refuse({
      name: "try_again",
      detail: "Somebody else rotated these credentials at this moment: look, and try again.",
    });
  await publishAdvertiser(env, rotated);
  return accept(rotated);
}

/** The columns that a form of settings speaks of; the others stay, or get their defaults. */
function columnsOf(input: Omit<AdvertiserChange, (typeof FIXED_OF_ADVERTISER)[number]>) {
  return {
    name: input.name,
    status: input.status,
    auth: input.auth,
    allowedIps: input.allowed_ips,
    pixel: input.pixel,
    mapping: input.mapping,
  };
}

/** Affiliates see no advertiser; an advertiser sees itself. */
function visibleTo(caller: Caller) {
  if (caller.scope === "everything") return undefined;
  return eq(advertisers.number, "advertiser" in caller.scope ? caller.scope.advertiser : 0);
}

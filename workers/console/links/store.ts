/** Links: one affiliate's way to one offer. */
import { and, asc, eq, gt, type SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { advertisers, affiliates, links, offers } from "../../../schema/tables.ts";
import { encodeBase32 } from "../../core/base32.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Change, type ChangeRecord, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Caller } from "../web/caller.ts";
import { type Page, pageOf, rowsToRead } from "../web/listing.ts";
import { fixedAfterCreation, invalid, notFound, type Problem, taken } from "../web/problem.ts";
import { isTaken, merge, movedFields } from "../web/saving.ts";
import { FIXED_OF_LINK, type LinkChange, type LinkList, type NewLink } from "./fields.ts";
import { type LinkView, linkView, type StoredLink } from "./view.ts";

/** 35 random bits: short enough to read out, and free in a first try while there are fewer than millions. */
const SLUG_LENGTH = 7;
const SLUG_TRIES = 5;

/** Creates a link, under a slug of its own when none is given, and publishes it. */
export async function createLink(env: Env, input: NewLink, change: Change): Promise<Result<LinkView, Problem>> {
  const db = drizzle(env.DB);
  const [[offer], [affiliate]] = await db.batch([
    db
      .select({ number: offers.number, advertiser: advertisers.slug })
      .from(offers)
      .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
      .where(eq(offers.slug, input.offer)),
    db.select({ number: affiliates.number }).from(affiliates).where(eq(affiliates.slug, input.affiliate)),
  ]);
  if (!offer) return refuse(invalid("#/offer", `There is no offer "${input.offer}": create it first.`));
  if (!affiliate) return refuse(invalid("#/affiliate", `There is no affiliate "${input.affiliate}": create it first.`));
  const blank = { destination: null, status: "active" as const, test: false };
  const stamps = { createdAtMs: change.atMs, updatedAtMs: change.atMs };
  const row = merge({ ...blank, ...stamps, offer: offer.number, affiliate: affiliate.number }, columnsOf(input));
  const names = { offer: input.offer, affiliate: input.affiliate, advertiser: offer.advertiser };
  for (let tries = 0; tries < SLUG_TRIES; tries++) {
    const slug = input.slug ?? randomSlug(crypto.getRandomValues(new Uint8Array(SLUG_LENGTH)));
    const after = linkView(env, { row: { ...row, slug }, ...names });
    const number = await insertLink(
      db,
      { ...row, slug },
      { action: "create", kind: "link", subject: slug, before: null, after },
      change,
    );
    if (number !== null) {
      await publishLinks(env, { link: number });
      return accept(after);
    }
    if (input.slug !== undefined) return refuse(taken("a link", slug));
  }
  throw new Error(`no free slug in ${SLUG_TRIES} tries`);
}

/** The number of the new link; null when its slug is taken. */
async function insertLink(
  db: DrizzleD1Database,
  row: typeof links.$inferInsert,
  record: ChangeRecord,
  change: Change,
): Promise<number | null> {
  try {
    const [[created]] = await db.batch([
      db.insert(links).values(row).returning({ number: links.number }),
      logChange(db, change, record),
    ]);
    return created?.number ?? null;
  } catch (error) {
    if (isTaken(error, "links.slug")) return null;
    throw error;
  }
}

/** A slug out of random bytes, in letters that are not mistaken for each other. */
export function randomSlug(random: Uint8Array): string {
  return encodeBase32(random, SLUG_LENGTH);
}

/** The link, when the caller may see it. */
export async function readLink(env: Env, caller: Caller, key: string): Promise<Result<LinkView, Problem>> {
  const [link] = await findLinks(env, caller, [eq(links.slug, key)], 1);
  return link ? accept(linkView(env, link)) : refuse(notFound("link", key));
}

export async function listLinks(env: Env, caller: Caller, query: LinkList): Promise<Page<LinkView>> {
  const conditions = [
    query.cursor === undefined ? undefined : gt(links.number, query.cursor),
    query.offer === undefined ? undefined : eq(offers.slug, query.offer),
    query.affiliate === undefined ? undefined : eq(affiliates.slug, query.affiliate),
    query.advertiser === undefined ? undefined : eq(advertisers.slug, query.advertiser),
    query.status === undefined ? undefined : eq(links.status, query.status),
  ];
  const found = await findLinks(env, caller, conditions, rowsToRead(query));
  const numbered = found.map((link) => ({ number: link.row.number, link }));
  return pageOf(numbered, query, ({ link }) => linkView(env, link));
}

/** Changes what is given, and publishes the link. */
export async function changeLink(
  env: Env,
  key: string,
  input: LinkChange,
  change: Change,
): Promise<Result<LinkView, Problem>> {
  const [present] = await findLinks(env, change.by, [eq(links.slug, key)], 1);
  if (!present) return refuse(notFound("link", key));
  const before = linkView(env, present);
  const moved = movedFields(input, before, FIXED_OF_LINK);
  if (moved.length > 0) return refuse(fixedAfterCreation("a link", moved));
  const columns = { ...columnsOf(input), updatedAtMs: change.atMs };
  const after = linkView(env, { ...present, row: merge(present.row, columns) });
  const db = drizzle(env.DB);
  await db.batch([
    db.update(links).set(columns).where(eq(links.number, present.row.number)),
    logChange(db, change, { action: "change", kind: "link", subject: key, before, after }),
  ]);
  await publishLinks(env, { link: present.row.number });
  return accept(after);
}

function findLinks(env: Env, caller: Caller, conditions: (SQL | undefined)[], limit: number): Promise<StoredLink[]> {
  return drizzle(env.DB)
    .select({ row: links, offer: offers.slug, affiliate: affiliates.slug, advertiser: advertisers.slug })
    .from(links)
    .innerJoin(offers, eq(offers.number, links.offer))
    .innerJoin(affiliates, eq(affiliates.number, links.affiliate))
    .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
    .where(and(visibleTo(caller), ...conditions))
    .orderBy(asc(links.number))
    .limit(limit);
}

/** An affiliate sees its own links, an advertiser those to its offers. */
function visibleTo({ scope }: Caller): SQL | undefined {
  if (scope === "everything") return undefined;
  return "advertiser" in scope ? eq(offers.advertiser, scope.advertiser) : eq(links.affiliate, scope.affiliate);
}

/** The columns that a form of settings speaks of; the others stay, or get their defaults. */
function columnsOf(input: LinkChange | NewLink) {
  return { destination: input.destination, status: input.status, test: input.test };
}

/** Offers: what an advertiser pays for, where its clicks go, and the rules that both hang on. */
import { and, asc, eq, exists, gt, type SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { advertisers, affiliates, links, offers } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Change, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Caller } from "../web/caller.ts";
import { type Page, pageOf, rowsToRead } from "../web/listing.ts";
import { fixedAfterCreation, invalid, notFound, type Problem, taken } from "../web/problem.ts";
import { isTaken, merge, movedFields } from "../web/saving.ts";
import { changeEvents, checkOverrides, eventsOf, writeEvents } from "./events.ts";
import { checkOffer, FIXED_OF_OFFER, type NewOffer, type OfferChange, type OfferList } from "./fields.ts";
import { type OfferView, offerView, type StoredOffer } from "./view.ts";

export async function createOffer(env: Env, input: NewOffer, change: Change): Promise<Result<OfferView, Problem>> {
  const db = drizzle(env.DB);
  const [advertiser] = await db.select().from(advertisers).where(eq(advertisers.slug, input.advertiser));
  if (!advertiser)
    return refuse(invalid("#/advertiser", `There is no advertiser "${input.advertiser}": create it first.`));
  const events = changeEvents([], input.events);
  if (!events.ok) return events;
  const row = merge(blankOffer(input, advertiser.number, change), columnsOf(input));
  const wrong = checkOffer({ ...row, events: events.value.map(({ name }) => name) });
  if (wrong) return refuse(invalid(wrong.pointer, wrong.detail));
  const unknown = await checkOverrides(db, input.events);
  if (unknown) return refuse(unknown);
  const after = offerView({ row, advertiser: input.advertiser, events: events.value }, change.by, null);
  try {
    await db.batch([
      db.insert(offers).values(row),
      ...writeEvents(db, input.slug, events.value),
      logChange(db, change, { action: "create", kind: "offer", subject: input.slug, before: null, after }),
    ]);
    return accept(after);
  } catch (error) {
    if (isTaken(error, "offers.slug")) return refuse(taken("an offer", input.slug));
    throw error;
  }
}

/** The offer, when the caller may see it. */
export async function readOffer(env: Env, caller: Caller, key: string): Promise<Result<OfferView, Problem>> {
  const db = drizzle(env.DB);
  const [offer] = await findOffers(db, caller, [eq(offers.slug, key)], 1);
  return offer ? accept(offerView(offer, caller, await ownSlug(db, caller))) : refuse(notFound("offer", key));
}

export async function listOffers(env: Env, caller: Caller, query: OfferList): Promise<Page<OfferView>> {
  const db = drizzle(env.DB);
  const conditions = [
    query.cursor === undefined ? undefined : gt(offers.number, query.cursor),
    query.status && eq(offers.status, query.status),
    query.advertiser === undefined ? undefined : eq(advertisers.slug, query.advertiser),
  ];
  const found = await findOffers(db, caller, conditions, rowsToRead(query));
  const affiliate = await ownSlug(db, caller);
  const numbered = found.map((offer) => ({ number: offer.row.number, offer }));
  return pageOf(numbered, query, ({ offer }) => offerView(offer, caller, affiliate));
}

/** Changes what is given, and publishes the offer's links. */
export async function changeOffer(
  env: Env,
  key: string,
  input: OfferChange,
  change: Change,
): Promise<Result<OfferView, Problem>> {
  const db = drizzle(env.DB);
  const [present] = await findOffers(db, change.by, [eq(offers.slug, key)], 1);
  if (!present) return refuse(notFound("offer", key));
  const before = offerView(present, change.by, null);
  const moved = movedFields(input, before, FIXED_OF_OFFER);
  if (moved.length > 0) return refuse(fixedAfterCreation("an offer", moved));
  const events = changeEvents(present.events, input.events ?? []);
  if (!events.ok) return events;
  const columns = { ...columnsOf(input), updatedAtMs: change.atMs };
  const row = merge(present.row, columns);
  const wrong = checkOffer({ ...row, events: events.value.map(({ name }) => name) });
  if (wrong) return refuse(invalid(wrong.pointer, wrong.detail));
  const unknown = await checkOverrides(db, input.events ?? []);
  if (unknown) return refuse(unknown);
  const after = offerView({ ...present, row, events: events.value }, change.by, null);
  const named = events.value.filter((event) => input.events?.some(({ name }) => name === event.name));
  await db.batch([
    db.update(offers).set(columns).where(eq(offers.number, present.row.number)),
    ...writeEvents(db, key, named),
    logChange(db, change, { action: "change", kind: "offer", subject: key, before, after }),
  ]);
  await publishLinks(env, { offer: present.row.number });
  return accept(after);
}

async function findOffers(
  db: DrizzleD1Database,
  caller: Caller,
  conditions: (SQL | undefined | "")[],
  limit: number,
): Promise<StoredOffer[]> {
  const rows = await db
    .select({ row: offers, advertiser: advertisers.slug })
    .from(offers)
    .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
    .where(and(visibleTo(db, caller), ...conditions.map((condition) => condition || undefined)))
    .orderBy(asc(offers.number))
    .limit(limit);
  const events = await eventsOf(
    db,
    rows.map(({ row }) => row.number),
  );
  return rows.map(({ row, advertiser }) => ({ row, advertiser, events: events.get(row.number) ?? [] }));
}

/** An advertiser sees its offers, an affiliate those that it has a link for. */
function visibleTo(db: DrizzleD1Database, { scope }: Caller): SQL | undefined {
  if (scope === "everything") return undefined;
  if ("advertiser" in scope) return eq(offers.advertiser, scope.advertiser);
  const own = and(eq(links.offer, offers.number), eq(links.affiliate, scope.affiliate));
  return exists(db.select({ number: links.number }).from(links).where(own));
}

/** Slug of the calling affiliate, to find its own terms by. */
async function ownSlug(db: DrizzleD1Database, { scope }: Caller): Promise<string | null> {
  if (scope === "everything" || !("affiliate" in scope)) return null;
  const [row] = await db
    .select({ slug: affiliates.slug })
    .from(affiliates)
    .where(eq(affiliates.number, scope.affiliate));
  return row?.slug ?? null;
}

/** An offer of which nothing was said but what must be. */
function blankOffer(input: NewOffer, advertiser: number, change: Change): Omit<StoredOffer["row"], "number"> {
  return {
    slug: input.slug,
    name: input.name,
    advertiser,
    destination: input.destination,
    currency: input.currency,
    status: "active",
    startsAtMs: null,
    endsAtMs: null,
    windowDays: 30,
    minSeconds: 0,
    orderSpace: "advertiser",
    fallbackUrl: null,
    deepLinkHosts: [],
    redirectStatus: 302,
    referrerPolicy: "strict-origin-when-cross-origin",
    passThrough: false,
    rules: [],
    caps: [],
    timeZone: "UTC",
    createdAtMs: change.atMs,
    updatedAtMs: change.atMs,
  };
}

/** The columns that a form of settings speaks of; the others stay, or are those of a blank offer. */
function columnsOf(input: OfferChange | NewOffer) {
  return {
    name: input.name,
    destination: input.destination,
    status: input.status,
    windowDays: input.window_days,
    minSeconds: input.min_seconds,
    orderSpace: input.order_space,
    startsAtMs: input.starts_at,
    endsAtMs: input.ends_at,
    fallbackUrl: input.fallback_url,
    deepLinkHosts: input.deep_link_hosts,
    redirectStatus: input.redirect_status,
    referrerPolicy: input.referrer_policy,
    passThrough: input.pass_through,
    rules: input.rules,
    caps: input.caps,
    timeZone: input.time_zone,
  };
}

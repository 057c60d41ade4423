/** Offers: what an advertiser pays for, where its clicks go, and the rules that both hang on. */
import { and, eq, exists, ne, or, type SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { admissions, advertisers, affiliates, links, offers } from "../../../schema/tables.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishLinks } from "../publishing/publish.ts";
import type { Viewer } from "../set-up/field.ts";
import { newColumns } from "../set-up/field-values.ts";
import { type FoundPage, lifeOf } from "../set-up/life.ts";
import { stampedNow } from "../set-up/stamps.ts";
import type { Caller } from "../web/caller.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { bringInPrices } from "./due-prices.ts";
import type { EventInput } from "./event-fields.ts";
import { changeEvents, checkOverrides, eventsOf, writeEvents } from "./events.ts";
import {
  checkOffer,
  type NewOffer,
  type OfferChange,
  type OfferView,
  offerFields,
  offerView,
  type ShownOffer,
  type StoredOffer,
} from "./fields.ts";
import { checkDigits } from "./price-digits.ts";

const life = lifeOf({
  kind: "offer",
  one: "an offer",
  table: offers,
  fields: offerFields,
  view: (offer: ShownOffer, viewer: Viewer) => offerView(offer, viewer),
  find: findOffers,
  insert: (db, row) => db.insert(offers).values(row).returning(),
  update: (db, number, columns) => db.update(offers).set(columns).where(eq(offers.number, number)),
  async beside<Offer extends ShownOffer>(
    db: DrizzleD1Database,
    present: Offer,
    { events: given = [] }: { events?: EventInput[] },
  ) {
    const events = changeEvents(present.events, given);
    if (!events.ok) return events;
    const thing = { ...present, events: events.value };
    const wrong = checkOffer(thing);
    if (wrong) return refuse(invalid(wrong.pointer, wrong.detail));
    const fine = checkDigits(thing.row.currency, thing.events, given);
    if (fine) return refuse(fine);
    const unknown = await checkOverrides(db, given);
    if (unknown) return refuse(unknown);
    const named = thing.events.filter((event) => given.some(({ name }) => name === event.name));
    return accept({ thing, statements: writeEvents(db, thing.row.slug, named) });
  },
});

/** The offer, when the caller may see it. */
export const findOffer = life.find;
export const readOffer = life.read;
export const listOffers = life.list;

export async function createOffer(env: Env, input: NewOffer, change: ChangeStamp): Promise<Result<OfferView, Problem>> {
  const [advertiser] = await drizzle(env.DB).select().from(advertisers).where(eq(advertisers.slug, input.advertiser));
  if (!advertiser)
    return refuse(invalid("#/advertiser", `There is no advertiser "${input.advertiser}": create it first.`));
  const row = { ...newColumns(offerFields, input), ...stampedNow(change.atMs), advertiser: advertiser.number };
  const created = await life.create(env, { row, advertiser: advertiser.slug, events: [] }, input, change);
  return created.ok ? accept(created.value.view) : created;
}

/** Changes what is given, and publishes the offer's links. */
export async function changeOffer(
  env: Env,
  key: string,
  input: OfferChange,
  change: ChangeStamp,
): Promise<Result<OfferView, Problem>> {
  // What is changed is what counts by now.
  await bringInPrices(env, change.atMs);
  const changed = await life.change(env, key, input, change);
  if (!changed.ok) return changed;
  await publishLinks(env, { offer: changed.value.after.row.number });
  return accept(changed.value.view);
}

async function findOffers(
  db: DrizzleD1Database,
  caller: Caller,
  conditions: readonly (SQL | undefined)[],
  page: FoundPage,
): Promise<StoredOffer[]> {
  const found = await db
    .select({ row: offers, advertiser: advertisers.slug })
    .from(offers)
    .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
    .where(and(visibleTo(db, caller), ...conditions))
    .orderBy(...page.order)
    .limit(page.limit);
  const numbers = found.map(({ row }) => row.number);
  const events = await eventsOf(db, numbers, caller.scope);
  return found.map((offer) => ({ ...offer, events: events.get(offer.row.number) ?? [] }));
}

/** An advertiser sees its offers; an affiliate those that it has a link for, applied for or was admitted to, and while it is active the active ones that are shown to all. */
export function visibleTo(db: DrizzleD1Database, { scope }: Caller): SQL | undefined {
  if (scope === "everything") return undefined;
  if ("advertiser" in scope) return eq(offers.advertiser, scope.advertiser);
  const { affiliate } = scope;
  const own = and(eq(links.offer, offers.number), eq(links.affiliate, affiliate));
  const between = and(eq(admissions.offer, offers.number), eq(admissions.affiliate, affiliate));
  const active = and(eq(affiliates.number, affiliate), eq(affiliates.status, "active"));
  return or(
    exists(db.select({ number: links.number }).from(links).where(own)),
    exists(db.select({ number: admissions.number }).from(admissions).where(between)),
    and(
      ne(offers.access, "private"),
      eq(offers.status, "active"),
      exists(db.select({ number: affiliates.number }).from(affiliates).where(active)),
    ),
  );
}

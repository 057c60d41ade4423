/** What is set up, by its name or slug, as somebody types it: few enough to be read whole, and ranked here. */
import { and, asc, eq, gte, lt, type SQL } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { advertisers, affiliates, coupons, links, offers, users } from "../../../schema/tables.ts";
import { foldCoupon } from "../../core/books/coupons.ts";
import { foldName, rankName } from "../../core/folded-name.ts";
import { isMistyped } from "../../core/mistyped.ts";
import { may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { visibleTo as visibleAdvertisers } from "../advertisers/store.ts";
import { visibleTo as visibleAffiliates } from "../affiliates/store.ts";
import { visibleTo as visibleCoupons } from "../coupons/store.ts";
import type { Env } from "../env.ts";
import { visibleTo as visibleLinks } from "../links/store.ts";
import { visibleTo as visibleOffers } from "../offers/store.ts";
import { learnSlugs, noSlugs, numberFor } from "../tables/slugs.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import type { FoundKind, SearchHit } from "./found.ts";

/** Names beyond so many of a kind are found in its list, and not here. */
const MOST_NAMES = 10_000;
/** Behind every text that begins as another does. */
const LAST = "\u{10ffff}";

interface Named {
  kind: FoundKind;
  slug: string;
  name: string;
  path: string;
  /** Where the caller sees them. */
  tags?: readonly string[];
}

/** Affiliates, advertisers, offers and users that are called so, the best first; where nobody is, those that may be meant. */
export async function findNamed(env: Env, caller: Caller, text: string, limit: number): Promise<SearchHit[]> {
  const asked = foldName(text);
  if (asked === "") return [];
  const all = await namesFor(drizzle(env.DB), caller);
  const ranked = all.flatMap((one) => {
    const ranks = [one.name, one.slug, ...(one.tags ?? [])]
      .map((said) => rankName(foldName(said), asked))
      .filter((rank) => rank !== null);
    return ranks.length === 0 ? [] : [{ one, rank: Math.min(...ranks) }];
  });
  if (ranked.length === 0)
    ranked.push(
      ...all
        .filter(({ name, slug }) => [name, slug].some((said) => isMistyped(foldName(said), asked)))
        .map((one) => ({ one, rank: 0 })),
    );
  ranked.sort((left, right) => left.rank - right.rank || left.one.name.length - right.one.name.length);
  return ranked.slice(0, limit).map(({ one: { kind, slug, name, path } }) => ({ kind, id: slug, name, path }));
}

/** All names that the caller sees. */
async function namesFor(db: DrizzleD1Database, caller: Caller): Promise<Named[]> {
  const seesTags = OPERATORS.some((role) => role === caller.role);
  const named = (
    kind: "affiliate" | "advertiser" | "offer",
    rows: { slug: string; name: string; tags: string[] }[],
  ): Named[] =>
    rows.map(({ slug, name, tags }) => ({
      kind,
      slug,
      name,
      path: `/${kind}s/${encodeURIComponent(slug)}`,
      ...(seesTags ? { tags } : {}),
    }));
  const [ofAffiliates, ofAdvertisers, ofOffers, ofUsers] = await Promise.all([
    db
      .select({ slug: affiliates.slug, name: affiliates.name, tags: affiliates.tags })
      .from(affiliates)
      .where(visibleAffiliates(caller))
      .limit(MOST_NAMES),
    db
      .select({ slug: advertisers.slug, name: advertisers.name, tags: advertisers.tags })
      .from(advertisers)
      .where(visibleAdvertisers(caller))
      .limit(MOST_NAMES),
    db
      .select({ slug: offers.slug, name: offers.name, tags: offers.tags })
      .from(offers)
      .where(visibleOffers(db, caller))
      .limit(MOST_NAMES),
    may(caller, "people")
      ? db.select({ slug: users.email, name: users.name, number: users.number }).from(users).limit(MOST_NAMES)
      : [],
  ]);
  return [
    ...named("affiliate", ofAffiliates),
    ...named("offer", ofOffers),
    ...named("advertiser", ofAdvertisers),
    ...ofUsers.map(({ slug, name, number }) => ({ kind: "user" as const, slug, name, path: `/people/${number}` })),
  ];
}

/** Links whose slug begins so; of whoever knows links by pseudonyms, the one that is called so. */
export async function findLinks(
  env: Pick<Env, "DB">,
  caller: Caller,
  text: string,
  limit: number,
): Promise<SearchHit[]> {
  const isDisguised = pseudonymsFor(caller) !== null;
  const number = isDisguised ? await numberFor(env.DB, caller, "link", text) : null;
  if (isDisguised && number === null) return [];
  const called = number === null ? begins(links.slug, text.toLowerCase()) : eq(links.number, number);
  const rows = await drizzle(env.DB)
    .select({ slug: links.slug, offer: offers.name })
    .from(links)
    .innerJoin(offers, eq(offers.number, links.offer))
    .where(and(called, visibleLinks(caller)))
    .orderBy(asc(links.slug))
    .limit(limit);
  return rows.map(({ slug, offer }) => {
    const id = isDisguised ? text : slug;
    return { kind: "link", id, name: offer, path: `/links/${encodeURIComponent(id)}` };
  });
}

/** Coupons whose code begins so, as codes are compared. */
export async function findCoupons(
  env: Pick<Env, "DB">,
  caller: Caller,
  text: string,
  limit: number,
): Promise<SearchHit[]> {
  const rows = await drizzle(env.DB)
    .select({ code: coupons.code, link: coupons.link, offer: offers.name })
    .from(coupons)
    .innerJoin(links, eq(links.number, coupons.link))
    .innerJoin(offers, eq(offers.number, links.offer))
    .where(and(begins(coupons.folded, foldCoupon(text)), visibleCoupons(caller)))
    .orderBy(asc(coupons.folded))
    .limit(limit);
  const slugs = noSlugs();
  const numbers = rows.map(({ link }) => [link]);
  await learnSlugs(slugs, env.DB, [{ kind: "link" }], numbers, pseudonymsFor(caller));
  return rows.map(({ code, link, offer }) => {
    const path = `/coupons/${encodeURIComponent(slugs.link.get(link) ?? "")}`;
    return { kind: "coupon", id: code, name: offer, path };
  });
}

/** A range of the column's index: all texts that begin so. */
function begins(column: typeof links.slug | typeof coupons.folded, start: string): SQL | undefined {
  return and(gte(column, start), lt(column, `${start}${LAST}`));
}

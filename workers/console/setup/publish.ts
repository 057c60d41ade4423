/** Publishing: what the edge needs to know of links and advertisers, written to KV whenever set-up is saved. */
import { and, asc, eq, gt, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type AdvertiserRecord, advertiserKey, type LinkRecord, linkKey } from "../../../schema/records.ts";
import { advertisers, affiliates, links, offers } from "../../../schema/tables.ts";
import type { Env } from "../index.ts";

/** Links read at a time, and written at once. */
const PAGE = 200;

/** Which links: those of one offer, affiliate or advertiser, or one link; all by number. */
export type Touched = { link: number } | { offer: number } | { affiliate: number } | { advertiser: number };

/** A link with everything its record is made of. */
export interface PublishedLink {
  link: typeof links.$inferSelect;
  offer: typeof offers.$inferSelect;
  affiliate: typeof affiliates.$inferSelect;
  advertiser: typeof advertisers.$inferSelect;
}

export async function publishAdvertiser(env: Env, row: typeof advertisers.$inferSelect): Promise<void> {
  await env.EDGE.put(advertiserKey(row.slug), JSON.stringify(advertiserRecord(row)));
}

/** Writes the record of every link that is touched, a page at a time. */
export async function publishLinks(env: Env, touched: Touched): Promise<void> {
  let after = 0;
  for (;;) {
    const page = await linksAfter(env, after, conditionOf(touched));
    await Promise.all(page.map((link) => env.EDGE.put(linkKey(link.link.slug), JSON.stringify(linkRecord(link)))));
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.link.number;
  }
}

function linksAfter(env: Env, after: number, condition: SQL): Promise<PublishedLink[]> {
  return drizzle(env.DB)
    .select({ link: links, offer: offers, affiliate: affiliates, advertiser: advertisers })
    .from(links)
    .innerJoin(offers, eq(offers.number, links.offer))
    .innerJoin(affiliates, eq(affiliates.number, links.affiliate))
    .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
    .where(and(condition, gt(links.number, after)))
    .orderBy(asc(links.number))
    .limit(PAGE);
}

function conditionOf(touched: Touched): SQL {
  if ("link" in touched) return eq(links.number, touched.link);
  if ("offer" in touched) return eq(links.offer, touched.offer);
  if ("affiliate" in touched) return eq(links.affiliate, touched.affiliate);
  return eq(offers.advertiser, touched.advertiser);
}

/** What the postback worker knows of an advertiser. Its status is not among it: ending an advertiser stops clicks, never postbacks. */
export function advertiserRecord(row: typeof advertisers.$inferSelect): AdvertiserRecord {
  return {
    advertiser: row.number,
    slug: row.slug,
    auth: row.auth,
    allowedIps: row.allowedIps,
    pixel: row.pixel,
    ...(row.mapping ? { mapping: row.mapping } : {}),
    credentials: row.credentials,
  };
}

/** What the click worker knows of a link. */
export function linkRecord({ link, offer, affiliate, advertiser }: PublishedLink): LinkRecord {
  const closed = whyClosed({ link, offer, affiliate, advertiser });
  return {
    link: link.number,
    offer: offer.number,
    affiliate: affiliate.number,
    advertiser: advertiser.number,
    offerSlug: offer.slug,
    affiliateSlug: affiliate.slug,
    advertiserSlug: advertiser.slug,
    destination: link.destination ?? offer.destination,
    ...(closed ? { closed } : {}),
    ...(offer.startsAtMs === null ? {} : { startsAtMs: offer.startsAtMs }),
    ...(offer.endsAtMs === null ? {} : { endsAtMs: offer.endsAtMs }),
    ...(offer.fallbackUrl === null ? {} : { fallbackUrl: offer.fallbackUrl }),
    redirectStatus: offer.redirectStatus === 307 ? 307 : 302,
    referrerPolicy: offer.referrerPolicy,
    deepLinkHosts: offer.deepLinkHosts,
    ...(offer.passThrough ? { passThrough: true } : {}),
    ...(offer.rules.length > 0 ? { rules: offer.rules } : {}),
    ...(offer.caps.length > 0 ? { capped: true } : {}),
    ...(link.test || affiliate.test ? { test: true } : {}),
  };
}

/** The nearest reason why clicks do not pass. */
function whyClosed({ link, offer, affiliate, advertiser }: PublishedLink): LinkRecord["closed"] {
  if (link.status !== "active") return link.status === "paused" ? "link_paused" : "link_ended";
  if (offer.status !== "active") return offer.status === "paused" ? "offer_paused" : "offer_ended";
  if (affiliate.status !== "active") return "affiliate_blocked";
  return advertiser.status === "active" ? undefined : "advertiser_closed";
}

/** What the edge is told of advertisers, links, sources and trackers: made when the operator saves, not when a visitor clicks. */
import type { AdvertiserRecord, LinkRecord, SourceRecord, TrackerRecord } from "../../../schema/records.ts";
import type { advertisers, affiliates, links, offers, sources, trackers } from "../../../schema/tables.ts";
import { readCustomRules } from "../../core/sources/custom-rules.ts";

/** A link with everything its record is made of. */
export interface LinkParts {
  link: typeof links.$inferSelect;
  offer: typeof offers.$inferSelect;
  affiliate: typeof affiliates.$inferSelect;
  advertiser: typeof advertisers.$inferSelect;
}

/** What the postback worker knows of an advertiser. Its status is not among it: ending an advertiser stops clicks, never postbacks. */
export function advertiserRecord(row: typeof advertisers.$inferSelect): AdvertiserRecord {
  return {
    advertiser: row.number,
    slug: row.slug,
    auth: row.auth,
    allowedIps: row.allowedIps,
    pixel: row.pixel,
    ...(row.promises ? { promises: true } : {}),
    ...(row.mapping ? { mapping: row.mapping } : {}),
    credentials: row.credentials,
  };
}

/** What the postback worker knows of a shop's source. One whose rules this version cannot read is closed. */
export function sourceRecord(row: typeof sources.$inferSelect): SourceRecord {
  const table = row.rules === null ? null : readCustomRules(row.rules);
  return {
    advertiser: row.advertiser,
    path: row.path,
    source: row.source,
    ...(table?.ok ? { table: table.value } : {}),
    sealed: row.secret,
    events: row.events,
    ...(row.basis === null ? {} : { basis: row.basis }),
    ...(row.clickName === null ? {} : { clickName: row.clickName }),
    ...(row.allTest ? { test: true } : {}),
    ...(row.status !== "active" || table?.ok === false ? { closed: true } : {}),
  };
}

/** A tracker with the slug of its advertiser. */
export interface TrackerParts {
  row: typeof trackers.$inferSelect;
  advertiser: string;
}

/** What click and postback workers know of another tracker. */
export function trackerRecord({ row, advertiser }: TrackerParts): TrackerRecord {
  return {
    tracker: row.number,
    slug: row.slug,
    dialect: row.dialect,
    advertiser,
    ...(row.secret === null ? {} : { sealed: row.secret }),
    allowedIps: row.allowedIps,
    ...(row.mapping ? { mapping: row.mapping } : {}),
    subIds: row.subIds,
    ...(row.oldOrigin === null ? {} : { oldOrigin: row.oldOrigin }),
    ...(row.relayUntilMs === null ? {} : { relayUntilMs: row.relayUntilMs }),
    ...(row.allTest ? { test: true } : {}),
    ...(row.status === "active" ? {} : { closed: true }),
  };
}

/** What the click worker knows of a link. */
export function linkRecord({ link, offer, affiliate, advertiser }: LinkParts): LinkRecord {
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
function whyClosed({ link, offer, affiliate, advertiser }: LinkParts): LinkRecord["closed"] {
  if (link.status !== "active") return link.status === "paused" ? "link_paused" : "link_ended";
  if (offer.status !== "active") return offer.status === "paused" ? "offer_paused" : "offer_ended";
  // In review it goes on sending visitors: what is held is what comes of them.
  if (affiliate.status !== "active" && affiliate.status !== "review") return "affiliate_blocked";
  return advertiser.status === "active" ? undefined : "advertiser_closed";
}

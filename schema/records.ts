/** What the console publishes to the edge's KV namespace: everything click and postback need to know, made when the operator saves, not when a visitor clicks. */

/** One set of derived credentials: the secrets of `version`, derived from master key number `key`, valid until `untilMs` (absent: no end is set). */
export interface Credential {
  version: number;
  key: number;
  untilMs?: number;
  /** Its end was set to a time that was over by then: what it vouched for before is not trusted either, where that is still to be decided. */
  revoked?: true;
}

/** How a sender must prove itself. */
export type AuthMode = "open" | "token" | "signed";

/** A sender's own words: its parameter names → ours, its event names → ours, its status words → ours. */
export interface Mapping {
  preset?: string;
  names?: Record<string, string>;
  events?: Record<string, string>;
  statuses?: Record<string, string>;
}

/**
 * `source:{advertiser's slug}/{path}`: a shop's own webhooks. Its secrets are sealed for the postback worker, see `core/sources/prepare-source.ts`; the rest is how it is read.
 */
export interface SourceRecord {
  advertiser: number;
  path: string;
  /** A name in `core/sources/source-tables.ts`, or `custom`: then `table` has the operator's rules, a `SourceTable`. */
  source: string;
  table?: object;
  sealed: string;
  events: Record<string, string>;
  basis?: string;
  clickName?: string;
  /** All that comes is a test. */
  test?: true;
  /** Nothing is taken. */
  closed?: true;
}

/**
 * `tracker:{host}` and `tracker:/{slug}`: another tracker whose paths, words and answers are spoken on that host, or below `/t/{slug}`. The same record stands under both.
 */
export interface TrackerRecord {
  tracker: number;
  slug: string;
  /** A name in `core/trackers/tracker-tables.ts`. */
  dialect: string;
  /** Slug of the advertiser that keeps what names no click that is known here. */
  advertiser: string;
  /** The tracker's own key or token, sealed for the postback worker; absent where it asks for none. */
  sealed?: string;
  /** Whose word is taken; empty where every address's is. */
  allowedIps: string[];
  mapping?: Mapping;
  /** A click's parameters that are sub-ids, where the tracker's customers name them: name → `sub1` … `sub10` or `external_id`. */
  subIds: Record<string, string>;
  /** Where the old tracker still answers, such as `https://old.example`. */
  oldOrigin?: string;
  /** Until then what names a click that is unknown here is told there too. */
  relayUntilMs?: number;
  /** All that comes is a test. */
  test?: true;
  /** Nothing is taken, and no link leads on. */
  closed?: true;
}

/** `alias:{tracker's slug}/{alias}`: the link that an old tracker's placed link means. */
export interface AliasRecord {
  /** Slug. */
  link: string;
}

/** `owner:{link number}`: whose a click of ours is, for postbacks that say the click and not the advertiser. */
export interface OwnerRecord {
  /** Slug of the advertiser. */
  advertiser: string;
}

/** `advertiser:{slug}` */
export interface AdvertiserRecord {
  advertiser: number;
  slug: string;
  auth: AuthMode;
  allowedIps: string[];
  pixel: boolean;
  /** Answers carry a signed promise. */
  promises?: true;
  mapping?: Mapping;
  /** Newest first. */
  credentials: Credential[];
}

/** A condition on the visitor; every part that is given must hold. Countries are ISO 3166 alpha-2. */
export interface TargetingRule {
  countries?: string[];
  notCountries?: string[];
  devices?: string[];
  systems?: string[];
  /** Where matching visitors go: another destination template. */
  destination?: string;
  /** Instead of a destination: they are turned away. */
  block?: true;
}

/** `link:{slug}` */
export interface LinkRecord {
  link: number;
  offer: number;
  affiliate: number;
  advertiser: number;
  /** Slugs for the macros. */
  offerSlug: string;
  affiliateSlug: string;
  advertiserSlug: string;
  destination: string;
  /** Why clicks do not pass, if they do not. */
  closed?: "link_paused" | "link_ended" | "offer_paused" | "offer_ended" | "affiliate_blocked" | "advertiser_closed";
  startsAtMs?: number;
  endsAtMs?: number;
  fallbackUrl?: string;
  redirectStatus: 302 | 307;
  referrerPolicy: string;
  deepLinkHosts: string[];
  /** Unknown query parameters of the click are passed on to the destination. */
  passThrough?: true;
  rules?: TargetingRule[];
  /** The offer has a cap, so its cap record must be looked at. */
  capped?: true;
  /** Marked for testing: `test=1` makes a test click. */
  test?: true;
}

/** `cap:{offer number}`, written by the ledger alone: clicks go to the fallback until then. */
export interface CapRecord {
  untilMs: number;
}

export const linkKey = (slug: string): string => `link:${slug}`;
export const advertiserKey = (slug: string): string => `advertiser:${slug}`;
export const sourceKey = (advertiser: string, path: string): string => `source:${advertiser}/${path}`;
/** Of a host in lower case without its port. */
export const trackerKeyOfHost = (host: string): string => `tracker:${host}`;
/** Of what stands below `/t/{slug}`. */
export const trackerKeyOfPath = (slug: string): string => `tracker:/${slug}`;
export const trackerKeyAt = (at: { slug: string } | { host: string }): string =>
  "slug" in at ? trackerKeyOfPath(at.slug) : trackerKeyOfHost(at.host);
export const aliasKey = (tracker: string, alias: string): string => `alias:${tracker}/${alias}`;
export const ownerKey = (link: number): string => `owner:${link}`;
export const capKey = (offer: number): string => `cap:${offer}`;

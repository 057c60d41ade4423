/** Reads the set-up that a batch needs from D1, with one round trip. */
import type { Credential } from "../../schema/records.ts";
import type { Cap } from "../../schema/tables.ts";
import { largeAmountMicros } from "../core/books/large-amounts.ts";
import type { EventTerms, LinkTerms, SetUp } from "../core/books/set-up.ts";
import type { PricingRule } from "../core/pricing.ts";

interface LinkRow extends Omit<LinkTerms, "events" | "caps" | "maxAmountMicros" | "inReview"> {
  link: number;
  caps: string;
  /** Null where the currency decides. */
  maxAmountMicros: number | null;
  inReview: 0 | 1;
  events: string;
}

interface EventRow extends Omit<EventTerms, "payout" | "revenue" | "override"> {
  payout: PricingRule;
  revenue: PricingRule;
  affiliate: string | null;
  overrideVersion: number | null;
}

const LINKS = `
  SELECT l.number AS link, l.offer, o.slug AS offerSlug, l.affiliate, o.advertiser, o.currency,
    o.window_days AS windowDays, o.min_seconds AS minSeconds, o.order_space AS orderSpace, o.caps, o.time_zone AS timeZone, o.claims,
    o.max_amount AS maxAmountMicros, a.status = 'review' AS inReview,
    (SELECT json_group_array(json_object(
        'name', e.name, 'repeat', e.repeat, 'restate', e.restate, 'windowDays', e.window_days, 'version', e.version,
        'payout', json(coalesce(v.payout, e.payout)), 'revenue', json(coalesce(v.revenue, e.revenue)),
        'affiliate', iif(v.version IS NULL, NULL, a.slug), 'overrideVersion', v.version) ORDER BY e.position)
      FROM offer_events e LEFT JOIN offer_event_overrides v ON v.offer = e.offer AND v.event = e.name AND v.affiliate = l.affiliate
      WHERE e.offer = l.offer) AS events
  FROM json_each(?) k CROSS JOIN links l ON l.number = k.value JOIN offers o ON o.number = l.offer JOIN affiliates a ON a.number = l.affiliate`;

interface CredentialsRow {
  number: number;
  /** As JSON. */
  credentials: string;
}

const CREDENTIALS = "SELECT number, credentials FROM json_each(?) k CROSS JOIN advertisers ON number = k.value";

/** The set-up of these link and advertiser numbers; what does not exist is absent. */
export async function readSetUp(
  db: D1Database,
  links: Iterable<number>,
  advertisers: Iterable<number>,
): Promise<SetUp> {
  const linkQuery = db.prepare(LINKS).bind(JSON.stringify([...new Set(links)]));
  const advertiserQuery = db.prepare(CREDENTIALS).bind(JSON.stringify([...new Set(advertisers)]));
  const rows = (await db.batch<LinkRow | CredentialsRow>([linkQuery, advertiserQuery])).flatMap(
    ({ results }) => results,
  );
  const setUp: SetUp = { links: new Map(), credentials: new Map() };
  for (const row of rows) {
    if ("events" in row) setUp.links.set(row.link, readLink(row));
    else setUp.credentials.set(row.number, readCredentials(row));
  }
  return setUp;
}

function readCredentials({ credentials }: CredentialsRow): Credential[] {
  return JSON.parse(credentials);
}

function readLink({ link, caps, events, maxAmountMicros, inReview, ...rest }: LinkRow): LinkTerms {
  const rows: EventRow[] = JSON.parse(events);
  const read: Cap[] = JSON.parse(caps);
  return {
    ...rest,
    caps: read,
    maxAmountMicros: maxAmountMicros ?? largeAmountMicros(rest.currency),
    inReview: inReview === 1,
    events: rows.map(readEvent),
  };
}

function readEvent({ affiliate, overrideVersion, ...event }: EventRow): EventTerms {
  const override = affiliate === null || overrideVersion === null ? null : { affiliate, version: overrideVersion };
  return { ...event, override };
}

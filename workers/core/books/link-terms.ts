/** What hangs on a link, as the set-up in D1 has it: the ledger reads it for what it decides, the console for what it looks at under other rules. */
import type { Cap } from "../../../schema/tables.ts";
import { minorUnitDigits } from "../minor-units.ts";
import type { PricingRule } from "../pricing.ts";
import { largeAmountMicros } from "./large-amounts.ts";
import { type PriceChange, pricesFrom } from "./prices-from.ts";
import type { EventTerms, LinkTerms } from "./set-up.ts";

/** A row of `LINK_TERMS`. */
export interface LinkTermsRow extends Omit<LinkTerms, "events" | "caps" | "maxAmountMicros" | "inReview"> {
  link: number;
  caps: string;
  /** Null where the currency decides. */
  maxAmountMicros: number | null;
  inReview: 0 | 1;
  events: string;
}

interface EventRow extends Omit<EventTerms, "payout" | "revenue" | "override" | "digits" | "later"> {
  payout: PricingRule;
  revenue: PricingRule;
  affiliate: string | null;
  affiliateSlug: string;
  overrideVersion: number | null;
  hasPayout: 0 | 1;
  hasRevenue: 0 | 1;
  /** Null where the currency decides. */
  digits: number | null;
  prices: PriceChange[];
}

/**
 * What was set and announced of an event's price, of everybody's and of the affiliate's own: from the last whole one on that counted when the earliest message was received (?2).
 */
const PRICES = `
  SELECT json_group_array(json_object('affiliate', p.affiliate, 'fromMs', p.from_at, 'sets', p.sets, 'payout', json(p.payout), 'revenue', json(p.revenue),
      'digits', p.digits, 'version', p.version) ORDER BY p.from_at, p.affiliate)
  FROM price_changes p WHERE p.offer = e.offer AND p.event = e.name AND p.affiliate IN (0, l.affiliate)
    AND p.from_at >= coalesce((SELECT max(q.from_at) FROM price_changes q
      WHERE q.offer = p.offer AND q.event = p.event AND q.affiliate = p.affiliate AND q.sets = 'all' AND q.from_at <= ?2), 0)`;

/** Begins a query for links `l`, with offers `o` and affiliates `a` behind what chooses them (?1), and with the prices that counted since a moment (?2). */
export const LINK_TERMS = `
  SELECT l.number AS link, l.offer, o.slug AS offerSlug, l.affiliate, o.advertiser, o.currency,
    o.window_days AS windowDays, o.min_seconds AS minSeconds, o.order_space AS orderSpace, o.caps, o.time_zone AS timeZone, o.claims,
    o.max_amount AS maxAmountMicros, a.status = 'review' AS inReview, o.review_first AS reviewFirst, o.attribute_first AS attributeFirst,
    o.other_currencies AS otherCurrencies,
    (SELECT json_group_array(json_object(
        'name', e.name, 'repeat', e.repeat, 'restate', e.restate, 'windowDays', e.window_days, 'version', e.version, 'digits', e.digits, 'review', e.review,
        'payout', json(coalesce(v.payout, e.payout)), 'revenue', json(coalesce(v.revenue, e.revenue)),
        'affiliate', iif(v.version IS NULL, NULL, a.slug), 'overrideVersion', v.version,
        'hasPayout', v.payout IS NOT NULL, 'hasRevenue', v.revenue IS NOT NULL, 'affiliateSlug', a.slug, 'prices', json((${PRICES}))) ORDER BY e.position)
      FROM offer_events e LEFT JOIN offer_event_overrides v ON v.offer = e.offer AND v.event = e.name AND v.affiliate = l.affiliate
      WHERE e.offer = l.offer) AS events
  FROM`;

export const LINK_JOINS = "JOIN offers o ON o.number = l.offer JOIN affiliates a ON a.number = l.affiliate";

/** The link's terms. What the set-up leaves to the currency is that one's. */
export function readLinkTerms({ link, caps, events, maxAmountMicros, inReview, ...rest }: LinkTermsRow): LinkTerms {
  const rows: EventRow[] = JSON.parse(events);
  const read: Cap[] = JSON.parse(caps);
  return {
    ...rest,
    caps: read,
    maxAmountMicros: maxAmountMicros ?? largeAmountMicros(rest.currency),
    inReview: inReview === 1,
    events: rows.map((row) => readEvent(row, rest.currency)),
  };
}

function readEvent(
  { affiliate, affiliateSlug, overrideVersion, hasPayout, hasRevenue, digits, prices, ...event }: EventRow,
  currency: string,
): EventTerms {
  const override =
    affiliate === null || overrideVersion === null
      ? null
      : { affiliate, version: overrideVersion, hasPayout: hasPayout === 1, hasRevenue: hasRevenue === 1 };
  const usualDigits = minorUnitDigits(currency);
  const [first, ...later] = pricesFrom(prices, { affiliateSlug, usualDigits });
  const { fromMs: _, ...begun } = first ?? {
    fromMs: 0,
    ...event,
    digits: digits ?? usualDigits,
    override,
  };
  return { ...event, ...begun, ...(later.length === 0 ? {} : { later }) };
}

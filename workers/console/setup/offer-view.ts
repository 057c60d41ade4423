/** An offer as the API shows it, to each role what is theirs to see. */
import type { offers, StoredPricing } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import type { Caller } from "../caller.ts";
import type { OfferEvent, Override } from "./offer-events.ts";

/** An offer with the slug of its advertiser and its events. */
export interface ShownOffer {
  row: Omit<typeof offers.$inferSelect, "number">;
  advertiser: string;
  events: OfferEvent[];
}
export interface StoredOffer extends ShownOffer {
  row: typeof offers.$inferSelect;
}

type PricingView = { flat: string } | { percent: string } | "posted";

interface EventView {
  name: string;
  payout?: PricingView;
  revenue?: PricingView;
  repeat: string;
  restate: string;
  window_days: number | null;
  overrides?: { affiliate: string; payout?: PricingView; revenue?: PricingView; version: number }[];
  version: number;
}

/** A rule with decimal strings, as the API takes it. */
function pricingView(rule: StoredPricing): PricingView {
  if (rule === "posted") return rule;
  // A percentage has at most four decimals, so this division writes it exactly.
  return "flat" in rule ? { flat: formatMicros(rule.flat) } : { percent: String(rule.percent / 10_000) };
}

/** Affiliates never see revenue or each other, advertisers never payout. `affiliate` is the calling affiliate's slug. */
export function offerView(offer: ShownOffer, caller: Caller, affiliate: string | null) {
  const { row } = offer;
  const open = {
    slug: row.slug,
    name: row.name,
    advertiser: offer.advertiser,
    currency: row.currency,
    status: row.status,
    window_days: row.windowDays,
    min_seconds: row.minSeconds,
    starts_at: row.startsAtMs === null ? null : formatInstant(row.startsAtMs),
    ends_at: row.endsAtMs === null ? null : formatInstant(row.endsAtMs),
    deep_link_hosts: row.deepLinkHosts,
    time_zone: row.timeZone,
    events: offer.events.map((event) => eventView(event, caller, affiliate)),
    created_at: formatInstant(row.createdAtMs),
    updated_at: formatInstant(row.updatedAtMs),
  };
  if (caller.role === "affiliate") return open;
  return {
    ...open,
    destination: row.destination,
    order_space: row.orderSpace,
    fallback_url: row.fallbackUrl,
    redirect_status: row.redirectStatus,
    referrer_policy: row.referrerPolicy,
    pass_through: row.passThrough,
    rules: row.rules.map(({ notCountries, ...rule }) =>
      notCountries ? { ...rule, not_countries: notCountries } : rule,
    ),
    caps: row.caps,
  };
}
export type OfferView = ReturnType<typeof offerView>;

function eventView(event: OfferEvent, caller: Caller, affiliate: string | null): EventView {
  const terms = { repeat: event.repeat, restate: event.restate, window_days: event.windowDays, version: event.version };
  if (caller.role === "advertiser") return { name: event.name, revenue: pricingView(event.revenue), ...terms };
  if (caller.role === "affiliate") {
    const own = event.overrides.find((override) => override.affiliate === affiliate);
    return { name: event.name, payout: pricingView(own?.payout ?? event.payout), ...terms };
  }
  const { payout, revenue } = event;
  const overrides = event.overrides.filter((override) => override.payout !== null || override.revenue !== null);
  return {
    name: event.name,
    payout: pricingView(payout),
    revenue: pricingView(revenue),
    ...terms,
    overrides: overrides.map(overrideView),
  };
}

function overrideView({ affiliate, payout, revenue, version }: Override) {
  return {
    affiliate,
    ...(payout ? { payout: pricingView(payout) } : {}),
    ...(revenue ? { revenue: pricingView(revenue) } : {}),
    version,
  };
}

/** An offer as the API shows it, to each role what is theirs to see. */
import * as v from "valibot";
import type { offers, StoredPricing } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros } from "../../core/money.ts";
import type { Caller } from "../web/caller.ts";
import { setupStatus } from "../web/field-schemas.ts";
import type { OfferEvent, Override } from "./events.ts";

/** An offer with the slug of its advertiser and its events. */
export interface ShownOffer {
  row: Omit<typeof offers.$inferSelect, "number">;
  advertiser: string;
  events: OfferEvent[];
}
export interface StoredOffer extends ShownOffer {
  row: typeof offers.$inferSelect;
}

const pricing = v.union([v.object({ flat: v.string() }), v.object({ percent: v.string() }), v.literal("posted")]);
type PricingView = v.InferOutput<typeof pricing>;

const shownPrices = { payout: v.exactOptional(pricing), revenue: v.exactOptional(pricing) };
const override = v.object({ affiliate: v.string(), ...shownPrices, version: v.number() });
const event = v.object({
  name: v.string(),
  ...shownPrices,
  repeat: v.picklist(["per_txid", "once_per_click"]),
  restate: v.picklist(["ignore", "replace"]),
  window_days: v.nullable(v.number()),
  overrides: v.exactOptional(v.array(override)),
  version: v.number(),
});
type EventView = v.InferOutput<typeof event>;

const rule = v.object({
  countries: v.exactOptional(v.array(v.string())),
  not_countries: v.exactOptional(v.array(v.string())),
  devices: v.exactOptional(v.array(v.string())),
  systems: v.exactOptional(v.array(v.string())),
  destination: v.exactOptional(v.string()),
  block: v.exactOptional(v.literal(true)),
});
const cap = v.object({ event: v.string(), per: v.picklist(["day", "month"]), limit: v.number() });

/** An offer as the API shows it; what is optional is not shown to every role. */
export const offerAnswer = v.object({
  slug: v.string(),
  name: v.string(),
  advertiser: v.string(),
  currency: v.string(),
  status: setupStatus,
  window_days: v.number(),
  min_seconds: v.number(),
  starts_at: v.nullable(v.string()),
  ends_at: v.nullable(v.string()),
  deep_link_hosts: v.array(v.string()),
  time_zone: v.string(),
  events: v.array(event),
  created_at: v.string(),
  updated_at: v.string(),
  destination: v.exactOptional(v.string()),
  order_space: v.exactOptional(v.picklist(["advertiser", "offer"])),
  fallback_url: v.exactOptional(v.nullable(v.string())),
  redirect_status: v.exactOptional(v.number()),
  referrer_policy: v.exactOptional(v.string()),
  pass_through: v.exactOptional(v.boolean()),
  rules: v.exactOptional(v.array(rule)),
  caps: v.exactOptional(v.array(cap)),
});
export type OfferView = v.InferOutput<typeof offerAnswer>;

/** A rule with decimal strings, as the API takes it. */
function pricingView(rule: StoredPricing): PricingView {
  if (rule === "posted") return rule;
  // A percentage has at most four decimals, so this division writes it exactly.
  return "flat" in rule ? { flat: formatMicros(rule.flat) } : { percent: String(rule.percent / 10_000) };
}

/** Affiliates never see revenue or each other, advertisers never payout. `affiliate` is the calling affiliate's slug. */
export function offerView(offer: ShownOffer, caller: Caller, affiliate: string | null): OfferView {
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

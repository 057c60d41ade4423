/** The rules of a what-if: what of the set-up is to have been otherwise in its period. What they do not say is as it was. */
import type { Mapping } from "../../../schema/records.ts";
import type { Cap } from "../../../schema/tables.ts";
import type { EventTerms, LinkTerms } from "../books/set-up.ts";
import type { Terms } from "../books/terms.ts";
import { minorUnitDigits } from "../minor-units.ts";
import { describePricingRule, type PricingRule } from "../pricing.ts";

/** What one affiliate gets instead, and what the advertiser pays for its conversions. */
export interface OwnPrices {
  payout?: PricingRule;
  revenue?: PricingRule;
}

export interface EventRules extends OwnPrices {
  /** The event's own. */
  windowDays?: number;
  digits?: number;
  repeat?: EventTerms["repeat"];
  /** By the affiliate's number. */
  affiliates?: Record<string, OwnPrices>;
}

export interface OfferRules {
  windowDays?: number;
  caps?: Cap[];
  /** By name. */
  events?: Record<string, EventRules>;
}

export interface OtherRules {
  /** By the offer's number. */
  offers: Record<string, OfferRules>;
  mapping?: Mapping;
}

/** What the rules say of an event on a link: its prices for the link's affiliate, and the rest. */
export interface StatedRules extends Omit<EventRules, "affiliates"> {
  caps?: Cap[];
}

/**
 * What is stated of the event on that link, as it was at a message's moment: an affiliate that had a price of its own then is left alone by the event's. The offer's window is the event's where neither rules nor set-up give the event its own.
 */
export function statedFor({ offers }: OtherRules, link: LinkTerms, event: EventTerms): StatedRules {
  const offer = offers[link.offer];
  const { affiliates = {}, payout, revenue, ...rest } = offer?.events?.[event.name] ?? {};
  const own = affiliates[link.affiliate] ?? {};
  const paid = own.payout ?? (event.override?.hasPayout ? undefined : payout);
  const earned = own.revenue ?? (event.override?.hasRevenue ? undefined : revenue);
  const windowDays = rest.windowDays ?? (event.windowDays === null ? offer?.windowDays : undefined);
  return {
    ...rest,
    ...(paid === undefined ? {} : { payout: paid }),
    ...(earned === undefined ? {} : { revenue: earned }),
    ...(windowDays === undefined ? {} : { windowDays }),
    ...(offer?.caps === undefined ? {} : { caps: offer.caps }),
  };
}

/** The link as it is under the rules. Prices that they state count at all moments. */
export function underRules(rules: OtherRules, link: LinkTerms): LinkTerms {
  const events = link.events.map((event): EventTerms => {
    const { caps: _, ...stated } = statedFor(rules, link, event);
    const later = event.later?.map((price) => {
      const { caps: __, windowDays: ___, repeat: ____, ...prices } = statedFor(rules, link, { ...event, ...price });
      return { ...price, ...prices };
    });
    return { ...event, ...stated, ...(later && { later }) };
  });
  return { ...link, ...(rules.offers[link.offer]?.caps && { caps: rules.offers[link.offer]?.caps ?? [] }), events };
}

/** True where the rules may have other messages make conversions, or other conversions take places under caps: then places are given anew. */
export function movesPlaces({ offers, mapping }: OtherRules): boolean {
  const ofOffer = ({ windowDays, caps, events = {} }: OfferRules) =>
    windowDays !== undefined ||
    caps !== undefined ||
    Object.values(events).some((event) => event.windowDays !== undefined || event.repeat !== undefined);
  return mapping !== undefined || Object.values(offers).some(ofOffer);
}

/** What entries say of terms that the rules have made: `shoes/sale under what-if 7: payout 12 % of the amount, revenue as posted`. */
export function amendedRuleInWords(
  label: string,
  { offerSlug, currency }: LinkTerms,
  event: string,
  terms: Terms,
): string {
  const { payout, revenue, digits } = terms;
  const finer = digits !== undefined && digits > minorUnitDigits(currency) ? `, to ${digits} digits` : "";
  return `${offerSlug}/${event} under ${label}: payout ${describePricingRule(payout)}, revenue ${describePricingRule(revenue)}${finer}`;
}

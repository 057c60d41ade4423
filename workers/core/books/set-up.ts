/** The set-up as the ledger reads it once per batch: what links lead to, how events are priced, which credentials were valid. */
import type { PostbackMessage } from "../../../schema/messages.ts";
import type { Credential } from "../../../schema/records.ts";
import type { Cap } from "../../../schema/tables.ts";
import { minorUnitDigits } from "../minor-units.ts";
import { must } from "../must.ts";
import { describePricingRule, type PricingRule } from "../pricing.ts";
import type { DayRate } from "../rates/rate.ts";
import { utcDay } from "../rates/rate.ts";
import type { CouponTerms } from "./coupons.ts";
import type { OwnPrice, PriceFrom } from "./prices-from.ts";

/** One event of an offer, with the affiliate's override already applied. */
export interface EventTerms {
  name: string;
  payout: PricingRule;
  revenue: PricingRule;
  repeat: "per_txid" | "once_per_click";
  restate: "ignore" | "replace";
  windowDays: number | null;
  version: number;
  /** What payout and revenue are rounded to: its own, else those of the currency's minor unit. */
  digits: number;
  /** `all`: every new conversion of it is held for an operator. */
  review: "none" | "all";
  /** The affiliate's override, where it has one. */
  override: OwnPrice | null;
  /** What it is priced by from later moments on, in their order. Absent where it has but one price. */
  later?: PriceFrom[];
}

/** A link with what hangs on it. `events` in the offer's order. */
export interface LinkTerms {
  offer: number;
  offerSlug: string;
  affiliate: number;
  advertiser: number;
  currency: string;
  windowDays: number;
  minSeconds: number;
  orderSpace: "advertiser" | "offer";
  caps: Cap[];
  /** A sale of more than this is held for an operator. */
  maxAmountMicros: number;
  /** Its affiliate is in review: new conversions are held. */
  inReview: boolean;
  /** So many first conversions of each affiliate on the offer are held; 0 for none. */
  reviewFirst: number;
  timeZone: string;
  claims: "ask" | "take_single";
  /** Whose order it is that has a click and a coupon. */
  attributeFirst: "click" | "coupon";
  /** What becomes of a sale in another currency than the offer's. */
  otherCurrencies: "convert" | "reject";
  events: EventTerms[];
}

export interface SetUp {
  /** By link number. */
  links: Map<number, LinkTerms>;
  /** By advertiser number. */
  credentials: Map<number, Credential[]>;
  /** Those in use, by `couponKey`. */
  coupons: Map<string, CouponTerms[]>;
  /** What the pixel claims of orders that are named without a click, by `claimedKey`. Absent where none is. */
  claimed?: Map<string, ClaimedPlace[]>;
  /** What another tracker calls clicks that were adopted of it, by our click IDs. Absent where none is named. */
  oldNames?: Map<string, string>;
  /** What the rates are that a message in another currency may need, by `ratesKey`: the newest of each currency on its day of receipt, or of few days before. Absent where none is needed. */
  rates?: Map<string, DayRate[]>;
}

/** A link with its events as they were priced at this moment. */
export function linkAt({ links }: SetUp, number: number, atMs: number): LinkTerms | undefined {
  const link = links.get(number);
  return link?.events.some(({ later }) => later !== undefined)
    ? { ...link, events: link.events.map((event) => pricedAt(event, atMs)) }
    : link;
}

/** The event as it was priced at this moment; before the first of its prices, as at that one's. */
export function pricedAt({ later, ...event }: EventTerms, atMs: number): EventTerms {
  const counting = later?.findLast(({ fromMs }) => fromMs <= atMs);
  if (!counting) return event;
  const { fromMs: _, ...price } = counting;
  return { ...event, ...price };
}

/** Whose rates are asked for: of an advertiser's message in `currency`, on a day (`2026-11-27`, UTC). */
export function ratesKey(advertiser: number, currency: string, day: string): string {
  return JSON.stringify([advertiser, currency, day]);
}

/** The rates that a message's sums may be converted by. */
export function ratesOf(
  { advertiser, receivedAtMs, content: { currency } }: PostbackMessage,
  { rates }: SetUp,
): DayRate[] {
  return (currency === undefined ? null : rates?.get(ratesKey(advertiser, currency, utcDay(receivedAtMs)))) ?? [];
}

/** Where the pixel claims that an order belongs: the link of the claim's click, and the event. */
export interface ClaimedPlace {
  link: number;
  event: string;
}

export function claimedKey(advertiser: number, txid: string): string {
  return JSON.stringify([advertiser, txid]);
}

/** False when the message was vouched for by credentials that were not valid when it was received; or, of one that an operator sends again, by such as were revoked since. */
export function credentialWasValid(setUp: SetUp, message: PostbackMessage): boolean {
  if (message.credentialVersion === undefined) return true;
  // It was taken at the door of an advertiser that the books' set-up has.
  const credentials = must(setUp.credentials.get(message.advertiser), "the set-up of advertiser", message.advertiser);
  const credential = credentials.find(({ version }) => version === message.credentialVersion);
  if (!credential || (message.replay && credential.revoked)) return false;
  return credential.untilMs === undefined || message.receivedAtMs <= credential.untilMs;
}

/** `shoes/sale version 3: payout 10 % of the amount, revenue 4.00 flat (blog's own, version 1)`; digits are told where they are more than the currency's. */
export function ruleInWords(event: EventTerms, { offerSlug, currency }: LinkTerms): string {
  const own = event.override ? ` (${event.override.affiliate}'s own, version ${event.override.version})` : "";
  const finer = event.digits > minorUnitDigits(currency) ? `, to ${event.digits} digits` : "";
  return `${offerSlug}/${event.name} version ${event.version}: payout ${describePricingRule(event.payout)}, revenue ${describePricingRule(event.revenue)}${finer}${own}`;
}

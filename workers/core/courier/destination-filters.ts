/** Which notices a destination gets, and what of them its owner may be told. */
import type { Notice } from "../../../schema/messages.ts";
import { type HmacKey, hmac } from "../hmac-sha256.ts";
import { passingBytes } from "../passing-bytes.ts";
import { CONVERSION_TYPES, type DeliveryType, typeHeard } from "./delivery-types.ts";
import type { DestinationFilters, DestinationOwner, DestinationSettings } from "./destination-settings.ts";

/** All ten thousand of ten thousand. */
export const WHOLE_SHARE_BPS = 10_000;

/** As a destination begins: it hears of what is approved, and of what is taken back of that. */
export const DEFAULT_FILTERS: DestinationFilters = {
  types: [...CONVERSION_TYPES],
  statuses: ["approved", "reversed"],
  events: [],
  offers: [],
  countries: [],
  minAmountMicros: 0,
  tests: false,
  shareBps: WHOLE_SHARE_BPS,
};

type FilteredSettings = Pick<DestinationSettings, "number" | "owner" | "filters">;

/**
 * The type that this destination is told the notice as; null where it is not told, as nobody is of what another tracker booked. `key` makes the share of conversions one that nobody can choose; a conversion
 * keeps the choice that fell for it, so that later words on it follow the first.
 */
export function typeFor(
  { number, owner, filters }: FilteredSettings,
  notice: Notice,
  key: HmacKey,
): DeliveryType | null {
  const passes =
    notice.imported !== true &&
    isOwnersNotice(owner, notice) &&
    isStatusHeard(filters, notice) &&
    isListed(filters.events, notice.event) &&
    isListed(filters.offers, notice.offer) &&
    isListed(filters.countries, notice.click?.country) &&
    Math.max(notice.total.amountMicros, notice.total.amountMicros - notice.delta.amountMicros) >=
      filters.minAmountMicros &&
    (filters.tests || notice.test !== true) &&
    (owner.type !== "programme" || isInShare(key, number, notice.conversionId, filters.shareBps));
  return passes ? typeHeard(notice, filters.types) : null;
}

/**
 * True where countries are chosen and the click's row, which has the country, has not landed: nothing is decided then. Ask it before `typeFor`, and again while the row is
 * waited for; what has no click, or whose row never came, is of no country.
 */
export function waitsForCountry({ countries }: DestinationFilters, { click, clickId }: Notice): boolean {
  return countries.length > 0 && click === undefined && clickId !== undefined;
}

/** Whose a notice is: an affiliate and an advertiser are told of their own alone. */
export function isOwnersNotice(owner: DestinationOwner, notice: Pick<Notice, "affiliate" | "advertiser">): boolean {
  return owner.type === "programme" || notice[owner.type] === owner.number;
}

/** What was told is taken back, too: who heard of an approval hears that it is gone, whatever it has become. */
function isStatusHeard({ statuses }: DestinationFilters, { status, fromStatus }: Notice): boolean {
  const takesBack = (status === "rejected" || status === "reversed") && fromStatus === "approved";
  return statuses.includes(status) || (takesBack && statuses.includes("reversed"));
}

/** An empty list names all. What is not known is in no list. */
function isListed<Value>(list: readonly Value[], value: Value | undefined): boolean {
  return list.length === 0 || (value !== undefined && list.includes(value));
}

/** True for so many of ten thousand conversions, by a number that conversion and destination make. */
export function isInShare(key: HmacKey, destination: number, conversionId: string, shareBps: number): boolean {
  if (shareBps >= WHOLE_SHARE_BPS) return true;
  const [a = 0, b = 0, c = 0, d = 0] = hmac(key, passingBytes(`["share",${destination},"${conversionId}"]`));
  // Of 2^32 numbers, ten thousand classes differ by less than one in four hundred thousand.
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % WHOLE_SHARE_BPS < shareBps;
}

/**
 * The notice as its destination's owner may know it: for an affiliate without the advertiser's side, without what it is held for, and without `meta` where its offer does not share that; for an
 * advertiser without the affiliate's side. Templates and webhooks are written from this alone.
 */
export function noticeSeenBy(owner: DestinationOwner, notice: Notice, isMetaShared: boolean): Notice {
  if (owner.type === "programme") return notice;
  const { reason, ...open } = notice;
  if (owner.type === "affiliate") {
    const { meta, ...own } = open;
    // What a rule held it for is the operators': an affiliate knows that it is in review, and why it was rejected.
    const chosen = open.status === "rejected" && reason !== undefined && !open.held ? { reason } : {};
    const seen = { ...own, ...chosen, total: withoutRevenue(open.total), delta: withoutRevenue(open.delta) };
    return isMetaShared && meta !== undefined ? { ...seen, meta } : seen;
  }
  const seen = { ...open, firstPayoutMicros: 0, total: withoutPayout(open.total), delta: withoutPayout(open.delta) };
  if (open.click === undefined) return seen;
  const { country, device, os, browser } = open.click;
  const click = Object.fromEntries(
    Object.entries({ country, device, os, browser }).filter(([, value]) => value !== undefined),
  );
  return { ...seen, click };
}

function withoutRevenue(money: Notice["total"]): Notice["total"] {
  return { ...money, revenueMicros: 0 };
}

function withoutPayout(money: Notice["total"]): Notice["total"] {
  return { ...money, payoutMicros: 0 };
}

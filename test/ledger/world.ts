/** A small programme for the ledger's tests: two advertisers, three offers in currencies of two, three and no digits, with every kind of rule, and clicks on their links. */

import type { PostbackMessage } from "../../schema/messages.ts";
import { couponKey } from "../../workers/core/books/coupons.ts";
import { type EventTerms, type LinkTerms, ratesKey, type SetUp } from "../../workers/core/books/set-up.ts";
import type { Click } from "../../workers/core/click-id.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { type DayRate, utcDay } from "../../workers/core/rates/rate.ts";
import { ERASURE_KEY } from "./erasure-key.ts";

export const DAY_MS = 86_400_000;
export const START_MS = Date.UTC(2026, 10, 1);
export const KEYS = JSON.stringify({ signing: 1, keys: { 1: btoa("k".repeat(32)) } });

export async function testKeyRing(): Promise<KeyRing> {
  const ring = await importKeyRing(KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  return ring.value;
}

const lead: EventTerms = {
  name: "lead",
  payout: { flat: 2_500_000 },
  revenue: { flat: 4_000_000 },
  repeat: "once_per_click",
  restate: "ignore",
  windowDays: null,
  version: 1,
  digits: 2,
  override: null,
  review: "none",
};
const sale: EventTerms = {
  name: "sale",
  payout: { percent: 100_000 },
  revenue: { percent: 150_000 },
  repeat: "per_txid",
  restate: "replace",
  windowDays: null,
  version: 1,
  digits: 2,
  override: null,
  review: "none",
};
const renewal: EventTerms = {
  name: "renewal",
  payout: { percent: 33_333 },
  revenue: "posted",
  repeat: "per_txid",
  restate: "ignore",
  windowDays: 90,
  version: 2,
  // More than its currencies have.
  digits: 4,
  override: null,
  review: "none",
};

/** The event as it is where the currency has so many digits. */
const inDigits = (digits: number, event: EventTerms): EventTerms => ({ ...event, digits });

/** The event where an operator looks at all of it. */
const reviewed = (event: EventTerms): EventTerms => ({ ...event, review: "all" });

const shoes: Omit<LinkTerms, "affiliate" | "events"> = {
  offer: 1,
  offerSlug: "shoes",
  advertiser: 1,
  currency: "USD",
  windowDays: 30,
  minSeconds: 0,
  orderSpace: "advertiser",
  caps: [],
  maxAmountMicros: 1_000_000_000_000_000,
  inReview: false,
  reviewFirst: 0,
  timeZone: "UTC",
  claims: "take_single",
  attributeFirst: "click",
  otherCurrencies: "convert",
};
const hats: Omit<LinkTerms, "affiliate" | "events"> = {
  offer: 2,
  offerSlug: "hats",
  advertiser: 1,
  currency: "KWD",
  windowDays: 30,
  minSeconds: 5,
  orderSpace: "offer",
  caps: [],
  maxAmountMicros: 40_000_000,
  inReview: false,
  reviewFirst: 0,
  timeZone: "UTC",
  claims: "ask",
  attributeFirst: "coupon",
  otherCurrencies: "convert",
};
const tea: Omit<LinkTerms, "affiliate" | "events"> = {
  offer: 3,
  offerSlug: "tea",
  advertiser: 2,
  currency: "JPY",
  windowDays: 30,
  minSeconds: 0,
  orderSpace: "advertiser",
  caps: [],
  maxAmountMicros: 1_000_000_000_000_000,
  inReview: false,
  reviewFirst: 2,
  timeZone: "UTC",
  claims: "ask",
  attributeFirst: "click",
  otherCurrencies: "convert",
};

const MAGS_OWN = { affiliate: "mag", version: 1, hasPayout: true, hasRevenue: false };

/** Link 2 belongs to an affiliate with a payout of its own for sales, and link 5 to one that is in review. */
export const LINKS = new Map<number, LinkTerms>([
  [1, { ...shoes, affiliate: 1, events: [lead, sale, renewal] }],
  [
    2,
    {
      ...shoes,
      affiliate: 2,
      events: [lead, { ...sale, payout: { percent: 125_000 }, override: MAGS_OWN }, renewal],
    },
  ],
  [3, { ...hats, affiliate: 1, events: [inDigits(3, sale), inDigits(3, reviewed(lead))] }],
  [4, { ...tea, affiliate: 2, events: [inDigits(0, sale), renewal] }],
  [5, { ...shoes, affiliate: 3, inReview: true, events: [lead, sale, renewal] }],
  // The coupons' own.
  [8, { ...shoes, affiliate: 1, events: [lead, sale, renewal] }],
  [6, { ...hats, affiliate: 2, events: [inDigits(3, sale), inDigits(3, reviewed(lead))] }],
  [
    7,
    {
      ...shoes,
      affiliate: 2,
      events: [lead, { ...sale, payout: { percent: 125_000 }, override: MAGS_OWN }, renewal],
    },
  ],
]);

/** Units for one euro, by days after the start: two or three days apart, with one gap that no rate reaches over. GBP and IDR are no offer's. */
export const RATES: readonly { day: number; perEuro: Readonly<Record<string, string>> }[] = [
  { day: -2, perEuro: { USD: "1.0853", KWD: "0.33291", JPY: "162.41", GBP: "0.83415", IDR: "17180.5" } },
  { day: 3, perEuro: { USD: "1.1", KWD: "0.3301", JPY: "160", GBP: "0.9", IDR: "17000" } },
  { day: 10, perEuro: { USD: "1.0777", JPY: "171.03", GBP: "0.84", IDR: "16999.999999" } },
  { day: 33, perEuro: { USD: "1.2", KWD: "0.34", JPY: "150", GBP: "0.8", IDR: "18000" } },
  { day: 88, perEuro: { USD: "1.03", KWD: "0.31", JPY: "155.5", GBP: "0.82" } },
];

/** A day so many days after the start: `2026-11-03`. */
export function dayAfterStart(days: number): string {
  return new Date(START_MS + days * DAY_MS).toISOString().slice(0, 10);
}

/** Of a code, whose it is and when: SPRING goes from one affiliate to the other after some days, HAT is never over, and SPRING says nothing to the second advertiser. */
export const COUPONS = [
  { number: 1, advertiser: 1, code: "Spring", link: 8, fromMs: START_MS, untilMs: START_MS + 5 * DAY_MS },
  { number: 2, advertiser: 1, code: "HAT", link: 6, fromMs: null, untilMs: null },
  { number: 3, advertiser: 1, code: "SPRING", link: 7, fromMs: START_MS + 5 * DAY_MS, untilMs: null },
];

export const SET_UP: SetUp = {
  links: LINKS,
  credentials: new Map([
    [1, [{ version: 1, key: 1 }]],
    [2, [{ version: 1, key: 1 }]],
  ]),
  coupons: new Map(
    [...Map.groupBy(COUPONS, ({ advertiser, code }) => couponKey(advertiser, code))].map(([key, coupons]) => [
      key,
      coupons.map(({ advertiser: _, code: __, ...terms }) => terms),
    ]),
  ),
};

/** The same with the rates that a message may be converted by: of each currency the newest on its day of receipt, or of seven before. */
export function setUpOn({ advertiser, receivedAtMs, content: { currency } }: PostbackMessage): SetUp {
  if (currency === undefined) return SET_UP;
  const today = Math.floor((receivedAtMs - START_MS) / DAY_MS);
  const newest = RATES.filter(({ day }) => day <= today && day >= today - 7).flatMap(({ day, perEuro }) =>
    Object.entries(perEuro).map(([of, one]): DayRate => ({ currency: of, day: dayAfterStart(day), perEuro: one })),
  );
  // A later one of a currency stands in the place of an earlier.
  const rates = [...new Map(newest.map((rate) => [rate.currency, rate])).values()];
  return { ...SET_UP, rates: new Map([[ratesKey(advertiser, currency, utcDay(receivedAtMs)), rates]]) };
}

/** Seven clicks: two on link 1, then one on each, a test click on link 1, and the last on the link of who is in review. */
export const CLICKS: Click[] = [
  { issuedAtMs: START_MS, link: 1, counter: 1, test: false, provisional: false },
  { issuedAtMs: START_MS + 60_000, link: 1, counter: 2, test: false, provisional: false },
  { issuedAtMs: START_MS + 120_000, link: 2, counter: 3, test: false, provisional: false },
  { issuedAtMs: START_MS + 180_000, link: 3, counter: 4, test: false, provisional: false },
  { issuedAtMs: START_MS + 240_000, link: 4, counter: 5, test: false, provisional: false },
  { issuedAtMs: START_MS + 300_000, link: 1, counter: 6, test: true, provisional: false },
  { issuedAtMs: START_MS + 360_000, link: 5, counter: 7, test: false, provisional: false },
];

export interface IssuedClick {
  id: string;
  click: Click;
}

export async function issueClicks(ring: KeyRing): Promise<IssuedClick[]> {
  return Promise.all(CLICKS.map(async (click) => ({ id: await issueClickId(ring, click), click })));
}

/** What settling needs for other trackers' clicks, where none is named. */
export const NO_TRACKERS = {
  RELAYS: { sendBatch: () => Promise.reject(new Error("nothing is relayed here")) },
  ERASURE_KEY,
};

/** The courier's queue where no destination is set up. */
export const NOBODY_IS_TOLD = {
  sendBatch: () => Promise.reject(new Error("nobody is told here")),
};

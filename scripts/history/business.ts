/** The business whose ninety days `npm start` begins with: four advertisers in three currencies, a dozen affiliates, their links and coupons. All of it is invented; advertisers say so in their names. */
import { shopDestination } from "../local/origins.ts";
import type { Link, Offer, Party, Programme } from "../programme/programme.ts";

/** How a visitor of an offer becomes a customer. */
export type Course = "shop" | "subscription" | "account";

/** An offer with what its history is drawn from. */
export interface BusyOffer extends Omit<Offer, "destination"> {
  course: Course;
  /** Of a hundred clicks, how many begin something. */
  percent: number;
  /** How an order of it is called, before its number. */
  orders: string;
  /** What is paid for it at least and at most, in whole units. */
  from: number;
  to: number;
  /** Approved by a later word, after so many days; 0: at once. */
  approvedAfterDays: number;
}

/** An affiliate with how its clicks look. */
export interface BusyAffiliate extends Party {
  status?: "review";
  /** Its share of all clicks, beside the others'. */
  weight: number;
  /** Better or worse than the offer's own rate. */
  quality: number;
  countries: readonly [string, ...string[]];
  referrer: string;
  campaigns: readonly [string, ...string[]];
  /** Its clicks bear this platform's click ID. */
  paidBy?: "gclid" | "fbclid";
  /** It came in the last days only. */
  lastDays?: number;
}

export interface BusyLink extends Omit<Link, "offer"> {
  offer: BusyOffer;
  affiliate: BusyAffiliate;
}

export interface BusyCoupon {
  code: string;
  offer: BusyOffer;
  affiliate: BusyAffiliate;
}

const FJELL: Party = { slug: "fjell-outdoor", name: "Fjell Outdoor (demo)" };
const LUMEN: Party = { slug: "lumen-stream", name: "Lumen Stream (demo)" };
const PENNY: Party = { slug: "penny-bank", name: "Penny Bank (demo)" };
const ROAST: Party = { slug: "roast-club", name: "Roast Club (demo)" };
/** Whose pages have the pixel too, so that there are claims. */
export const PIXEL_ADVERTISER = FJELL;

const JACKETS: BusyOffer = {
  ...{ slug: "fjell-jackets", name: "Fjell Jackets", advertiser: FJELL },
  currency: "EUR",
  events: [
    { name: "newsletter", kind: "lead", payout: { flat: "0.80" }, revenue: { flat: "1.20" } },
    { name: "sale", kind: "sale", payout: { percent: "8" }, revenue: { percent: "12" } },
  ],
  ...{ course: "shop", percent: 4.5, orders: "FJ", from: 49, to: 329, approvedAfterDays: 14 },
};
const TENTS: BusyOffer = {
  ...{ slug: "fjell-tents-us", name: "Fjell Tents (US)", advertiser: FJELL },
  currency: "USD",
  events: [{ name: "sale", kind: "sale", payout: { percent: "7" }, revenue: { percent: "11" } }],
  ...{ course: "shop", percent: 3, orders: "FT", from: 99, to: 649, approvedAfterDays: 0 },
};
const STREAM: BusyOffer = {
  ...{ slug: "lumen-plus", name: "Lumen Plus", advertiser: LUMEN },
  currency: "USD",
  events: [
    { name: "trial", kind: "trial", payout: { flat: "1.00" }, revenue: { flat: "1.50" } },
    { name: "activation", kind: "activation", payout: { flat: "9.00" }, revenue: { flat: "14.00" }, window_days: 60 },
    { name: "renewal", kind: "renewal", payout: { percent: "20" }, revenue: { percent: "30" }, window_days: 365 },
  ],
  ...{ course: "subscription", percent: 8, orders: "LU", from: 12, to: 12, approvedAfterDays: 0 },
};
const COFFEE: BusyOffer = {
  ...{ slug: "roast-monthly", name: "Roast Monthly", advertiser: ROAST },
  currency: "EUR",
  events: [
    { name: "trial", kind: "trial", payout: { flat: "2.00" }, revenue: { flat: "3.00" } },
    { name: "activation", kind: "activation", payout: { flat: "6.50" }, revenue: { flat: "10.00" }, window_days: 60 },
    { name: "renewal", kind: "renewal", payout: { percent: "10" }, revenue: { percent: "15" }, window_days: 365 },
  ],
  ...{ course: "subscription", percent: 6, orders: "RO", from: 24, to: 24, approvedAfterDays: 0 },
};
const ACCOUNT: BusyOffer = {
  ...{ slug: "penny-account", name: "Penny Account", advertiser: PENNY },
  currency: "GBP",
  events: [
    { name: "lead", kind: "lead", payout: { flat: "2.00" }, revenue: { flat: "3.50" } },
    { name: "account", kind: "activation", payout: { flat: "24.00" }, revenue: { flat: "38.00" }, window_days: 60 },
  ],
  ...{ course: "account", percent: 7, orders: "PB", from: 0, to: 0, approvedAfterDays: 20 },
};

const affiliate = (
  slug: string,
  name: string,
  weight: number,
  quality: number,
  more: Pick<BusyAffiliate, "countries" | "referrer" | "campaigns"> & Partial<BusyAffiliate>,
): BusyAffiliate => ({ slug, name, weight, quality, ...more });

const TRAIL = affiliate("trail-diary", "Trail Diary", 14, 1.3, {
  countries: ["DE", "DE", "AT", "CH"],
  referrer: "trail-diary.example",
  campaigns: ["review", "packing-list", "newsletter"],
});
const GEAR = affiliate("gear-compare", "Gear Compare", 18, 1, {
  countries: ["DE", "NL", "FR", "BE"],
  referrer: "gear-compare.example",
  campaigns: ["table", "best-of-2026"],
});
const SUMMIT = affiliate("summit-video", "Summit Video", 9, 0.8, {
  countries: ["US", "US", "CA", "GB"],
  referrer: "video.example",
  campaigns: ["ep-41", "ep-42", "ep-43"],
});
const SAVER = affiliate("saver-codes", "Saver Codes", 12, 1.6, {
  countries: ["DE", "US", "GB", "FR", "ES"],
  referrer: "saver-codes.example",
  campaigns: ["code-page", "app"],
});
const SEARCH = affiliate("brightads", "Bright Ads", 20, 0.7, {
  countries: ["US", "US", "GB", "DE"],
  referrer: "search.example",
  campaigns: ["brand", "generic", "competitor"],
  paidBy: "gclid",
});
const SOCIAL = affiliate("loopmedia", "Loop Media", 16, 0.6, {
  countries: ["US", "GB", "BR", "MX"],
  referrer: "social.example",
  campaigns: ["reel-a", "reel-b", "story"],
  paidBy: "fbclid",
});
const CINEMA = affiliate("film-night", "Film Night", 10, 1.2, {
  countries: ["US", "CA", "GB"],
  referrer: "film-night.example",
  campaigns: ["list-of-the-week", "podcast"],
});
const MONEY = affiliate("geld-mueller", "Geld & Müller", 9, 1.1, {
  countries: ["GB", "GB", "IE"],
  referrer: "money.example",
  campaigns: ["comparison", "guide"],
});
const STUDENT = affiliate("campus-perks", "Campus Perks", 8, 1, {
  countries: ["GB", "US", "DE"],
  referrer: "campus-perks.example",
  campaigns: ["freshers", "mail"],
});
const BARISTA = affiliate("barista-log", "Barista Log", 7, 1.5, {
  countries: ["DE", "IT", "AT", "FR"],
  referrer: "barista-log.example",
  campaigns: ["beans", "machine-test"],
});
const MAIL = affiliate("morning-mail", "Morning Mail", 8, 0.9, {
  countries: ["DE", "AT", "NL"],
  referrer: "morning-mail.example",
  campaigns: ["monday", "thursday"],
});
const NEWCOMER = affiliate("nova-deals", "Nova Deals", 6, 1.8, {
  countries: ["US", "PL", "RO"],
  referrer: "nova-deals.example",
  campaigns: ["push"],
  status: "review",
  lastDays: 9,
});

const linksOf = (offer: BusyOffer, ...of: BusyAffiliate[]): BusyLink[] =>
  of.map((one) => ({ slug: `${offer.slug}-${one.slug}`, offer, affiliate: one }));

/** The first of the list is there for the type: a programme has a link. */
export const BUSINESS: readonly [BusyLink, ...BusyLink[]] = [
  { slug: `${JACKETS.slug}-${TRAIL.slug}`, offer: JACKETS, affiliate: TRAIL },
  ...linksOf(JACKETS, GEAR, SAVER, SEARCH, MAIL, NEWCOMER),
  ...linksOf(TENTS, SUMMIT, GEAR, SAVER, SOCIAL),
  ...linksOf(STREAM, CINEMA, SOCIAL, SEARCH, STUDENT, SUMMIT, NEWCOMER),
  ...linksOf(COFFEE, BARISTA, MAIL, SAVER, TRAIL),
  ...linksOf(ACCOUNT, MONEY, STUDENT, SEARCH),
];

export const COUPONS: readonly BusyCoupon[] = [
  { code: "SAVER10", offer: JACKETS, affiliate: SAVER },
  { code: "TRAIL15", offer: JACKETS, affiliate: TRAIL },
];

/** Of whom there is a statement that is paid, one that is final, and a draft. */
export const STATEMENTS = { paid: GEAR.slug, final: SAVER.slug, draft: CINEMA.slug } as const;

/** The links with what is set of them, and without what their history is drawn from; they lead to the shop at this origin. */
export function businessLinks(shop: string): Programme {
  return [setUpOf(BUSINESS[0], shop), ...BUSINESS.slice(1).map((link) => setUpOf(link, shop))];
}

function setUpOf({ slug, offer, affiliate }: BusyLink, shop: string): Link {
  const { name, status } = affiliate;
  return {
    slug,
    offer: {
      ...{ slug: offer.slug, name: offer.name, advertiser: offer.advertiser },
      ...{ destination: shopDestination(shop, offer.slug), currency: offer.currency, events: offer.events },
    },
    affiliate: { slug: affiliate.slug, name, ...(status !== undefined && { status }) },
  };
}

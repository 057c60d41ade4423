/** Random programmes of offers that are priced in every way, in currencies of two, no and three digits, and what their shops send: sales, refunds in parts, other amounts, sums as fine as the door takes them. */
import fc from "fast-check";
import type { PostbackMessage } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { lastDigitMicros } from "../../workers/core/money.ts";
import type { PricingRule } from "../../workers/core/pricing.ts";
import { START_MS } from "../ledger/world.ts";
import type { Cells } from "./seen-cells.ts";

/** By offer, from the first on. */
export const CURRENCIES = ["USD", "JPY", "KWD"] as const;
export type Currency = (typeof CURRENCIES)[number];
export const MINOR_DIGITS: Readonly<Record<Currency, number>> = { USD: 2, JPY: 0, KWD: 3 };
export const AFFILIATES = ["blog", "mag"] as const;
/** Mostly the offer's own; EUR is no offer's. */
const TOLD_IN = [null, null, "EUR", "USD", "JPY"] as const;
/** Units for one euro, of the day before all that is sent, and of one some days after. */
const PER_EURO: Readonly<Record<Currency, readonly [string, string]>> = {
  USD: ["1.0853", "1.1"],
  JPY: ["162.41", "159.9"],
  KWD: ["0.33291", "0.34"],
};
const EVENTS: readonly string[] = ["sale", "lead"];
const MOST_SALES = 14;
const MOST_MICROS = 2_000_000_000;
const SALES_FROM_MS = START_MS + 3_600_000;
const DAY_MS = 86_400_000;

interface DrawnEvent {
  /** More digits than the currency's, or none. */
  more: number | null;
  payout: PricingRule;
  revenue: PricingRule;
  /** The second affiliate's own. */
  own: PricingRule | null;
}

interface DrawnSale {
  offer: number;
  affiliate: number;
  event: number;
  atMs: number;
  status: "pending" | "approved";
  amountMicros: number;
  revenueMicros: number;
  /** Millionths of the sale that are given back; null for the whole. */
  refunds: (number | null)[];
  /** In which it is told; null where nothing is said. */
  currency: (typeof TOLD_IN)[number];
  /** Another amount, of which the event takes every one. */
  restated: number | null;
}

export interface PricedHistory {
  events: DrawnEvent[][];
  sales: DrawnSale[];
  /** Which of the messages comes when, and how many at once. */
  order: number[];
  batch: number;
}

/** Mostly to the cent, sometimes as fine as there is. */
const micros = fc.oneof(
  { weight: 2, arbitrary: fc.nat(MOST_MICROS / 10_000).map((cents) => cents * 10_000) },
  { weight: 1, arbitrary: fc.nat(MOST_MICROS) },
  // A sale without an amount.
  { weight: 1, arbitrary: fc.constant(0) },
);
const percent: fc.Arbitrary<PricingRule> = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((whole) => ({ percent: whole * 10_000 })),
  fc.integer({ min: 1, max: 600_000 }).map((millionths) => ({ percent: millionths })),
);
/** In steps of the last digit. */
const flat: fc.Arbitrary<PricingRule> = fc.nat(5_000).map((steps) => ({ flat: steps }));
const event: fc.Arbitrary<DrawnEvent> = fc.record({
  more: fc.option(fc.integer({ min: 0, max: 6 }), { freq: 2 }),
  payout: fc.oneof({ weight: 3, arbitrary: percent }, { weight: 1, arbitrary: flat }),
  revenue: fc.oneof(percent, flat, fc.constant("posted" as const)),
  own: fc.option(fc.oneof(percent, flat)),
});
const sale: fc.Arbitrary<DrawnSale> = fc.record({
  offer: fc.nat(CURRENCIES.length - 1),
  affiliate: fc.nat(AFFILIATES.length - 1),
  event: fc.nat(EVENTS.length - 1),
  atMs: fc.integer({ min: 0, max: 5 * DAY_MS }),
  status: fc.constantFrom("pending", "approved"),
  amountMicros: micros,
  revenueMicros: micros,
  refunds: fc.array(fc.option(fc.integer({ min: 1, max: 700_000 }), { freq: 6 }), { maxLength: 4 }),
  currency: fc.constantFrom(...TOLD_IN),
  restated: fc.option(micros, { freq: 1 }),
});

export const pricedHistories: fc.Arbitrary<PricedHistory> = fc.record({
  events: fc.array(fc.array(event, { minLength: EVENTS.length, maxLength: EVENTS.length }), {
    minLength: CURRENCIES.length,
    maxLength: CURRENCIES.length,
  }),
  sales: fc.array(sale, { minLength: 1, maxLength: MOST_SALES }),
  order: fc.array(fc.nat(1_000), { minLength: MOST_SALES * 6, maxLength: MOST_SALES * 6 }),
  batch: fc.integer({ min: 1, max: 30 }),
});

/** What the event's prices are rounded to. */
export function digitsOf({ more }: DrawnEvent, currency: Currency): number {
  return Math.max(more ?? 0, MINOR_DIGITS[currency]);
}

/** The digits of an event by the numbers that the books know it by. */
export function eventDigits({ events }: PricedHistory, offer: number, name: string): number {
  const drawn = events[offer - 1]?.[EVENTS.indexOf(name)];
  if (!drawn) throw new Error(`there is no event ${name} of offer ${offer}`);
  return digitsOf(drawn, currencyOf(offer));
}

function currencyOf(offer: number): Currency {
  return CURRENCIES[offer - 1] ?? "USD";
}

/** The rows of the set-up: a link for each offer and affiliate, in this order. */
export function setUpRows({ events }: PricedHistory): Record<string, Cells[]> {
  const created = { created_at: START_MS, updated_at: START_MS };
  const named = (slug: string) => ({ slug, name: slug, ...created });
  const ruleIn = (digits: number) => (rule: PricingRule) =>
    JSON.stringify(rule !== "posted" && "flat" in rule ? { flat: rule.flat * lastDigitMicros(digits) } : rule);
  const drawn = CURRENCIES.flatMap((currency, offer) =>
    EVENTS.map((name, position) => {
      const found = events[offer]?.[position];
      if (!found) throw new Error("an event is missing");
      const digits = digitsOf(found, currency);
      return {
        place: { offer: offer + 1 },
        name,
        position,
        digits,
        isOwn: found.more !== null,
        found,
        text: ruleIn(digits),
      };
    }),
  );
  return {
    advertisers: [{ ...named("acme"), credentials: '[{"version":1,"key":1}]' }],
    affiliates: AFFILIATES.map(named),
    offers: CURRENCIES.map((currency) => ({
      ...named(`in-${currency.toLowerCase()}`),
      ...{ advertiser: 1, destination: "https://shop.example/", currency, max_amount: 1_000_000_000_000_000 },
    })),
    offer_events: drawn.map(({ place, name, position, digits, isOwn, found, text }) => ({
      ...{ ...place, name, position, payout: text(found.payout), revenue: text(found.revenue) },
      ...{ restate: "replace", digits: isOwn ? digits : null },
    })),
    offer_event_overrides: drawn
      .filter(({ found }) => found.own !== null)
      .map(({ place, name, found, text }) => ({
        ...place,
        event: name,
        affiliate: 2,
        payout: found.own && text(found.own),
      })),
    rates: CURRENCIES.flatMap((currency) =>
      PER_EURO[currency].map((per_euro, index) => ({
        ...{ currency, day: new Date(START_MS + (index * 3 - 1) * DAY_MS).toISOString().slice(0, 10), per_euro },
        ...{ source: "ecb", set_at: START_MS },
      })),
    ),
    links: CURRENCIES.flatMap((_, offer) =>
      AFFILIATES.map((slug, affiliate) => ({
        ...{ slug: `${slug}-${offer + 1}`, offer: offer + 1, affiliate: affiliate + 1, ...created },
      })),
    ),
  };
}

/** What is sent, in the batches in which it comes. */
export function batchesOf({ sales, order, batch }: PricedHistory, ring: KeyRing): PostbackMessage[][] {
  const messages = sales.flatMap((drawn, number) => saidOf(drawn, number, ring));
  const places = new Map(messages.map((message, index) => [message, order[index] ?? 0]));
  const mixed = messages.toSorted((left, right) => (places.get(left) ?? 0) - (places.get(right) ?? 0));
  return Array.from({ length: Math.ceil(mixed.length / batch) }, (_, index) =>
    mixed.slice(index * batch, (index + 1) * batch),
  );
}

function saidOf(drawn: DrawnSale, number: number, ring: KeyRing): PostbackMessage[] {
  const { offer, affiliate, amountMicros, revenueMicros, status, refunds, restated } = drawn;
  const link = offer * AFFILIATES.length + affiliate + 1;
  const click = { issuedAtMs: START_MS, link, counter: number, test: false, provisional: false };
  const about = { clickId: issueClickId(ring, click), event: EVENTS[drawn.event] ?? "sale", txid: `T${number}` };
  const contents: PostbackMessage["content"][] = [
    { ...about, status, amountMicros, revenueMicros },
    ...(restated === null ? [] : [{ ...about, amountMicros: restated, revenueMicros: restated }]),
    ...refunds.map((share, index) => ({
      ...{ ...about, status: "reversed" as const, refundId: `r${index}` },
      ...(share === null ? {} : { amountMicros: Math.floor((amountMicros / 1_000_000) * share) }),
    })),
  ];
  const currency = drawn.currency === null ? {} : { currency: drawn.currency };
  return contents.map((content, index) => ({
    ...{ kind: "postback" as const, receipt: `0${String(number * 10 + index).padStart(16, "0")}000000000` },
    ...{
      advertiser: 1,
      receivedAtMs: SALES_FROM_MS + drawn.atMs + index * 60_000,
      channel: "get" as const,
      content: { ...content, ...currency },
    },
  }));
}

/**
 * What a story is told with: one click, one order, its postbacks, and what the books must say of it. Amounts are cents, so that
 * every share of them is a whole number of micros and plain arithmetic can check the ledger's.
 */
import type { Random } from "../random.ts";
import type { Link, OfferEvent, Price } from "./programme.ts";

/** A click that was made: its ID comes from the redirect. */
export interface PlayedClick {
  link: Link;
  clickId: string;
  test: boolean;
}

export interface Postback {
  advertiser: string;
  params: Record<string, string>;
  /** A stranger's token instead of the advertiser's. */
  badToken?: true;
  /** What the answer (`refused: bad_token`) or, once it is settled, the receipt (`attributed`, `rejected: unknown_event`) must say. */
  expect: string;
}

/** A row of the conversions' export. */
export interface ExpectedConversion {
  advertiser: string;
  affiliate: string;
  event: string;
  txid: string;
  status: string;
  currency: string;
  amountMicros: number;
  payoutMicros: number;
  revenueMicros: number;
  test: boolean;
}

export interface Scene {
  click: PlayedClick;
  random: Random;
  /** The order's own id; no other order of any run has it. */
  order: string;
  /** What the customer pays. */
  cents: number;
  /** A postback about the order as a sale; `undefined` takes a parameter out. */
  sale(expect: string, params?: Record<string, string | undefined>): Postback;
  /** A postback about the offer's other event, which pays a flat sum. */
  lead(expect: string, params?: Record<string, string | undefined>): Postback;
  /** The sale's row, of which `cents` remain (default: all). */
  soldFor(status: string, cents?: number): ExpectedConversion;
  /** The row of the flat event. */
  led(status: string): ExpectedConversion;
}

const CENTS_PER_UNIT = 100;
/** Whole hundredths of a percent. */
const WHOLE_BPS = 10_000;
const MICROS_PER_CENT = 10_000;
const CHEAPEST_CENTS = 500;
const DEAREST_CENTS = 25_000;

/** A scene for one order on `click`. */
export function openScene(click: PlayedClick, order: string, random: Random): Scene {
  const { offer, affiliate } = click.link;
  const [lead, sale = lead] = offer.events;
  const cents = random.whole(CHEAPEST_CENTS, DEAREST_CENTS);
  const about = (event: OfferEvent, amount: string | undefined) => {
    const usual = { click_id: click.clickId, event: event.name, txid: order, amount };
    return (expect: string, params: Record<string, string | undefined> = {}): Postback => ({
      advertiser: offer.advertiser.slug,
      params: withoutAbsent({ ...usual, ...params }),
      expect,
    });
  };
  const row = (event: OfferEvent, status: string, soldCents: number, leftCents: number): ExpectedConversion => ({
    advertiser: offer.advertiser.slug,
    affiliate: affiliate.slug,
    event: event.name,
    txid: order,
    status,
    currency: offer.currency,
    ...figures(event, status, soldCents, leftCents),
    test: click.test,
  });
  return {
    click,
    random,
    order,
    cents,
    sale: about(sale, decimal(cents)),
    lead: about(lead, undefined),
    soldFor: (status, remainingCents = cents) => row(sale, status, cents, remainingCents),
    led: (status) => row(lead, status, 0, 0),
  };
}

/** Cents as a decimal: 1250 → `12.50`. */
export function decimal(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
}

/** Nothing while a conversion is rejected or once it is reversed. */
function figures({ payout, revenue }: OfferEvent, status: string, soldCents: number, leftCents: number) {
  if (status === "rejected" || status === "reversed") return { amountMicros: 0, payoutMicros: 0, revenueMicros: 0 };
  const micros = (price: Price) => priceOf(price, soldCents, leftCents) * MICROS_PER_CENT;
  return { amountMicros: leftCents * MICROS_PER_CENT, payoutMicros: micros(payout), revenueMicros: micros(revenue) };
}

/** Cents: of the whole sale, and what remains of that. Halves of a cent are exact in floating point, and so is which way they go. */
function priceOf(price: Price, soldCents: number, leftCents: number): number {
  if ("flat" in price) return Math.round(Number(price.flat) * CENTS_PER_UNIT);
  const wholeCents = Math.round((Math.round(Number(price.percent) * 100) * soldCents) / WHOLE_BPS);
  return Math.round((wholeCents * leftCents) / soldCents);
}

function withoutAbsent(params: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

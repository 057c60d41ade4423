/** A sale in its own currency, and as it is booked in its offer's. */
import type { PostbackContent } from "../../../schema/messages.ts";
import { pricePosted } from "../pricing.ts";
import { bookedMicros, type Exchange, isBeyond } from "../rates/exchange.ts";
import { crossRate, type DayRate } from "../rates/rate.ts";
import type { SaleSums } from "./hold.ts";
import type { Terms } from "./terms.ts";

/** Digits of the offer's prices, and whether it takes other currencies. */
type ExchangeTerms = Pick<Terms, "digits" | "otherCurrencies">;
/** A message, as far as its currency decides. */
export interface ToldSums {
  content: PostbackContent;
  /** By which its sums may be converted. */
  rates: readonly DayRate[];
}

/** A sale in its own currency, with what decides how it is booked. */
interface OwnSale {
  amountMicros: number;
  postedRevenueMicros: number;
  exchange: Exchange | null;
  terms: Pick<Terms, "digits">;
}

/** The sums of a sale, gross, as they are booked. */
export function bookedSale({ amountMicros, postedRevenueMicros, exchange, terms }: OwnSale): SaleSums {
  return {
    amountMicros: bookedMicros(amountMicros, exchange),
    postedRevenueMicros: exchange
      ? bookedMicros(postedRevenueMicros, exchange)
      : pricePosted(postedRevenueMicros, terms.digits),
  };
}

/** What is kept of a posted revenue: it is a price, and so has the digits of one as soon as it is in the offer's currency. */
export function postedIn(exchange: Exchange | null, micros: number, { digits }: Pick<Terms, "digits">): number {
  return exchange ? micros : pricePosted(micros, digits);
}

/** What stands where a message's currency is not taken. */
export const WRONG_CURRENCY = "wrong_currency";
export type WrongCurrency = typeof WRONG_CURRENCY;

/** How a sale told by `told` is booked in `booked`; null where that is its own currency. Refuses another one that the offer does not take, or of which no rate is known. */
export function exchangeOf(
  { content, rates }: ToldSums,
  booked: string,
  { digits, otherCurrencies }: ExchangeTerms,
): Exchange | null | WrongCurrency {
  const { currency = booked } = content;
  if (currency === booked) return null;
  if (otherCurrencies !== "convert" || digits === undefined) return WRONG_CURRENCY;
  const found = crossRate(currency, booked, rates);
  return found ? { currency, ...found, digits } : WRONG_CURRENCY;
}

/** True where a sum of the message would be booked as more than an amount may be. */
export function saysTooMuch(
  { amountMicros = 0, revenueMicros = 0 }: PostbackContent,
  exchange: Exchange | null,
): boolean {
  return isBeyond(Math.max(amountMicros, revenueMicros), exchange);
}

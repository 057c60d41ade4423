/** An exchange: in which currency a sale was told, and at which rate it is booked in its offer's, for ever. Sums of the sale stay in its own; what is booked is computed of them once. */
import { lastDigitMicros, MAX_AMOUNT_MICROS } from "../money.ts";
import { parseDecimal } from "./decimal.ts";

export interface Exchange {
  /** The sale's own (ISO 4217). */
  currency: string;
  /** What one unit of it is in the offer's currency: a decimal. */
  rate: string;
  /** The day of the rate (`2026-11-27`, UTC). */
  day: string;
  /** What is booked is rounded to so many digits behind the decimal point. */
  digits: number;
}

/** Micros of the sale's currency as they are booked: to the exchange's digits, half away from zero. Without an exchange they are what they are. May be more than any amount. */
export function bookedMicros(micros: number, exchange: Exchange | null): number {
  if (!exchange) return micros;
  const { digits, scale } = parseDecimal(exchange.rate);
  const step = 10n ** BigInt(scale) * BigInt(lastDigitMicros(exchange.digits));
  const product = BigInt(micros) * digits;
  const magnitude = product < 0n ? -product : product;
  const rounded = ((2n * magnitude + step) / (2n * step)) * BigInt(lastDigitMicros(exchange.digits));
  return Number(product < 0n ? -rounded : rounded);
}

/** True where so many micros of the sale's currency are booked as more than an amount may be. */
export function isBeyond(micros: number, exchange: Exchange | null): boolean {
  return bookedMicros(micros, exchange) > MAX_AMOUNT_MICROS;
}

/** Micros of the offer's currency, not negative, in the sale's, to the micro: to the nearest, or up, so that what is given back of a sum is never less than it. At most what an amount may be. */
export function unbookedMicros(micros: number, { rate }: Exchange, towards: "nearest" | "up"): number {
  const { digits, scale } = parseDecimal(rate);
  const product = BigInt(micros) * 10n ** BigInt(scale);
  const quotient = towards === "up" ? (product + digits - 1n) / digits : (2n * product + digits) / (2n * digits);
  return quotient > BigInt(MAX_AMOUNT_MICROS) ? MAX_AMOUNT_MICROS : Number(quotient);
}

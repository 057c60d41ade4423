/** Rates of exchange: decimals as text, moved as whole numbers, never floats. */
import { parseDecimal } from "./decimal.ts";

/** What all rates are told against, as the European Central Bank does: so many units of a currency for one euro. */
export const BASE_CURRENCY = "EUR";
/** So old a rate may be, in days: banks publish none on weekends and holidays, of which Easter makes five days. */
export const MAX_RATE_AGE_DAYS = 7;
/** What a rate between two currencies is rounded to, half up: the sum that it gives is then what anybody computes from the rate that is shown. */
const CROSS_DIGITS = 10;

/** So many units of `currency` (ISO 4217) for one euro, of a day (`2026-11-27`, UTC). */
export interface DayRate {
  currency: string;
  day: string;
  /** A decimal above nothing: `1.0853`. */
  perEuro: string;
}

/** The UTC day of a moment: `2026-11-27`. */
export function utcDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** What one unit of a currency is in another: a decimal, and the day it is of, of two days the earlier. */
export interface CrossRate {
  rate: string;
  day: string;
}

/** What one unit of `from` is in `to`, by what both are for one euro: exact out of euros, else to ten significant digits. Null where either is not among `rates`. */
export function crossRate(from: string, to: string, rates: readonly DayRate[]): CrossRate | null {
  const [own, other] = [from, to].map((currency) => rates.find((rate) => rate.currency === currency));
  if (from === BASE_CURRENCY) return other ? { rate: other.perEuro, day: other.day } : null;
  if (to === BASE_CURRENCY) return own ? { rate: divide("1", own.perEuro), day: own.day } : null;
  if (!own || !other) return null;
  return { rate: divide(other.perEuro, own.perEuro), day: own.day < other.day ? own.day : other.day };
}

/** The quotient of two decimals above nothing, rounded half up to ten significant digits. */
function divide(numerator: string, denominator: string): string {
  const [over, under] = [parseDecimal(numerator), parseDecimal(denominator)];
  // So many digits more than are kept, so that the first ones are whole whatever the two are.
  const spare = String(under.digits).length + CROSS_DIGITS + 1;
  const scale = spare + over.scale;
  const quotient = (over.digits * 10n ** BigInt(spare + under.scale)) / under.digits;
  return significant(quotient, scale);
}

/** `digits` × 10^-`scale` with ten significant digits at most, as a decimal without zeros at its end. */
function significant(digits: bigint, scale: number): string {
  const surplus = Math.max(0, String(digits).length - CROSS_DIGITS);
  const dropped = Math.min(surplus, scale);
  const step = 10n ** BigInt(dropped);
  return writeDecimal((2n * digits + step) / (2n * step), scale - dropped);
}

function writeDecimal(digits: bigint, scale: number): string {
  const text = String(digits).padStart(scale + 1, "0");
  const [whole, decimals] = [text.slice(0, text.length - scale), text.slice(text.length - scale)];
  const kept = decimals.replace(/0+$/, "");
  return kept === "" ? whole : `${whole}.${kept}`;
}

/** A sum in another currency, for who reads or is paid: one line with its rate. What is booked stays in its own. */
import { minorUnitDigits } from "../minor-units.ts";
import { formatMicros, lastDigitMicros } from "../money.ts";
import { parseDecimal } from "./decimal.ts";
import { crossRate, type DayRate } from "./rate.ts";

export interface ConvertedSum {
  /** In the currency that it is in, and in that which it is converted to. */
  micros: bigint;
  currency: string;
  convertedMicros: bigint;
  convertedTo: string;
  /** A decimal, and the day it is of. */
  rate: string;
  day: string;
}

/** Micros of `currency` in another one, by the rates of a day, rounded to its minor unit, half away from zero; what is in it already is at 1. Null where no rate is known. Any size, and sign. */
export function convertSum(
  { micros, currency }: Pick<ConvertedSum, "micros" | "currency">,
  convertedTo: string,
  { rates, day }: { rates: readonly DayRate[]; day: string },
): ConvertedSum | null {
  const found = currency === convertedTo ? { rate: "1", day } : crossRate(currency, convertedTo, rates);
  if (!found) return null;
  const { digits, scale } = parseDecimal(found.rate);
  const step = BigInt(lastDigitMicros(minorUnitDigits(convertedTo)));
  const divisor = 10n ** BigInt(scale) * step;
  const product = micros * digits;
  const magnitude = product < 0n ? -product : product;
  // What is in its own currency already keeps every digit.
  const rounded = currency === convertedTo ? magnitude : ((2n * magnitude + divisor) / (2n * divisor)) * step;
  return { micros, currency, convertedMicros: product < 0n ? -rounded : rounded, convertedTo, ...found };
}

/** `59.00 EUR at 1.0853 of 2026-11-27 = 64.03 USD`. */
export function convertedInWords({ micros, currency, convertedMicros, convertedTo, rate, day }: ConvertedSum): string {
  const text = (sum: bigint, unit: string) => `${formatMicros(sum, minorUnitDigits(unit))} ${unit}`;
  return `${text(micros, currency)} at ${rate} of ${day} = ${text(convertedMicros, convertedTo)}`;
}

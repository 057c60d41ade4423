/** Amounts as others read them: a decimal point, no separator, no exponent, and a sign only where a change is told. */

import { minorUnitDigits } from "../minor-units.ts";

const MICRO_DIGITS = 6;

/**
 * Writes micros of a currency: at least the digits of its minor unit (ISO 4217: none for JPY, three for KWD), and more only where they are not zero. With `digits`,
 * exactly so many, rounded half away from zero. What remains of a sale is never negative, so there is no sign.
 */
export function writeAmount(micros: number, currency: string, digits: number | null): string {
  return write(Math.abs(micros), currency, digits);
}

/** The same of what was added, with a minus where it was taken back. */
export function writeDelta(micros: number, currency: string, digits: number | null): string {
  const text = write(Math.abs(micros), currency, digits);
  return micros < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}

function write(micros: number, currency: string, digits: number | null): string {
  const padded = String(digits === null ? micros : rounded(micros, digits)).padStart(MICRO_DIGITS + 1, "0");
  const whole = padded.slice(0, -MICRO_DIGITS);
  const decimals = padded.slice(-MICRO_DIGITS);
  const kept = decimals.slice(0, digits ?? Math.max(minorUnitDigits(currency), decimals.replace(/0+$/, "").length));
  return kept === "" ? whole : `${whole}.${kept}`;
}

function rounded(micros: number, digits: number): number {
  const step = 10 ** (MICRO_DIGITS - digits);
  return Math.floor((micros + step / 2) / step) * step;
}

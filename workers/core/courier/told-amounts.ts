/** Amounts as others read them: a decimal point, no separator, no exponent, and a sign only where something was taken back. */
import { minorUnitDigits } from "../minor-units.ts";
import { formatMicros, roundMicros } from "../money.ts";

/** Micros of a currency, whole: at least the digits of its minor unit (ISO 4217: none for JPY, three for KWD), and more only where they are not zero. */
export function writeAmount(micros: number, currency: string): string {
  return formatMicros(micros, minorUnitDigits(currency));
}

/**
 * What `parts` add up to, in exactly so many digits. Each part is rounded by itself, half away from zero, so that what is told adds up: a change, which is the total less the
 * total before it, to the total as it is told, and a margin to revenue less payout.
 */
export function writeRounded(parts: readonly number[], digits: number): string {
  return formatMicros(
    parts.reduce((sum, micros) => sum + roundMicros(micros, digits), 0),
    digits,
  );
}

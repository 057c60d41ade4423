/** Money: whole micros of a currency (1 USD = 1,000,000), moved as digits and never as floating point. */

export const MICROS_PER_UNIT = 1_000_000;
/** One message's amount ends here: 1,000,000,000 units, so that it and its shares fit 53 bits. */
export const MAX_AMOUNT_MICROS = 1_000_000_000 * MICROS_PER_UNIT;
/** A share of everything: percentages are kept as millionths, so 10 % is 100,000. */
export const WHOLE_SHARE = 1_000_000;

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,6}))?$/;

/** Reads `12`, `12.5`, `0.000001`: ASCII digits, a decimal point, at most 6 decimals, no sign, no exponent, at most 1,000,000,000. Null otherwise. */
export function parseMicros(text: string): number | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const micros = Number(match[1]) * MICROS_PER_UNIT + Number((match[2] ?? "").padEnd(6, "0"));
  return micros <= MAX_AMOUNT_MICROS ? micros : null;
}

/** Writes micros as a decimal with at least two and at most six decimals: `12.50`, `-0.000001`. Takes sums beyond 53 bits as bigint or as the text SQL gives. */
export function formatMicros(micros: number | bigint | string): string {
  const value = BigInt(micros);
  const digits = (value < 0n ? -value : value).toString().padStart(7, "0");
  const decimals = digits.slice(-6).replace(/0{1,4}$/, "");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -6)}.${decimals}`;
}

/** value × numerator ÷ denominator, rounded half away from zero to the whole micro; exact whatever the size of the product. The denominator is positive. */
export function share(value: number, numerator: number, denominator: number): number {
  const product = BigInt(value) * BigInt(numerator);
  const divisor = BigInt(denominator);
  const magnitude = product < 0n ? -product : product;
  // Twice the magnitude, so that the half is whole for odd divisors too.
  const rounded = (2n * magnitude + divisor) / (2n * divisor);
  return Number(product < 0n ? -rounded : rounded);
}

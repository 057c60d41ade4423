/** Money: whole micros of a currency (1 USD = 1,000,000), moved as digits and never as floating point. */

export const MICROS_PER_UNIT = 1_000_000;
/** No sum is finer than a micro: so many digits stand behind a decimal point at most. */
export const MOST_DIGITS = 6;
/** One message's amount ends here: 1,000,000,000 units, so that it and its shares fit 53 bits. */
export const MAX_AMOUNT_MICROS = 1_000_000_000 * MICROS_PER_UNIT;
/** A share of everything: percentages are kept as millionths, so 10 % is 100,000. */
export const WHOLE_SHARE = 1_000_000;

const ZERO = 48;
const FIVE = 53;

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,6})0*)?$/;

/** Reads `12`, `12.5`, `0.000001`: ASCII digits, a decimal point, at most 6 decimals (zeros behind them say nothing), no sign, no exponent, at most 1,000,000,000. Null otherwise. */
export function parseMicros(text: string): number | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const micros = Number(match[1]) * MICROS_PER_UNIT + Number((match[2] ?? "").padEnd(6, "0"));
  return micros <= MAX_AMOUNT_MICROS ? micros : null;
}

const NUMBER = /^\d{1,10}(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;

/** Reads a number as JSON writes it, such as `19.989999999999998`, which is what floating point makes of 19.99: rounded to the micro, half up. Null for a sign, and beyond 1,000,000,000. */
export function roundToMicros(text: string): number | null {
  if (!NUMBER.test(text)) return null;
  // With an exponent the platform's reading is exact to the micro: at most 10 digits stand before the point, and a double has 15.
  const plain = /[eE]/.test(text) ? Number(text).toFixed(12) : text;
  const [whole = "", decimals = ""] = plain.split(".");
  if (whole.length > 10) return null;
  const cut = parseMicros(`${whole}.${decimals.slice(0, 6).padEnd(6, "0")}`);
  if (cut === null) return null;
  const micros = cut + (decimals.charCodeAt(6) >= FIVE ? 1 : 0);
  return micros <= MAX_AMOUNT_MICROS ? micros : null;
}

const USUAL_DIGITS = 2;

/** Writes micros whole, as a decimal with at least two decimals, or as many as are said, and at most six: `12.50`, `-0.000001`. Takes sums beyond 53 bits as bigint or as the text SQL gives: digits, perhaps with a minus sign. */
export function formatMicros(micros: number | bigint | string, leastDigits = USUAL_DIGITS): string {
  // Moved as text, so that it is exact at any size and costs an export of millions of rows little.
  const text = String(micros);
  const negative = text.startsWith("-");
  const digits = (negative ? text.slice(1) : text).padStart(7, "0");
  const point = digits.length - 6;
  let end = digits.length;
  while (end > point + leastDigits && digits.charCodeAt(end - 1) === ZERO) end--;
  const whole = `${negative ? "-" : ""}${digits.slice(0, point)}`;
  return end === point ? whole : `${whole}.${digits.slice(point, end)}`;
}

/** Reads what `formatMicros` writes, of whatever size. */
export function readMicros(decimal: string): bigint {
  const [whole = "", decimals = ""] = decimal.split(".");
  return BigInt(whole + decimals.padEnd(MOST_DIGITS, "0"));
}

/** Micros of a sum that SQL gives in two columns, whole units and what is beside them, since one column of micros may pass what SQLite adds. */
export function joinMicros(units: number | bigint | string, rest: number | bigint | string): bigint {
  return BigInt(units) * BigInt(MICROS_PER_UNIT) + BigInt(rest);
}

/** Decimals added up, to the last digit. */
export function addDecimals(decimals: readonly string[]): string {
  return formatMicros(decimals.reduce((sum, decimal) => sum + readMicros(decimal), 0n));
}

/** What one in the last of so many digits behind the decimal point is worth, in micros: 10,000 of two, a million of none. */
export function lastDigitMicros(digits: number): number {
  return 10 ** (MOST_DIGITS - digits);
}

/** Micros rounded to so many digits behind the decimal point, half away from zero. */
export function roundMicros(micros: number, digits: number): number {
  return share(micros, 1, 1, lastDigitMicros(digits));
}

/** value × numerator ÷ denominator, rounded half away from zero to a whole number of steps, which are micros unless said otherwise; exact whatever the size of the product. The denominator is positive. */
export function share(value: number, numerator: number, denominator: number, stepMicros = 1): number {
  const product = BigInt(value) * BigInt(numerator);
  const divisor = BigInt(denominator) * BigInt(stepMicros);
  const magnitude = product < 0n ? -product : product;
  // Twice the magnitude, so that the half is whole for odd divisors too.
  const rounded = ((2n * magnitude + divisor) / (2n * divisor)) * BigInt(stepMicros);
  return Number(product < 0n ? -rounded : rounded);
}

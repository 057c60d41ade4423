/** A rate's decimal, as written and as whole numbers. */

/** At most 9 digits before the point and 12 behind it, without a sign, an exponent, or a zero that says nothing before others. */
const DECIMAL = /^(0|[1-9]\d{0,8})(?:\.(\d{1,12}))?$/;
/** What a rate between two currencies, which has ten significant digits, may have behind its point. */
const ANY_DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/** `digits` × 10^-`scale`. */
export interface ScaledDecimal {
  digits: bigint;
  scale: number;
}

/** A rate as somebody writes it, without zeros at its end; null where it is none, or nothing. */
export function readRate(text: string): string | null {
  const match = DECIMAL.exec(text);
  if (!match || !/[1-9]/.test(text)) return null;
  const decimals = (match[2] ?? "").replace(/0+$/, "");
  return decimals === "" ? (match[1] ?? null) : `${match[1]}.${decimals}`;
}

/** The numbers of a decimal that was read before, or computed here. */
export function parseDecimal(text: string): ScaledDecimal {
  const match = ANY_DECIMAL.exec(text);
  if (!match) throw new Error(`no decimal: ${text}`);
  const [, whole = "", decimals = ""] = match;
  return { digits: BigInt(whole + decimals), scale: decimals.length };
}

/** What a conversion pays and earns: a rule and a sale, in micros. */
import { formatMicros, lastDigitMicros, MOST_DIGITS, parseMicros, roundMicros, share, WHOLE_SHARE } from "./money.ts";

/** Five times the sale: the largest amount at it still fits 53 bits of micros. */
export const MAX_PERCENT = 500;

/** A flat sum in micros, a share of the sale in millionths (10 % = 100,000), or, for revenue only, what the advertiser posts. */
export type PricingRule = { flat: number } | { percent: number } | "posted";

/** The sale, as the rule sees it. */
export interface Sale {
  amountMicros: number;
  postedRevenueMicros: number;
}

/** How many digits behind the decimal point what is computed has; absent where it was priced to the micro, as all was before prices had digits. */
export type PriceDigits = number | undefined;

/** The price of a whole sale under `rule`, in micros: a share of it is rounded to its digits, half away from zero. A flat sum, and what was posted, is as it is. */
export function price(rule: PricingRule, sale: Sale, digits: PriceDigits): number {
  if (rule === "posted") return sale.postedRevenueMicros;
  return "flat" in rule ? rule.flat : share(sale.amountMicros, rule.percent, WHOLE_SHARE, stepOf(digits));
}

/**
 * What is left of `wholeMicros`, a price under `rule`, when `remainingMicros` of the sale remain after refunds: a percentage (and posted
 * revenue) keeps round(price × remaining ÷ amount), to the same digits, a flat sum stays until the whole is reversed. A sale without an amount has no part to give back.
 */
export function priceRemaining(
  rule: PricingRule,
  wholeMicros: number,
  sale: Sale & { remainingMicros: number },
  digits: PriceDigits,
): number {
  const flat = rule !== "posted" && "flat" in rule;
  if (flat || sale.amountMicros === 0) return wholeMicros;
  return share(wholeMicros, sale.remainingMicros, sale.amountMicros, stepOf(digits));
}

/** What a posted revenue of so many micros counts for: it is a price, and so it has the digits of one. */
export function pricePosted(micros: number, digits: PriceDigits): number {
  return roundMicros(micros, digits ?? MOST_DIGITS);
}

/** True where a flat sum under `rule` is finer than `digits` allow: nothing else is written by hand. */
export function isFinerThan(digits: number, rule: PricingRule): boolean {
  return rule !== "posted" && "flat" in rule && rule.flat % lastDigitMicros(digits) !== 0;
}

function stepOf(digits: PriceDigits): number {
  return lastDigitMicros(digits ?? MOST_DIGITS);
}

/** Reads a rule as the API takes it: `{flat: "2.50"}`, `{percent: "10"}` (at most 4 decimals and 500 %), `"posted"`. Null when it is none of these. */
export function readPricingRule(input: unknown): PricingRule | null {
  if (input === "posted") return "posted";
  if (typeof input !== "object" || input === null) return null;
  if ("flat" in input && typeof input.flat === "string") {
    const micros = parseMicros(input.flat);
    return micros === null ? null : { flat: micros };
  }
  if ("percent" in input && typeof input.percent === "string") {
    const micros = parseMicros(input.percent);
    // One percent is 10,000 millionths, so a percentage has at most four decimals.
    if (micros === null || micros % 100 !== 0 || micros > MAX_PERCENT * 1_000_000) return null;
    return { percent: micros / 100 };
  }
  return null;
}

/** The rule in words: `10 % of the amount`, `2.50 flat`, `as posted`. */
export function describePricingRule(rule: PricingRule): string {
  if (rule === "posted") return "as posted";
  if ("flat" in rule) return `${formatMicros(rule.flat)} flat`;
  return `${rule.percent / 10_000} % of the amount`;
}

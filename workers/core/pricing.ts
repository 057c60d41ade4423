/** What a conversion pays and earns: a rule and a sale, in micros. */
import { formatMicros, parseMicros, share, WHOLE_SHARE } from "./money.ts";

/** Five times the sale: the largest amount at it still fits 53 bits of micros. */
export const MAX_PERCENT = 500;

/** A flat sum in micros, a share of the sale in millionths (10 % = 100,000), or, for revenue only, what the advertiser posts. */
export type PricingRule = { flat: number } | { percent: number } | "posted";

/** The sale, as the rule sees it. */
export interface Sale {
  amountMicros: number;
  postedRevenueMicros: number;
}

/** The price of a whole sale under `rule`, in micros. */
export function price(rule: PricingRule, sale: Sale): number {
  if (rule === "posted") return sale.postedRevenueMicros;
  return "flat" in rule ? rule.flat : share(sale.amountMicros, rule.percent, WHOLE_SHARE);
}

/**
 * What is left of `wholeMicros`, a price under `rule`, when `remainingMicros` of the sale remain after refunds: a percentage (and posted
 * revenue) keeps round(price × remaining ÷ amount), a flat sum stays until the whole is reversed. A sale without an amount has no part to give back.
 */
export function priceRemaining(rule: PricingRule, wholeMicros: number, sale: Sale, remainingMicros: number): number {
  const flat = rule !== "posted" && "flat" in rule;
  return flat || sale.amountMicros === 0 ? wholeMicros : share(wholeMicros, remainingMicros, sale.amountMicros);
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

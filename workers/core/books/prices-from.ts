/** Which price counted when: what was set, and announced, from a moment on, as the terms of an event at each moment. */
import type { PricingRule } from "../pricing.ts";

/** One change of a price: of everybody's, or of the affiliate's own, where null leaves everybody's. */
export interface PriceChange {
  /** 0 for everybody's. */
  affiliate: number;
  fromMs: number;
  sets: "all" | "both" | "payout" | "revenue";
  payout: PricingRule | null;
  revenue: PricingRule | null;
  /** Null where the currency decides. */
  digits: number | null;
  version: number;
}

/** What an event is priced by from a moment on. */
export interface PriceFrom {
  fromMs: number;
  payout: PricingRule;
  revenue: PricingRule;
  digits: number;
  version: number;
  override: OwnPrice | null;
}

/** That an affiliate has a price of its own for an event: its slug, the version, and which of both is its own. */
export interface OwnPrice {
  affiliate: string;
  version: number;
  hasPayout: boolean;
  hasRevenue: boolean;
}

/** What is said of one price up to a moment. */
interface Said {
  payout: PricingRule | null;
  revenue: PricingRule | null;
  digits: number | null;
  version: number;
}

/** The terms of an event from each of the moments on at which they changed, in order; `changes` in the order of their moments. Empty where nothing is said of everybody's price. */
export function pricesFrom(
  changes: readonly PriceChange[],
  { affiliateSlug, usualDigits }: { affiliateSlug: string; usualDigits: number },
): PriceFrom[] {
  let everybodys: Said | null = null;
  let own: Said | null = null;
  const prices: PriceFrom[] = [];
  for (const change of changes) {
    if (change.affiliate === 0) everybodys = after(everybodys, change);
    else own = after(own, change);
    if (everybodys === null) continue;
    const price: PriceFrom = {
      fromMs: change.fromMs,
      // An event has both, from its beginning on.
      payout: own?.payout ?? everybodys.payout ?? { flat: 0 },
      revenue: own?.revenue ?? everybodys.revenue ?? "posted",
      digits: everybodys.digits ?? usualDigits,
      version: everybodys.version,
      override: own && {
        affiliate: affiliateSlug,
        version: own.version,
        hasPayout: own.payout !== null,
        hasRevenue: own.revenue !== null,
      },
    };
    if (prices.at(-1)?.fromMs === change.fromMs) prices.pop();
    prices.push(price);
  }
  return prices;
}

function after(said: Said | null, { sets, payout, revenue, digits, version }: PriceChange): Said {
  return {
    payout: sets === "revenue" ? (said?.payout ?? null) : payout,
    revenue: sets === "payout" ? (said?.revenue ?? null) : revenue,
    digits: sets === "all" ? digits : (said?.digits ?? null),
    version,
  };
}

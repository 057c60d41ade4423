/** What a conversion takes over from the message that makes it: the click that it is attributed to, and the terms at which it is priced. */
import type { PricingRule } from "../pricing.ts";

/** A click with what it leads to. `space` tells whose order numbers these are: the advertiser's (empty) or one offer's. */
export interface AttributedClick {
  clickId: string;
  clickedAtMs: number;
  link: number;
  offer: number;
  affiliate: number;
  currency: string;
  space: string;
}

/** How one event is priced and repeated. */
export interface Terms {
  payout: PricingRule;
  revenue: PricingRule;
  /** Rule and version in words, for the entries. */
  rule: string;
  repeat: "per_txid" | "once_per_click";
  restate: "ignore" | "replace";
  /** The offer's first event is meant where a message names none. */
  first: boolean;
  /** Above it a sale is held for an operator; absent in terms that are older than that. */
  maxAmountMicros?: number;
  /** What payout and revenue are rounded to; absent in terms that are older than that, which price to the micro for ever. */
  digits?: number;
  /** What is told in another currency than the offer's is converted; absent where the offer takes no other, and in terms that are older than that. */
  otherCurrencies?: "convert";
}

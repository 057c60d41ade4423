/** Every source that is known, by the name that set-up calls it. */
import type { SourceTable } from "./source-table.ts";
import { clickbank } from "./tables/clickbank.ts";
import { digistore24 } from "./tables/digistore24.ts";
import { lemonsqueezy } from "./tables/lemonsqueezy.ts";
import { paddle } from "./tables/paddle.ts";
import { revenuecat } from "./tables/revenuecat.ts";
import { shopify } from "./tables/shopify.ts";
import { stripe } from "./tables/stripe.ts";
import { woocommerce } from "./tables/woocommerce.ts";

/** What an operator's own rules make of a webhook. */
export const CUSTOM = "custom";

export const SOURCE_TABLES: ReadonlyMap<string, SourceTable> = new Map(
  Object.entries({ shopify, woocommerce, stripe, paddle, lemonsqueezy, clickbank, digistore24, revenuecat }),
);

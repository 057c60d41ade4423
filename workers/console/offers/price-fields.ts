/** What an offer pays and earns, as the API takes it and as it shows it. */
import * as v from "valibot";
import type { StoredPricing } from "../../../schema/tables.ts";
import { formatMicros, MAX_AMOUNT_MICROS, MICROS_PER_UNIT } from "../../core/money.ts";
import { MAX_PERCENT, type PricingRule, readPricingRule } from "../../core/pricing.ts";
import { fields } from "../web/input.ts";

const MAX_AMOUNT = MAX_AMOUNT_MICROS / MICROS_PER_UNIT;
const DECIMAL_ADVICE = `Write the number as text: digits, a decimal point, such as "2.50"; at most 6 decimals and ${MAX_AMOUNT}.`;
const decimal = v.pipe(v.string(DECIMAL_ADVICE), v.regex(/^\d{1,10}(\.\d{1,6})?$/, DECIMAL_ADVICE));

const flatRule = fields({ flat: decimal });
const percentRule = fields({ percent: decimal });

/** What an affiliate is paid: `{"flat": "2.50"}` or `{"percent": "10"}`. */
export const payoutRule = v.pipe(
  v.union([flatRule, percentRule], 'Write {"flat": "2.50"} or {"percent": "10"}, the number as text.'),
  pricingRule(),
);

/** What the advertiser pays: the same, or `"posted"` to take what each postback says. */
export const revenueRule = v.pipe(
  v.union(
    [flatRule, percentRule, v.literal("posted")],
    'Write {"flat": "4.00"}, {"percent": "15"} (the number as text) or "posted".',
  ),
  pricingRule(),
);

function pricingRule<Input>() {
  return v.rawTransform<Input, PricingRule>(({ dataset, addIssue, NEVER }) => {
    const rule = readPricingRule(dataset.value);
    if (rule) return rule;
    addIssue({
      message: `A flat sum has at most 6 decimals and ${MAX_AMOUNT}; a percentage at most 4 decimals and ${MAX_PERCENT}.`,
    });
    return NEVER;
  });
}

export const shownPrice = v.union([
  v.object({ flat: v.string() }),
  v.object({ percent: v.string() }),
  v.literal("posted"),
]);
export type PriceView = v.InferOutput<typeof shownPrice>;

/** A rule with decimal strings, as the API takes it. */
export function priceView(rule: StoredPricing): PriceView {
  if (rule === "posted") return rule;
  // A percentage has at most four decimals, so this division writes it exactly.
  return "flat" in rule ? { flat: formatMicros(rule.flat) } : { percent: String(rule.percent / 10_000) };
}

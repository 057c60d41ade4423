/** What an offer pays and earns, in the form that the API takes. */
import * as v from "valibot";
import { MAX_AMOUNT_MICROS, MICROS_PER_UNIT } from "../../core/money.ts";
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

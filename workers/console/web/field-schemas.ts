/** The fields that set-up is made of, each with what to write instead when it is wrong. */
import * as v from "valibot";
import { DESTINATION_REFUSALS, readDestination } from "../../core/click/destination.ts";
import { readInstant } from "../../core/instant.ts";
import { MAX_AMOUNT_MICROS, MICROS_PER_UNIT } from "../../core/money.ts";
import { MAX_PERCENT, type PricingRule, readPricingRule } from "../../core/pricing.ts";
import { fields } from "./input.ts";

const MAX_NAME_LENGTH = 200;

export const SLUG_ADVICE = "A slug is 1 to 63 of a-z 0-9 _ - and begins with a letter or a digit.";

export const slug = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, SLUG_ADVICE));

/** The slug of something that is there already. */
export function slugOf(what: string) {
  return v.pipe(v.string(), v.trim(), v.nonEmpty(`Write the slug of ${what}.`));
}

export const name = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty("Write a name: people read it."),
  v.maxLength(MAX_NAME_LENGTH, `A name has at most ${MAX_NAME_LENGTH} characters.`),
);

export const setupStatus = v.picklist(["active", "paused", "ended"]);

export const flag = v.boolean();

/** A destination: an address with macros, none of which decides where it leads. */
export const destination = v.pipe(
  v.string(),
  v.trim(),
  v.rawCheck(({ dataset, addIssue }) => {
    const read = dataset.typed ? readDestination(dataset.value) : null;
    if (read && !read.ok) addIssue({ message: DESTINATION_REFUSALS[read.refusal] });
  }),
);

/** A time as people write it; kept as Unix milliseconds. */
export const instant = v.pipe(
  v.string(),
  v.description("RFC 3339, or a day, which means its beginning in UTC"),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const atMs = readInstant(dataset.value);
    if (atMs !== null) return atMs;
    addIssue({
      message: "Write a time of RFC 3339, such as 2026-11-23T08:00:00Z, or a day (UTC), such as 2026-11-23.",
    });
    return NEVER;
  }),
);

/** Whole days. */
export const windowDays = wholeNumber(1, 3_650);

export function wholeNumber(least: number, most: number) {
  const advice = `Write a whole number from ${least} to ${most}.`;
  return v.pipe(v.number(), v.integer(advice), v.minValue(least, advice), v.maxValue(most, advice));
}

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

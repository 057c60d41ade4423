/** What the fields of set-up are built of, each with what to write instead when it is wrong. */
import * as v from "valibot";
import { readDestination } from "../../core/click/destination.ts";
import { DESTINATION_REFUSALS } from "../../core/click/destination-refusals.ts";
import { readInstant } from "../../core/instant.ts";
import { parseMicros } from "../../core/money.ts";
import { SLUG } from "../../core/slug.ts";

const MAX_NAME_LENGTH = 200;

export const SLUG_ADVICE = "A slug is 1 to 63 of a-z 0-9 _ - and begins with a letter or a digit.";

export const slug = v.pipe(v.string(), v.regex(new RegExp(`^${SLUG}$`), SLUG_ADVICE));

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

/** Of an affiliate: in review its links go on redirecting, and what comes of them is held. */
export const affiliateStatus = v.picklist([...setupStatus.options, "review"]);

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

/** At most so many items. */
export function listAtMost<const Item extends v.GenericSchema>(item: Item, most: number) {
  return v.pipe(v.array(item), v.maxLength(most, `A list has at most ${most} items.`));
}

/** A whole number in a query string, which the document calls an integer. */
export function wholeNumberText(
  least: number,
  most: number,
  advice = `Write a whole number from ${least} to ${most}.`,
) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/, advice),
    v.metadata({ type: "integer", pattern: undefined, minimum: least, maximum: most }),
    v.transform(Number),
    v.minValue(least, advice),
    v.maxValue(most, advice),
  );
}

export function wholeNumber(least: number, most: number) {
  const advice = `Write a whole number from ${least} to ${most}.`;
  return v.pipe(v.number(), v.integer(advice), v.minValue(least, advice), v.maxValue(most, advice));
}

const AMOUNT_ADVICE =
  'Write the amount as text: digits, a decimal point, such as "10000.00"; at most 6 decimals and 1000000000.';
/** An amount of money as a decimal, kept as micros. */
export const amountText = v.pipe(
  v.string(AMOUNT_ADVICE),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const micros = parseMicros(dataset.value.trim());
    if (micros !== null) return micros;
    addIssue({ message: AMOUNT_ADVICE });
    return NEVER;
  }),
);

/** A currency of ISO 4217. */
export const currencyCode = v.pipe(
  v.string(),
  v.trim(),
  v.toUpperCase(),
  v.check((code) => Intl.supportedValuesOf("currency").includes(code), "Write a currency of ISO 4217, such as USD."),
);

/** Columns by their names, in the order in which they are wanted. */
export const columnNames = v.pipe(
  v.string(),
  v.description("Names of columns, with commas between them"),
  v.regex(/^[a-z\d_]{1,40}(?:,[a-z\d_]{1,40}){0,99}$/, "Write names of columns, with commas between them."),
  v.transform((text) => [...new Set(text.split(","))]),
);

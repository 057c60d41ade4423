/** When the clicks of an offer go elsewhere: for visitors of some kind, and when a cap is reached. One entry a field. */
import * as v from "valibot";
import type { TargetingRule } from "../../../schema/records.ts";
import { DEVICES, SYSTEMS } from "../../core/click/device.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { type FormFields, options } from "../set-up/form-field.ts";
import { type AnyFields, answerOf, itemOf } from "../set-up/schemas.ts";
import { destination, listAtMost, wholeNumber } from "../web/field-schemas.ts";
import { eventName } from "./event-fields.ts";

const MAX_RULES = 50;
const MAX_CAPS = 50;
const MAX_LIMIT = 1_000_000_000;
const READERS = ALL_BUT_AFFILIATES;

const country = v.pipe(
  v.string(),
  v.toUpperCase(),
  v.regex(/^[A-Z]{2}$/, "Write a country as ISO 3166 alpha-2, such as DE."),
);
const PLACES = { input: listAtMost(country, 250), shown: v.array(v.string()), leftOut: true, seenBy: READERS } as const;

/** A text of the edge's record, which is one of these. */
function oneOf(words: readonly string[]) {
  return v.pipe(v.string(), v.metadata({ enum: words }));
}

/** Where visitors of some kind go: another destination, or nowhere. */
export const ruleFields = {
  countries: {
    ...PLACES,
    form: { control: "lines", kind: "some", rows: 1, label: "From", placeholder: "DE, AT" },
  },
  not_countries: { ...PLACES, form: { control: "lines", kind: "some", rows: 1, label: "Not from" } },
  devices: {
    input: listAtMost(v.picklist(DEVICES), 20),
    shown: v.array(oneOf(DEVICES)),
    leftOut: true,
    seenBy: READERS,
    form: { control: "lines", kind: "some", rows: 1, label: "On", placeholder: "mobile" },
  },
  systems: {
    input: listAtMost(v.picklist(SYSTEMS), 20),
    shown: v.array(oneOf(SYSTEMS)),
    leftOut: true,
    seenBy: READERS,
    form: { control: "lines", kind: "some", rows: 1, label: "With", placeholder: "ios" },
  },
  destination: {
    input: destination,
    shown: v.string(),
    leftOut: true,
    seenBy: READERS,
    form: { control: "text", label: "Destination", wide: true },
  },
  block: {
    input: v.literal(true, "Write true, or leave it out."),
    shown: v.literal(true),
    leftOut: true,
    seenBy: READERS,
    form: {
      control: "choice",
      kind: "yes",
      label: "The visitor",
      options: options(["", "goes to the destination"], ["true", "is blocked"]),
    },
  },
} satisfies AnyFields & FormFields;

const rule = v.pipe(
  itemOf(ruleFields),
  v.check(
    (given) => (given.destination === undefined) !== (given.block === undefined),
    "Say either destination or block.",
  ),
  v.transform(
    ({ not_countries, ...given }): TargetingRule => (not_countries ? { ...given, notCountries: not_countries } : given),
  ),
);
export const rules = listAtMost(rule, MAX_RULES);

export const shownRule = answerOf(ruleFields, READERS);

/** A rule as the API takes it. */
export function ruleView({ notCountries, ...rule }: TargetingRule): v.InferOutput<typeof shownRule> {
  return notCountries ? { ...rule, not_countries: notCountries } : rule;
}

export const capFields = {
  event: {
    input: eventName,
    required: true,
    shown: v.string(),
    seenBy: READERS,
    form: { control: "text", label: "Event" },
  },
  per: {
    input: v.picklist(["day", "month"]),
    required: true,
    shown: v.picklist(["day", "month"]),
    seenBy: READERS,
    form: { control: "choice", label: "Per", options: options(["day", "a day"], ["month", "a month"]), place: 1 },
  },
  limit: {
    input: wholeNumber(1, MAX_LIMIT),
    required: true,
    shown: v.number(),
    seenBy: READERS,
    form: { control: "text", kind: "number", label: "At most" },
  },
} satisfies AnyFields & FormFields;

export const caps = listAtMost(itemOf(capFields), MAX_CAPS);
export const shownCap = answerOf(capFields, READERS);

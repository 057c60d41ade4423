/** The events of offers, and what single affiliates earn for them instead: one entry a field. */
import * as v from "valibot";
import { EVENT_KINDS, type offerEventOverrides, type offerEvents } from "../../../schema/tables.ts";
import { MOST_DIGITS } from "../../core/money.ts";
import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, OPERATORS } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options } from "../set-up/form-field.ts";
import { itemOf } from "../set-up/schemas.ts";
import { listAtMost, wholeNumber } from "../web/field-schemas.ts";
import { named } from "../web/named-schemas.ts";
import { payoutRule, priceView, revenueRule, shownPrice } from "./price-fields.ts";

const MAX_EVENTS = 50;
const MAX_OVERRIDES = 500;

export const windowDays = wholeNumber(1, 3_650);

/** What one affiliate earns instead; an absent rule leaves the event's own. */
export interface Override extends Omit<typeof offerEventOverrides.$inferSelect, "offer" | "event" | "affiliate"> {
  affiliate: string;
}

export interface OfferEvent extends Omit<typeof offerEvents.$inferSelect, "offer"> {
  overrides: Override[];
  /** What the affiliate is paid who looks at it, where it is something else. */
  ownPayout: Override["payout"];
}

export const overrideFields = {
  affiliate: {
    input: v.string(),
    required: true,
    shown: v.string(),
    show: ({ row }) => row.affiliate,
    seenBy: OPERATORS,
    form: { control: "text", label: "Affiliate" },
  },
  payout: {
    column: "payout",
    input: payoutRule,
    default: null,
    shown: shownPrice,
    show: ({ row }) => (row.payout === null ? undefined : priceView(row.payout)),
    leftOut: true,
    seenBy: OPERATORS,
    form: { control: "price", label: "Gets", none: "as everybody" },
  },
  revenue: {
    column: "revenue",
    input: revenueRule,
    default: null,
    shown: shownPrice,
    show: ({ row }) => (row.revenue === null ? undefined : priceView(row.revenue)),
    leftOut: true,
    seenBy: OPERATORS,
    form: { control: "price", label: "The advertiser pays", posted: true, none: "as for everybody" },
  },
  version: { column: "version", shown: v.number(), seenBy: OPERATORS },
} satisfies Fields<{ row: Override }>;

const override = showing(overrideFields, OPERATORS);

const EVENT_ADVICE = "An event's name is 1 to 63 letters, digits and _ . : - and begins with a letter or a digit.";
export const eventName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$/, EVENT_ADVICE));

const overrideInput = v.pipe(
  itemOf(overrideFields),
  v.check(
    ({ payout, revenue }) => payout !== undefined || revenue !== undefined,
    "Say what this affiliate gets, or what the advertiser pays for its conversions: with neither it has no price of its own.",
  ),
);
const overrides = v.pipe(
  listAtMost(overrideInput, MAX_OVERRIDES),
  v.check(
    (list) => new Set(list.map((item) => item.affiliate)).size === list.length,
    "Two prices are for the same affiliate.",
  ),
);

/** An event of which nothing was said but its name pays nothing, and earns what each postback says. */
export const eventFields = {
  name: {
    column: "name",
    input: eventName,
    required: true,
    fixed: true,
    shown: v.string(),
    seenBy: EVERYONE,
    form: { control: "text", label: "Event", placeholder: "sale" },
  },
  kind: {
    column: "kind",
    input: v.picklist(EVENT_KINDS),
    default: "other",
    shown: v.picklist(EVENT_KINDS),
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "It is",
      options: options(
        ["", "what its name says"],
        ["lead", "a lead"],
        ["trial", "the start of a trial"],
        ["activation", "an activation"],
        ["sale", "a sale"],
        ["renewal", "a renewal"],
        ["install", "an install"],
        ["other", "something else"],
      ),
    },
  },
  payout: {
    column: "payout",
    input: payoutRule,
    default: { flat: 0 },
    shown: shownPrice,
    show: ({ row }) => priceView(row.ownPayout ?? row.payout),
    seenBy: ALL_BUT_ADVERTISERS,
    form: { control: "price", label: "The affiliate gets" },
  },
  revenue: {
    column: "revenue",
    input: revenueRule,
    default: "posted",
    shown: shownPrice,
    show: ({ row }) => priceView(row.revenue),
    seenBy: ALL_BUT_AFFILIATES,
    form: { control: "price", label: "The advertiser pays", posted: true },
  },
  repeat: {
    column: "repeat",
    input: v.picklist(["per_txid", "once_per_click"]),
    default: "per_txid",
    shown: v.picklist(["per_txid", "once_per_click"]),
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "It counts",
      options: options(["per_txid", "once for each order"], ["once_per_click", "once for each click"]),
    },
  },
  restate: {
    column: "restate",
    input: v.picklist(["ignore", "replace"]),
    default: "ignore",
    shown: v.picklist(["ignore", "replace"]),
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "Other amounts sent later",
      options: options(["ignore", "are ignored"], ["replace", "replace the first"]),
    },
  },
  window_days: {
    column: "windowDays",
    input: v.nullable(windowDays),
    default: null,
    shown: v.nullable(v.number()),
    seenBy: EVERYONE,
    form: { control: "text", kind: "nullable-number", label: "Window, days", placeholder: "the offer’s" },
  },
  digits: {
    column: "digits",
    input: v.nullable(wholeNumber(0, MOST_DIGITS)),
    default: null,
    shown: v.nullable(v.number()),
    seenBy: EVERYONE,
    form: { control: "text", kind: "nullable-number", label: "Digits of its prices", placeholder: "the currency’s" },
  },
  review: {
    column: "review",
    input: v.picklist(["none", "all"]),
    default: "none",
    shown: v.picklist(["none", "all"]),
    seenBy: OPERATORS,
    form: {
      control: "choice",
      label: "Held for review",
      options: options(["none", "by the offer’s rules"], ["all", "all of them"]),
    },
  },
  version: {
    column: "version",
    shown: v.number(),
    seenBy: EVERYONE,
    form: { control: "carried", kind: "number", place: -1 },
  },
  overrides: {
    input: overrides,
    shown: v.array(named("AffiliatePrice", override.answer)),
    show: ({ row }, viewer) =>
      row.overrides
        .filter(({ payout, revenue }) => payout !== null || revenue !== null)
        .map((one) => override.view({ row: one }, viewer)),
    seenBy: OPERATORS,
    form: {
      control: "groups",
      label: "Other prices for single affiliates",
      add: "Add an affiliate’s price",
      group: overrideFields,
    },
  },
} satisfies Fields<{ row: OfferEvent }>;

export const event = showing(eventFields, EVERYONE);
export type EventView = v.InferOutput<typeof event.answer>;

const eventInput = itemOf(eventFields);
export type EventInput = v.InferOutput<typeof eventInput>;

export const events = v.pipe(
  listAtMost(eventInput, MAX_EVENTS),
  v.nonEmpty("An offer needs an event: what it pays for."),
  v.check((list) => new Set(list.map((item) => item.name)).size === list.length, "Two events have the same name."),
);

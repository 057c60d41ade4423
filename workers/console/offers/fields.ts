/** Offers: what is set of each, one entry a field; and what must hold between its parts. */
import * as v from "valibot";
import { advertisers, type Cap, OFFER_ACCESS, offers } from "../../../schema/tables.ts";
import { largeAmountMicros } from "../../core/books/large-amounts.ts";
import { readDeepLinkHost } from "../../core/click/deep-link.ts";
import { formatInstant } from "../../core/instant.ts";
import { isTimeZone } from "../../core/metrics/time-zone.ts";
import { formatMicros } from "../../core/money.ts";
import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, OPERATORS } from "../../core/roles.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options, STATUS_OPTIONS } from "../set-up/form-field.ts";
import { ignoringCase } from "../set-up/list-order.ts";
import { changeOf, creationOf, inAnswerOrder, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { tagsIn } from "../set-up/tags.ts";
import { moneyText } from "../shell/figures.ts";
import {
  amountText,
  currencyCode,
  destination,
  flag,
  instant,
  listAtMost,
  name,
  setupStatus,
  slug,
  slugOf,
  wholeNumber,
} from "../web/field-schemas.ts";
import { named } from "../web/named-schemas.ts";
import { capFields, caps, ruleFields, rules, ruleView, shownCap, shownRule } from "./condition-fields.ts";
import { event, eventFields, events, type OfferEvent, windowDays } from "./event-fields.ts";

const MAX_HOSTS = 100;

const host = v.pipe(
  v.string(),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const read = readDeepLinkHost(dataset.value);
    if (read !== null) return read;
    addIssue({ message: "Write a host's name only, such as shop.example or *.shop.example." });
    return NEVER;
  }),
);

const timeZone = v.pipe(v.string(), v.check(isTimeZone, "Write a time zone's name, such as Europe/Berlin or UTC."));

/** As browsers name them, the usual one first. */
const REFERRER_POLICIES = [
  "strict-origin-when-cross-origin",
  "no-referrer",
  "origin",
  "same-origin",
  "strict-origin",
  "origin-when-cross-origin",
  "no-referrer-when-downgrade",
  "unsafe-url",
] as const;

const CLAIMS = {
  ask: "waits for an operator or for the sender’s click",
  take_single: "takes the click of the pixel’s claim, if there is one only",
} as const;

const ORDER_SPACES = {
  advertiser: "across all of the advertiser’s offers",
  offer: "by this offer’s own shop",
} as const;

const ACCESS = {
  private: "those with a link or an admission",
  apply: "those that apply and are admitted",
  open: "every active affiliate",
} as const satisfies Record<(typeof OFFER_ACCESS)[number], string>;

/** An offer with the slug of its advertiser and its events. */
export interface ShownOffer {
  row: Omit<typeof offers.$inferSelect, "number">;
  advertiser: string;
  events: OfferEvent[];
}
export interface StoredOffer extends ShownOffer {
  row: typeof offers.$inferSelect;
}

export const offerFields = {
  slug: {
    column: "slug",
    input: slug,
    required: true,
    fixed: true,
    shown: v.string(),
    sort: offers.slug,
    seenBy: EVERYONE,
    form: { control: "text", label: "Slug", placeholder: "shoes", help: "It cannot be changed later." },
    detail: { as: "code" },
  },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    sort: ignoringCase(offers.name),
    seenBy: EVERYONE,
    form: { control: "text", label: "Name", example: "Acme Shoes" },
    detail: "nowhere",
  },
  advertiser: {
    input: slugOf("an advertiser"),
    required: true,
    fixed: true,
    shown: v.string(),
    show: ({ advertiser }) => advertiser,
    filter: advertisers.slug,
    seenBy: EVERYONE,
    form: { control: "text", label: "Advertiser", suggest: "advertiser" },
  },
  destination: {
    column: "destination",
    input: destination,
    required: true,
    shown: v.string(),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "text",
      label: "Destination",
      wide: true,
      placeholder: "https://shop.example/shoes?click_id={click_id}",
      help: "Where clicks go. Macros: `{click_id}`, `{sub1}` … `{sub10}`, `{external_id}`, `{external_kind}`, `{affiliate}`, `{offer}`, `{country}`, `{device}`, `{os}`, `{timestamp}`. Without `{click_id}`, it is added to the query.",
      place: 1,
    },
    detail: { as: "address" },
  },
  currency: {
    column: "currency",
    input: currencyCode,
    required: true,
    fixed: true,
    shown: v.string(),
    seenBy: EVERYONE,
    form: { control: "text", label: "Currency", placeholder: "USD", help: "ISO 4217. It cannot be changed later." },
    detail: "nowhere",
  },
  status: {
    column: "status",
    input: setupStatus,
    default: "active",
    shown: setupStatus,
    filter: offers.status,
    sort: offers.status,
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "Status",
      options: STATUS_OPTIONS,
      help: "Clicks on a paused or ended offer go to the fallback. Conversions of earlier clicks still count.",
      only: "change",
    },
    detail: "nowhere",
  },
  window_days: {
    column: "windowDays",
    input: windowDays,
    default: 30,
    shown: v.number(),
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "number",
      label: "Attribution window, days",
      help: "A conversion counts when it happened within so many days after the click.",
      place: 1,
      filled: true,
    },
    detail: { name: "Attribution window", words: ({ row }) => `${row.windowDays} days` },
  },
  min_seconds: {
    column: "minSeconds",
    input: wholeNumber(0, 86_400),
    default: 0,
    shown: v.number(),
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "number",
      label: "Not sooner than, seconds",
      help: "A conversion sooner after its click is rejected as too_soon. 0: never.",
      more: true,
      place: 4,
    },
    detail: {
      name: "Not sooner than",
      words: ({ row }) => (row.minSeconds === 0 ? null : `${row.minSeconds} s after the click`),
    },
  },
  order_space: {
    column: "orderSpace",
    input: v.picklist(["advertiser", "offer"]),
    default: "advertiser",
    shown: v.picklist(["advertiser", "offer"]),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "choice",
      label: "Orders are numbered",
      options: options(...Object.entries(ORDER_SPACES)),
      more: true,
      place: 4,
    },
    detail: { words: ({ row }) => (row.orderSpace === "offer" ? ORDER_SPACES.offer : null) },
  },
  max_amount: {
    column: "maxAmountMicros",
    input: v.nullable(amountText),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.maxAmountMicros === null ? null : formatMicros(row.maxAmountMicros)),
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "nullable",
      label: "Largest sale that counts unseen",
      placeholder: "10000.00",
      help: "A sale of more is held until an operator releases, approves or rejects it. Left empty, it is what is large in the currency: about 10,000 US dollars.",
      more: true,
      place: 4,
    },
    detail: {
      name: "Held for an operator",
      words: ({ row }) =>
        `sales of more than ${moneyText(formatMicros(row.maxAmountMicros ?? largeAmountMicros(row.currency)), row.currency)} ${row.currency}`,
    },
  },
  review_first: {
    column: "reviewFirst",
    input: wholeNumber(0, 1_000),
    default: 0,
    shown: v.number(),
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "number",
      label: "First conversions of each affiliate to look at",
      help: "So many of each affiliate, counted from when this is set, are held until an operator releases, approves or rejects them. 0: none.",
      more: true,
      place: 4,
    },
    detail: {
      name: "First conversions held",
      words: ({ row }) => (row.reviewFirst === 0 ? null : `${row.reviewFirst} of each affiliate`),
    },
  },
  payable_after_days: {
    column: "payableAfterDays",
    input: wholeNumber(0, 365),
    default: 0,
    shown: v.number(),
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "number",
      label: "Payable after, days",
      help: "A conversion is due so many days after its first approval. Refunds come mostly before.",
      more: true,
      place: 4,
      filled: true,
    },
    detail: {
      name: "Payable",
      words: ({ row }) => (row.payableAfterDays === 0 ? null : `${row.payableAfterDays} days after the first approval`),
    },
  },
  attribute_first: {
    column: "attributeFirst",
    input: v.picklist(["click", "coupon"]),
    default: "click",
    shown: v.picklist(["click", "coupon"]),
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "An order with a click and a coupon is",
      options: options(["click", "the click’s"], ["coupon", "the coupon’s"]),
      more: true,
      place: 4,
    },
    detail: {
      words: ({ row }) =>
        row.attributeFirst === "coupon" ? "An order with a click and a coupon is the coupon’s" : null,
    },
  },
  other_currencies: {
    column: "otherCurrencies",
    input: v.picklist(["convert", "reject"]),
    default: "convert",
    shown: v.picklist(["convert", "reject"]),
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "A sale in another currency is",
      options: options(["convert", "converted at its day’s rate"], ["reject", "rejected"]),
      more: true,
      place: 4,
    },
    detail: {
      words: ({ row }) => (row.otherCurrencies === "reject" ? "A sale in another currency is rejected" : null),
    },
  },
  share_meta: {
    column: "shareMeta",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "flag",
      label: "Show affiliates meta",
      help: "What the sender adds to a conversion as meta.…: it may hold margins, or addresses of people.",
      more: true,
      place: 4,
    },
    detail: { name: "Meta", words: ({ row }) => (row.shareMeta ? "shown to affiliates" : null) },
  },
  claims: {
    column: "claims",
    input: v.picklist(["ask", "take_single"]),
    default: "ask",
    shown: v.picklist(["ask", "take_single"]),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "choice",
      label: "An order that only the pixel gives a click",
      options: options(...Object.entries(CLAIMS)),
      help: "Where the sender names an order without a click, and the pixel named one. Anyone can call the pixel: whoever calls it first with an order’s number is paid for that order, organic ones included, if it takes the click by itself.",
      more: true,
      place: 4,
    },
    detail: { name: "Orders without a click", words: ({ row }) => (row.claims === "ask" ? null : CLAIMS[row.claims]) },
  },
  starts_at: {
    column: "startsAtMs",
    input: v.nullable(instant),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.startsAtMs === null ? null : formatInstant(row.startsAtMs)),
    seenBy: EVERYONE,
    form: {
      control: "time",
      label: "Starts",
      more: true,
      place: 3,
    },
    detail: { as: "time" },
  },
  ends_at: {
    column: "endsAtMs",
    input: v.nullable(instant),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.endsAtMs === null ? null : formatInstant(row.endsAtMs)),
    seenBy: EVERYONE,
    form: {
      control: "time",
      label: "Ends",
      more: true,
      place: 3,
    },
    detail: { as: "time" },
  },
  fallback_url: {
    column: "fallbackUrl",
    input: v.nullable(destination),
    default: null,
    shown: v.nullable(v.string()),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "text",
      kind: "nullable",
      label: "Where clicks go when it is closed",
      wide: true,
      placeholder: "https://shop.example/",
      help: "Left empty, they are answered with 410.",
      more: true,
      place: 4,
    },
    detail: { name: "When closed", as: "address" },
  },
  deep_link_hosts: {
    column: "deepLinkHosts",
    input: listAtMost(host, MAX_HOSTS),
    default: [],
    shown: v.array(v.string()),
    seenBy: EVERYONE,
    form: {
      control: "lines",
      kind: "lines",
      label: "Hosts that deep links may go to, one a line",
      placeholder: "shop.example",
      more: true,
      place: 4,
    },
    detail: {
      name: "Deep links to",
      words: ({ row }) => (row.deepLinkHosts.length === 0 ? null : row.deepLinkHosts.join(", ")),
    },
  },
  redirect_status: {
    column: "redirectStatus",
    input: v.picklist([302, 307]),
    default: 302,
    shown: v.picklist([302, 307]),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "choice",
      kind: "number",
      label: "Redirect",
      options: options(["302", "302, as usual"], ["307", "307, keeps the method"]),
      more: true,
      place: 4,
    },
    detail: { words: ({ row }) => (row.redirectStatus === 307 ? "307" : null) },
  },
  referrer_policy: {
    column: "referrerPolicy",
    input: v.picklist(REFERRER_POLICIES.toSorted()),
    default: "strict-origin-when-cross-origin",
    shown: v.picklist(REFERRER_POLICIES),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "choice",
      label: "Referrer policy",
      options: REFERRER_POLICIES.map((value) => ({ value, label: value })),
      more: true,
      place: 4,
    },
    detail: "nowhere",
  },
  pass_through: {
    column: "passThrough",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "flag",
      label: "Pass unknown query parameters on to the destination",
      more: true,
      place: 4,
    },
    detail: { name: "Query parameters", words: ({ row }) => (row.passThrough ? "passed on to the destination" : null) },
  },
  rules: {
    column: "rules",
    input: rules,
    default: [],
    shown: v.array(shownRule),
    show: ({ row }) => row.rules.map(ruleView),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "groups",
      label: "Visitors of some kind",
      help: "The first rule that fits wins; every condition that is given must hold.",
      add: "Add a rule",
      group: ruleFields,
      more: true,
      place: 7,
    },
    detail: "nowhere",
  },
  caps: {
    column: "caps",
    input: caps,
    default: [],
    shown: v.array(shownCap),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "groups",
      label: "Caps",
      help: "When one is reached, clicks go to the fallback until the next day or month.",
      add: "Add a cap",
      group: capFields,
      more: true,
      place: 6,
    },
    detail: { words: ({ row }) => capsInWords(row.caps, row.timeZone) },
  },
  access: {
    column: "access",
    input: v.picklist(OFFER_ACCESS),
    default: "private",
    shown: v.picklist(OFFER_ACCESS),
    filter: offers.access,
    seenBy: ALL_BUT_ADVERTISERS,
    form: {
      control: "choice",
      label: "May be promoted by",
      options: options(...Object.entries(ACCESS)),
      help: "All but the first show the offer, with its terms, to every active affiliate.",
      place: 1,
    },
    detail: { words: ({ row }) => ACCESS[row.access] },
  },
  links_by_affiliate: {
    column: "linksByAffiliate",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: ALL_BUT_ADVERTISERS,
    form: {
      control: "flag",
      label: "Affiliates make their links themselves",
      help: "Those that may promote it; a link of theirs has a slug of ours and leads to the offer’s destination.",
      place: 1,
    },
    detail: { name: "Links", words: ({ row }) => (row.linksByAffiliate ? "made by affiliates themselves" : null) },
  },
  time_zone: {
    column: "timeZone",
    input: timeZone,
    default: "UTC",
    shown: v.string(),
    seenBy: EVERYONE,
    form: {
      control: "text",
      label: "Time zone of its caps",
      placeholder: "UTC",
      help: "Such as Europe/Berlin: when its day begins.",
      more: true,
      place: 5,
    },
    // It is told with the caps.
    detail: "nowhere",
  },
  events: {
    input: events,
    required: true,
    shown: v.array(named("OfferEvent", event.answer)),
    show: ({ events }, viewer) => events.map((row) => event.view({ row }, viewer)),
    seenBy: EVERYONE,
    form: {
      control: "groups",
      label: "Events: what is paid for",
      help: "The first one is meant where a postback names none. An event’s name cannot be changed later; a changed price holds for conversions from then on.",
      add: "Add an event",
      kept: true,
      group: eventFields,
      place: 2,
    },
    detail: "nowhere",
  },
  ...tagsIn(offers.tags),
  ...STAMPS,
} satisfies Fields<ShownOffer>;

export const newOffer = creationOf(offerFields);
export type NewOffer = v.InferOutput<typeof newOffer>;

/** `events` names those to change and those to add; an event that is not named stays as it is. */
export const offerChange = changeOf(offerFields);
export type OfferChange = v.InferOutput<typeof offerChange>;

export const offerList = listOf(offerFields);

export const { answer: offerAnswer, view: offerView } = showing(inAnswerOrder(offerFields, EVERYONE), EVERYONE);
export type OfferView = v.InferOutput<typeof offerAnswer>;

/** What must hold between the parts of an offer, once a change is made: the first place that is wrong, and what to do. */
export function checkOffer({ row, events }: ShownOffer): { pointer: string; detail: string } | null {
  const { startsAtMs, endsAtMs, caps } = row;
  if (startsAtMs !== null && endsAtMs !== null && endsAtMs <= startsAtMs)
    return { pointer: "#/ends_at", detail: "The offer ends before it starts: choose a later end." };
  const names = events.map((one) => one.name);
  const index = caps.findIndex((one) => !names.includes(one.event));
  if (index < 0) return null;
  const detail = `The offer has no event "${caps[index]?.event}". Its events are: ${names.join(", ")}.`;
  return { pointer: `#/caps/${index}/event`, detail };
}

function capsInWords(caps: readonly Cap[], timeZone: string): string | null {
  if (caps.length === 0) return null;
  return caps.map(({ event, per, limit }) => `${limit} × ${event} a ${per} (${timeZone})`).join(", ");
}

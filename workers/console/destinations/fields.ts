/** Destinations: what is set of each, one entry a field. */
import * as v from "valibot";
import { advertisers, affiliates, destinations } from "../../../schema/tables.ts";
import { DELIVERY_TYPES } from "../../core/courier/delivery-types.ts";
import { DEFAULT_FILTERS, WHOLE_SHARE_BPS } from "../../core/courier/destination-filters.ts";
import type { DestinationFilters } from "../../core/courier/destination-settings.ts";
import { formatMicros, MAX_AMOUNT_MICROS, parseMicros } from "../../core/money.ts";
import {
  COUNTS_FROM,
  ORDER_NUMBERS,
  PLATFORM_NAMES,
  TOLD_VALUES,
  USUAL_CONSENTS,
} from "../../core/platforms/platform-target.ts";
import { PLATFORMS } from "../../core/platforms/platforms.ts";
import { EVERYONE, OPERATORS } from "../../core/roles.ts";
import { MAX_SECRET_LENGTH } from "../../core/sealed-secrets.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options, STATUS_OPTIONS } from "../set-up/form-field.ts";
import { KEPT_SECRET } from "../set-up/kept-secrets.ts";
import { ignoringCase } from "../set-up/list-order.ts";
import { changeOf, creationOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { tagsIn } from "../set-up/tags.ts";
import { flag, listAtMost, name, setupStatus, slug, slugOf, wholeNumber } from "../web/field-schemas.ts";
import { fields as exactly } from "../web/input.ts";
import { type KeptConfig, platformSettingsIn } from "./kept-config.ts";

/** A destination with what its columns hold, read, and the slugs that it names. */
export interface ShownDestination {
  row: typeof destinations.$inferSelect;
  config: KeptConfig;
  filters: DestinationFilters;
  affiliate: string | null;
  advertiser: string | null;
  /** Of the offers that it is told of; empty for all. */
  offers: string[];
}

const KINDS = ["postback", "webhook", "tool", "platform"] as const;
const STATUSES = ["pending", "approved", "rejected", "reversed"] as const;
const MAX_LIST = 100;
const MAX_TEXT = 16_384;
/** As Standard Webhooks names them. */
const SIGNATURES = ["v1", "v1a"] as const;
const MAX_PER_SECOND = 100;
/** Ninety days, the longest window of a platform. */
const MOST_DEADLINE_HOURS = 2_160;

const text = v.pipe(v.string(), v.trim(), v.maxLength(MAX_TEXT, `Write at most ${MAX_TEXT} characters.`));
const shownText = v.nullable(v.string());
const words = v.record(v.string(), v.pipe(v.string(), v.trim(), v.maxLength(2_048, "Write at most 2048 characters.")));
const secretName = v.pipe(
  v.string(),
  v.regex(
    /^[a-z][a-z0-9_]{0,31}$/,
    "A secret's name is 1 to 32 of a-z 0-9 _, and stands in the template as {secret.name}.",
  ),
);
const secrets = v.record(
  secretName,
  v.pipe(v.string(), v.trim(), v.maxLength(MAX_SECRET_LENGTH, `A secret has at most ${MAX_SECRET_LENGTH} characters.`)),
);
const header = exactly({ name: v.pipe(v.string(), v.trim()), value: v.pipe(v.string(), v.trim()) });
const country = v.pipe(
  v.string(),
  v.trim(),
  v.toUpperCase(),
  v.regex(/^[A-Z]{2}$/, "Write countries as two letters, such as DE."),
);

const minimum = v.pipe(
  v.string(),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const micros = parseMicros(dataset.value.trim());
    if (micros !== null && micros <= MAX_AMOUNT_MICROS) return micros;
    addIssue({ message: "Write an amount, such as 10 or 9.99." });
    return NEVER;
  }),
);

const share = v.pipe(
  v.number(),
  v.minValue(0.01, "Write a percentage from 0.01 to 100."),
  v.maxValue(100, "Write a percentage from 0.01 to 100."),
  v.check((percent) => Number.isInteger(Math.round(percent * 1e6) / 1e4), "Write at most two decimals."),
);

/** Several of these words, one a line. */
function several<const Words extends readonly [string, ...string[]]>(choices: Words) {
  return listAtMost(v.picklist(choices), choices.length);
}

export const destinationFields = {
  slug: {
    column: "slug",
    input: slug,
    required: true,
    fixed: true,
    shown: v.string(),
    sort: destinations.slug,
    seenBy: EVERYONE,
    form: {
      control: "text",
      label: "Slug",
      placeholder: "my-tracker",
      help: "Its name in addresses. It cannot be changed later.",
    },
    detail: "nowhere",
  },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    sort: ignoringCase(destinations.name),
    seenBy: EVERYONE,
    form: { control: "text", label: "Name" },
    detail: "nowhere",
  },
  kind: {
    column: "kind",
    input: v.picklist(KINDS),
    required: true,
    fixed: true,
    shown: v.picklist(KINDS),
    filter: destinations.kind,
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "Kind",
      options: options(
        ["postback", "postback: a request by a template"],
        ["webhook", "webhook: JSON of ours, signed"],
        ["tool", "tool: JSON by a template"],
        ["platform", "platform: an ad platform’s conversion API"],
      ),
    },
    detail: { name: "Kind" },
  },
  affiliate: {
    input: v.nullable(slugOf("an affiliate")),
    fixed: true,
    shown: shownText,
    show: ({ affiliate }) => affiliate,
    filter: affiliates.slug,
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "nullable",
      label: "Affiliate",
      suggest: "affiliate",
      help: "Whose it is: told of its own conversions alone, without the advertiser’s side. Left empty with the advertiser, it is the programme’s.",
    },
  },
  advertiser: {
    input: v.nullable(slugOf("an advertiser")),
    fixed: true,
    shown: shownText,
    show: ({ advertiser }) => advertiser,
    filter: advertisers.slug,
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "nullable",
      label: "Advertiser",
      suggest: "advertiser",
      help: "Or whose of the advertisers.",
    },
  },
  platform: {
    input: v.nullable(v.picklist(PLATFORM_NAMES)),
    fixed: true,
    shown: shownText,
    show: ({ config }) => config.platform?.name ?? null,
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Ad platform",
      placeholder: "none",
      help: `For the kind platform: ${PLATFORM_NAMES.map((known) => `\`${known}\``).join(", ")}.`,
    },
    detail: { words: ({ config }) => (config.platform ? PLATFORMS[config.platform.name].label : null) },
  },
  ready: {
    input: v.nullable(v.pipe(v.string(), v.trim(), v.nonEmpty("Write the name of a ready template, or null."))),
    shown: shownText,
    show: ({ config }) => config.ready,
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Ready template",
      placeholder: "none: written by hand",
      help: "By name. It writes the address and the body below; leave it empty to write them yourself.",
    },
  },
  values: {
    input: words,
    shown: v.record(v.string(), v.string()),
    show: ({ config }) => config.values,
    seenBy: EVERYONE,
    form: {
      control: "lines",
      kind: "words",
      label: "Values",
      placeholder: "event = purchase",
      help: "What your account there has of its own, for a ready template or an ad platform: one `name = value` a line.",
    },
    detail: {
      words: ({ row, config }) =>
        row.kind === "platform"
          ? Object.entries(config.values)
              .map(([own, value]) => `${own}: ${value}`)
              .join("; ") || null
          : null,
    },
  },
  person: {
    input: v.nullable(text),
    shown: shownText,
    show: ({ config }) => config.person,
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Person",
      placeholder: "meta.customer_id",
      help: "For tools: the macro that says who the person is there.",
      more: true,
    },
  },
  url: {
    input: text,
    shown: v.string(),
    show: ({ config }) => config.template.url,
    seenBy: EVERYONE,
    form: {
      control: "text",
      label: "Address",
      wide: true,
      placeholder: "https://tracker.example/postback?cid={external_id}&payout={payout}",
      help: "Macros of other trackers are translated when it is saved. A webhook’s address has none.",
    },
    detail: { as: "address", words: ({ config }) => config.template.url || null },
  },
  meanings: {
    input: words,
    shown: v.record(v.string(), v.string()),
    show: ({ config }) => config.meanings,
    seenBy: EVERYONE,
    form: {
      control: "lines",
      kind: "words",
      label: "Meanings",
      placeholder: "revenue = payout",
      help: "Of macros that mean several things: theirs = ours, one a line. Asked where it is needed.",
    },
    detail: "nowhere",
  },
  secrets: {
    input: secrets,
    shown: v.record(v.string(), v.string()),
    show: ({ row }) => Object.fromEntries(Object.keys(row.secrets).map((name) => [name, KEPT_SECRET])),
    seenBy: EVERYONE,
    form: {
      control: "lines",
      kind: "words",
      label: "Secrets",
      placeholder: "key = …",
      help: "What stands in the template as `{secret.key}`, or what the ad platform asks for, one `name = secret` a line. Sealed: never shown again.",
    },
    detail: { name: "Secrets", words: ({ row }) => Object.keys(row.secrets).join(", ") || null },
  },
  method: {
    input: v.picklist(["GET", "POST"]),
    shown: v.picklist(["GET", "POST"]),
    show: ({ config }) => config.template.method,
    seenBy: EVERYONE,
    form: { control: "choice", label: "Method", options: options(["GET", "GET"], ["POST", "POST"]), more: true },
    detail: { words: ({ row, config }) => (row.kind === "platform" ? null : config.template.method) },
  },
  body: {
    input: v.nullable(text),
    shown: shownText,
    show: ({ config }) => config.template.body?.text ?? null,
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Body",
      rows: 6,
      wide: true,
      help: "Of a POST, with macros.",
      more: true,
    },
    detail: { as: "address" },
  },
  body_form: {
    input: v.picklist(["json", "form"]),
    shown: v.picklist(["json", "form"]),
    show: ({ config }) => config.template.body?.form ?? "json",
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "Form of the body",
      options: options(["json", "JSON"], ["form", "fields of a form"]),
      more: true,
    },
    detail: "nowhere",
  },
  headers: {
    input: listAtMost(header, 20),
    shown: v.array(v.object({ name: v.string(), value: v.string() })),
    show: ({ config }) => config.template.headers,
    seenBy: EVERYONE,
    form: {
      control: "groups",
      label: "Headers",
      add: "Add a header",
      group: {
        name: { form: { control: "text", label: "Name" } },
        value: { form: { control: "text", label: "Value", wide: true } },
      },
      more: true,
    },
    detail: {
      words: ({ config }) => config.template.headers.map(({ name, value }) => `${name}: ${value}`).join("; ") || null,
    },
  },
  user: {
    input: v.nullable(text),
    shown: shownText,
    show: ({ config }) => config.template.basic?.user ?? null,
    seenBy: EVERYONE,
    form: { control: "text", kind: "nullable", label: "User (HTTP Basic)", placeholder: "{secret.key}", more: true },
  },
  password: {
    input: v.nullable(text),
    shown: shownText,
    show: ({ config }) => config.template.basic?.password ?? null,
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Password (HTTP Basic)",
      placeholder: "{secret.password}",
      more: true,
    },
  },
  needs: {
    input: listAtMost(text, 20),
    shown: v.array(v.string()),
    show: ({ config }) => config.template.needs,
    seenBy: EVERYONE,
    form: {
      control: "lines",
      kind: "lines",
      label: "Needs",
      rows: 1,
      help: "Macros without a value of which nothing is sent, besides external_id and click_id.",
      more: true,
    },
    detail: { words: ({ config }) => config.template.needs.join(", ") || null },
  },
  body_contains: {
    input: v.nullable(text),
    shown: shownText,
    show: ({ config }) => config.answers.bodyContains,
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Success says",
      help: "Words that the answer holds where it worked, for receivers that answer 200 to everything.",
      more: true,
    },
  },
  body_lacks: {
    input: v.nullable(text),
    shown: shownText,
    show: ({ config }) => config.answers.bodyLacks ?? null,
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable",
      label: "Failure says",
      help: "Words by which a 200 says that it took nothing.",
      more: true,
    },
  },
  accept_3xx: {
    input: flag,
    shown: v.boolean(),
    show: ({ config }) => config.answers.accept3xx,
    seenBy: EVERYONE,
    form: { control: "flag", label: "A redirect is success, too", more: true },
    detail: "nowhere",
  },
  deduplicates: {
    input: v.nullable(flag),
    shown: v.boolean(),
    show: ({ config }) => config.deduplicates,
    seenBy: EVERYONE,
    form: "nowhere",
    detail: {
      name: "After no answer",
      words: ({ config }) =>
        config.deduplicates ? "sent again, since it takes one ID once" : "held, for somebody to decide",
    },
  },
  per_second: {
    input: v.nullable(wholeNumber(1, MAX_PER_SECOND)),
    shown: v.nullable(v.number()),
    show: ({ config }) => config.ratePerSecond,
    seenBy: EVERYONE,
    form: { control: "text", kind: "nullable-number", label: "Most a second", placeholder: "no limit", more: true },
  },
  signature: {
    input: v.picklist(SIGNATURES),
    default: "v1",
    shown: v.picklist(SIGNATURES),
    show: ({ config }) => config.signatureForm ?? "v1",
    seenBy: EVERYONE,
    // Nothing else is signed.
    detail: { words: ({ row, config }) => (row.kind === "webhook" ? (config.signatureForm ?? "v1") : null) },
    form: {
      control: "choice",
      label: "Signature",
      options: options(["v1", "v1: HMAC-SHA-256 under a secret"], ["v1a", "v1a: ed25519, by a public key"]),
      help: "Of webhooks. With v1a the receiver holds nothing that could sign.",
      more: true,
    },
  },
  deadline_hours: {
    input: v.nullable(wholeNumber(1, MOST_DEADLINE_HOURS)),
    shown: v.nullable(v.number()),
    show: ({ config: { deadlineMs } }) => (deadlineMs === null ? null : deadlineMs / HOUR_MS),
    seenBy: EVERYONE,
    form: {
      control: "text",
      kind: "nullable-number",
      label: "Told within hours",
      placeholder: "no deadline",
      help: "How long after it happened the receiver takes an event. What is older is not sent: it ends as expired.",
      more: true,
    },
  },
  event_names: {
    input: words,
    shown: v.record(v.string(), v.string()),
    show: ({ config }) => platformSettingsIn(config).events,
    seenBy: EVERYONE,
    form: {
      control: "lines",
      kind: "words",
      label: "Events at the ad platform",
      placeholder: "sale = Purchase",
      help: "Ours = theirs, one a line; `*` is every other one. What stands here with no name is not told.",
    },
    detail: {
      words: ({ config }) =>
        Object.entries(platformSettingsIn(config).events)
          .map(([ours, theirs]) => `${ours}: ${theirs}`)
          .join("; ") || null,
    },
  },
  counts_from: {
    input: v.picklist(COUNTS_FROM),
    default: "approved",
    shown: v.picklist(COUNTS_FROM),
    show: ({ config }) => platformSettingsIn(config).countsFrom,
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "The ad platform hears of it once it is",
      options: options(["approved", "approved"], ["pending", "pending, or approved"]),
      help: "Where approvals come after the platform’s window, pending is the way out.",
      more: true,
    },
    detail: { words: ({ row, config }) => (row.kind === "platform" ? platformSettingsIn(config).countsFrom : null) },
  },
  told_value: {
    input: v.picklist(TOLD_VALUES),
    default: "amount",
    shown: v.picklist(TOLD_VALUES),
    show: ({ config }) => platformSettingsIn(config).value,
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "Value told to the ad platform",
      options: options(
        ["amount", "the sale’s amount"],
        ["payout", "the affiliate’s payout"],
        ["revenue", "what the advertiser pays"],
        ["none", "none"],
      ),
      more: true,
    },
    detail: { words: ({ row, config }) => (row.kind === "platform" ? platformSettingsIn(config).value : null) },
  },
  order_number: {
    input: v.picklist(ORDER_NUMBERS),
    default: "kept",
    shown: v.picklist(ORDER_NUMBERS),
    show: ({ config }) => platformSettingsIn(config).orderNumber,
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "Order number at the ad platform",
      options: options(
        ["kept", "not told: our conversion’s ID in its place"],
        ["told", "told"],
        ["pairs", "told, and names the event: the platform’s own pixel says the same"],
      ),
      more: true,
    },
    detail: { words: ({ row, config }) => (row.kind === "platform" ? platformSettingsIn(config).orderNumber : null) },
  },
  ad_consent: {
    input: v.picklist(USUAL_CONSENTS),
    default: "unsaid",
    shown: v.picklist(USUAL_CONSENTS),
    show: ({ config }) => platformSettingsIn(config).consent,
    seenBy: EVERYONE,
    form: {
      control: "choice",
      label: "Consent of visitors whose link says nothing of it",
      options: options(["unsaid", "not said: no consent is told"], ["granted", "given: the pages ask for it before"]),
      help: "Told to ad platforms that take it. A link with `ad_consent=0` bars them all.",
      more: true,
    },
    detail: { words: ({ row, config }) => (row.kind === "platform" ? platformSettingsIn(config).consent : null) },
  },
  types: {
    input: several(DELIVERY_TYPES),
    shown: v.array(v.picklist(DELIVERY_TYPES)),
    show: ({ filters }) => filters.types,
    seenBy: EVERYONE,
    default: DEFAULT_FILTERS.types,
    form: {
      control: "lines",
      kind: "lines",
      label: "Types",
      rows: 7,
      help: "What it hears, one a line. Of alerts the programme’s own may hear: alert.opened, alert.repeated, alert.cleared. Of statements a webhook may: statement.finalized, statement.paid.",
      filled: true,
      more: true,
    },
    detail: {
      name: "Hears",
      words: ({ filters }) => filters.types.map((type) => type.replace("conversion.", "")).join(", "),
    },
  },
  statuses: {
    input: several(STATUSES),
    shown: v.array(v.picklist(STATUSES)),
    show: ({ filters }) => filters.statuses,
    seenBy: EVERYONE,
    default: DEFAULT_FILTERS.statuses,
    form: {
      control: "lines",
      kind: "lines",
      label: "Statuses",
      help: "Of conversions that it is told of: pending, approved, rejected, reversed.",
      filled: true,
    },
    detail: { words: ({ filters }) => filters.statuses.join(", ") },
  },
  events: {
    input: listAtMost(text, MAX_LIST),
    shown: v.array(v.string()),
    show: ({ filters }) => filters.events,
    seenBy: EVERYONE,
    form: { control: "lines", kind: "lines", label: "Events", rows: 1, placeholder: "all", more: true },
    detail: { words: ({ filters }) => filters.events.join(", ") || null },
  },
  offers: {
    input: listAtMost(slugOf("an offer"), MAX_LIST),
    shown: v.array(v.string()),
    show: ({ offers }) => offers,
    seenBy: EVERYONE,
    form: { control: "lines", kind: "lines", label: "Offers", rows: 1, placeholder: "all", more: true },
    detail: { words: ({ offers }) => offers.join(", ") || null },
  },
  countries: {
    input: listAtMost(country, MAX_LIST),
    shown: v.array(v.string()),
    show: ({ filters }) => filters.countries,
    seenBy: EVERYONE,
    form: { control: "lines", kind: "lines", label: "Countries", rows: 1, placeholder: "all", more: true },
    detail: { words: ({ filters }) => filters.countries.join(", ") || null },
  },
  minimum_amount: {
    input: minimum,
    shown: v.string(),
    show: ({ filters }) => formatMicros(filters.minAmountMicros),
    seenBy: EVERYONE,
    form: { control: "text", label: "Least amount", placeholder: "0", more: true },
    detail: { words: ({ filters }) => (filters.minAmountMicros === 0 ? null : formatMicros(filters.minAmountMicros)) },
  },
  tests: {
    input: flag,
    shown: v.boolean(),
    show: ({ filters }) => filters.tests,
    seenBy: EVERYONE,
    form: { control: "flag", label: "Tell tests, too", more: true },
    detail: "nowhere",
  },
  share: {
    input: share,
    shown: v.number(),
    show: ({ filters }) => filters.shareBps / 100,
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "number",
      label: "Share of conversions, %",
      placeholder: "100",
      help: "For the programme’s own.",
      more: true,
    },
    detail: { words: ({ filters }) => (filters.shareBps === WHOLE_SHARE_BPS ? null : `${filters.shareBps / 100} %`) },
  },
  status: {
    column: "status",
    input: setupStatus,
    default: "active",
    shown: setupStatus,
    filter: destinations.status,
    sort: destinations.status,
    seenBy: EVERYONE,
    form: { control: "choice", label: "Status", options: STATUS_OPTIONS, only: "change", place: 1 },
    detail: "nowhere",
  },
  translated: {
    shown: v.array(v.object({ place: v.string(), written: v.string(), became: v.string() })),
    show: ({ config }) => config.translated,
    seenBy: EVERYONE,
    detail: "nowhere",
  },
  ...tagsIn(destinations.tags),
  ...STAMPS,
} satisfies Fields<ShownDestination>;

export const newDestination = creationOf(destinationFields);
export type NewDestination = v.InferOutput<typeof newDestination>;

export const destinationChange = changeOf(destinationFields);
export type DestinationChange = v.InferOutput<typeof destinationChange>;

export const destinationList = listOf(destinationFields);
export type DestinationList = v.InferOutput<typeof destinationList>;

export const { answer: destinationAnswer, view: destinationView } = showing(destinationFields, EVERYONE);
export type DestinationView = v.InferOutput<typeof destinationAnswer>;

/** Sources: what is set of a shop's own webhooks, one entry a field. */
import * as v from "valibot";
import { advertisers, sources } from "../../../schema/tables.ts";
import { isPlainText } from "../../core/postback/plain-text.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { MAX_SECRET_LENGTH } from "../../core/sealed-secrets.ts";
import { MAX_RULES_LENGTH, readCustomRules } from "../../core/sources/custom-rules.ts";
import { CUSTOM, SOURCE_TABLES } from "../../core/sources/source-tables.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options, STATUS_OPTIONS } from "../set-up/form-field.ts";
import { KEPT_SECRET } from "../set-up/kept-secrets.ts";
import { changeOf, creationOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { flag, SLUG_ADVICE, setupStatus, slug, slugOf } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";

const MAX_EVENT_LENGTH = 128;
const MAX_EVENTS = 20;

export const SOURCE_NAMES = [...SOURCE_TABLES.keys(), CUSTOM];

export interface ShownSource {
  row: Omit<typeof sources.$inferSelect, "number">;
  /** Slug. */
  advertiser: string;
}
export interface StoredSource extends ShownSource {
  row: typeof sources.$inferSelect;
}

const secret = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty("Write the secret, as the platform shows it."),
  v.maxLength(MAX_SECRET_LENGTH, `Secrets have at most ${MAX_SECRET_LENGTH} characters.`),
);

const event = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty("Write the name of an event of the offer, or -."),
  v.check((text) => isPlainText(text, MAX_EVENT_LENGTH), "An event's name has at most 128 characters."),
);
const events = v.pipe(
  v.record(v.pipe(v.string(), v.trim()), event),
  v.check((words) => Object.keys(words).length <= MAX_EVENTS, `At most ${MAX_EVENTS} kinds have names.`),
);

/** Rules as JSON, written out or as text; kept as they were written. */
export const customRules = v.pipe(
  v.union([v.pipe(v.string(), v.maxLength(MAX_RULES_LENGTH)), v.looseObject({})]),
  v.rawTransform<string | Record<string, unknown>, Record<string, unknown>>(({ dataset, addIssue, NEVER }) => {
    const given = parse(dataset.value);
    const read = readCustomRules(given);
    if (read.ok && given !== null && JSON.stringify(given).length <= MAX_RULES_LENGTH) return given;
    addIssue({
      message: read.ok ? `Rules have at most ${MAX_RULES_LENGTH} characters.` : `Mend this: ${read.refusal}.`,
    });
    return NEVER;
  }),
);

function parse(given: string | Record<string, unknown>): Record<string, unknown> | null {
  if (typeof given !== "string") return given;
  try {
    const parsed: unknown = JSON.parse(given);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : null;
  } catch {
    return null;
  }
}

const sourceName = v.picklist(SOURCE_NAMES);
export const sourcePath = v.pipe(
  slug,
  v.check((text) => text !== "batch", "/batch is where batches of postbacks go: choose another path."),
);

export const sourceFields = {
  slug: { column: "slug", shown: v.string(), seenBy: ALL_BUT_AFFILIATES, detail: "nowhere" },
  advertiser: {
    input: slugOf("an advertiser"),
    required: true,
    fixed: true,
    shown: v.string(),
    show: ({ advertiser }) => advertiser,
    filter: advertisers.slug,
    seenBy: ALL_BUT_AFFILIATES,
    form: { control: "text", label: "Advertiser", suggest: "advertiser", help: "Slug of an advertiser." },
    detail: { name: "Advertiser" },
  },
  source: {
    column: "source",
    input: sourceName,
    required: true,
    fixed: true,
    shown: v.string(),
    filter: sources.source,
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "choice",
      label: "What sends it",
      options: options(...[...SOURCE_TABLES].map(([name, { label }]) => [name, label] as const), [
        CUSTOM,
        "another: by rules of your own",
      ]),
    },
    detail: { name: "What sends it" },
  },
  path: {
    column: "path",
    input: sourcePath,
    fixed: true,
    shown: v.string(),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "text",
      label: "Path",
      placeholder: "shopify",
      help: `Where it is sent to: behind the advertiser’s slug. Left empty, the name of what sends it. ${SLUG_ADVICE}`,
    },
    detail: "nowhere",
  },
  secret: {
    column: "secret",
    input: secret,
    required: true,
    shown: v.string(),
    show: () => KEPT_SECRET,
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "text",
      label: "Secret",
      rows: 2,
      wide: true,
      help: "Of the webhook, from the platform. While it is being changed write both, one a line, four at most. Sealed: nobody can read it here again.",
    },
    detail: "nowhere",
  },
  events: {
    column: "events",
    input: events,
    default: {},
    shown: v.record(v.string(), v.string()),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "lines",
      kind: "words",
      label: "Events, its kind = the offer’s",
      placeholder: "sale = purchase\nrenewal = -",
      help: "Kinds are sale, renewal and trial. Where nothing is written, the event has the kind’s name; `-` passes it over.",
    },
    detail: {
      name: "Events",
      words: ({ row }) =>
        Object.entries(row.events)
          .map(([kind, name]) => `${kind} = ${name}`)
          .join(", ") || null,
    },
  },
  amount: {
    column: "basis",
    input: v.nullable(v.string()),
    default: null,
    shown: v.nullable(v.string()),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "text",
      kind: "nullable",
      label: "Amount",
      placeholder: "total",
      help: "What of an order counts: `total`, `without_tax`, `net`, or what its page in the documentation names besides.",
    },
    detail: { name: "Amount" },
  },
  click_name: {
    column: "clickName",
    input: v.nullable(v.pipe(v.string(), v.trim(), v.toLowerCase(), v.maxLength(64, "At most 64 characters."))),
    default: null,
    shown: v.nullable(v.string()),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "text",
      kind: "nullable",
      label: "Another name of the click ID",
      placeholder: "cb",
      help: "Where the shop carries it under another name than click_id.",
    },
    detail: { name: "Click ID under" },
  },
  test: {
    column: "allTest",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: ALL_BUT_AFFILIATES,
    form: { control: "flag", label: "All that comes is a test", help: "For a platform’s sandbox." },
    detail: { name: "Tests", words: ({ row }) => (row.allTest ? "all that comes is a test" : null) },
  },
  rules: {
    column: "rules",
    input: v.nullable(customRules),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.rules === null ? null : JSON.stringify(row.rules, null, 2)),
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "text",
      kind: "nullable",
      label: "Rules",
      rows: 16,
      wide: true,
      more: true,
      help: "JSON, only for what is sent by rules of your own. Its page reads a sample with them.",
    },
    detail: "nowhere",
  },
  status: {
    column: "status",
    input: setupStatus,
    default: "active",
    shown: setupStatus,
    filter: sources.status,
    seenBy: ALL_BUT_AFFILIATES,
    form: {
      control: "choice",
      label: "Status",
      options: STATUS_OPTIONS,
      only: "change",
      help: "Paused or ended, what it sends is refused.",
    },
    detail: "nowhere",
  },
  webhook_url: {
    shown: v.string(),
    show: ({ row, advertiser }, { env }) => `${env.POSTBACK_ORIGIN}/p/${advertiser}/${row.path}`,
    seenBy: ALL_BUT_AFFILIATES,
    detail: { name: "Webhook URL", as: "address" },
  },
  ...STAMPS,
} satisfies Fields<ShownSource>;

export const newSource = creationOf(sourceFields);
export type NewSource = v.InferOutput<typeof newSource>;

const { advertiser: _advertiser, path: _path, source: _source, ...setEntries } = newSource.entries;
/** A source as it is to be, at a place that the call names; `source` is the place's name where it is not said. */
export const wholeSource = fields({ source: v.exactOptional(sourceName), ...setEntries });
export type WholeSource = v.InferOutput<typeof wholeSource>;

export const sourceChange = changeOf(sourceFields);
export type SourceChange = v.InferOutput<typeof sourceChange>;

export const sourceList = listOf(sourceFields);

export const { answer: sourceAnswer, view: sourceView } = showing(sourceFields, ALL_BUT_AFFILIATES);
export type SourceView = v.InferOutput<typeof sourceAnswer>;

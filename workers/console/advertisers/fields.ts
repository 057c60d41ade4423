/** Advertisers: what is set of each, one entry a field; and what they prove themselves with. */
import * as v from "valibot";
import type { Mapping } from "../../../schema/records.ts";
import { advertisers } from "../../../schema/tables.ts";
import { readMapping } from "../../core/postback/mapping.ts";
import { PRESETS } from "../../core/postback/mapping-presets.ts";
import { readRange } from "../../core/postback/sender-address.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { READING } from "../reconciliation/table-parameters.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { type FormFields, options, STATUS_OPTIONS } from "../set-up/form-field.ts";
import { ignoringCase } from "../set-up/list-order.ts";
import { changeOf, creationOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { tagsIn } from "../set-up/tags.ts";
import { flag, instant, name, setupStatus, slug } from "../web/field-schemas.ts";
import { fields } from "../web/input.ts";

const MAX_RANGES = 200;

export const allowedIps = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.trim(),
      v.check(
        (text) => readRange(text) !== null,
        "Write an address or a CIDR range, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.",
      ),
    ),
  ),
  v.maxLength(MAX_RANGES, `A list has at most ${MAX_RANGES} ranges.`),
);

const words = v.record(v.string(), v.string());
export const mappingForm = fields({
  preset: v.exactOptional(v.string()),
  names: v.exactOptional(words),
  events: v.exactOptional(words),
  statuses: v.exactOptional(words),
});
export const mapping = v.pipe(mappingForm, mappingOf());

const fileReading = fields(READING);

const authMode = v.picklist(["open", "token", "signed"]);

/** The core decides what a mapping may say; a generic function, so that it takes what the form above gives. */
function mappingOf<Input>() {
  return v.rawTransform<Input, Mapping>(({ dataset, addIssue, NEVER }) => {
    const read = readMapping(dataset.value);
    if (read.ok) return read.value;
    const { place, why } = read.refusal;
    const [first, ...rest] = place.map(placeWithin);
    addIssue({ message: `Mend this: ${why}.`, ...(first ? { path: [first, ...rest] } : {}) });
    return NEVER;
  });
}

/** A step of an issue's path; nothing reads more of it than its key. */
function placeWithin(key: string): v.UnknownPathItem {
  return { type: "unknown", origin: "value", input: undefined, key, value: undefined };
}

/** Words of another tracker, as a form asks for them; what is written in none of them is no mapping. */
export const MAPPING_PARTS = {
  preset: {
    form: {
      control: "choice",
      label: "It speaks like",
      options: [
        { value: "", label: "none: our own names" },
        ...[...PRESETS.keys()].map((preset) => ({ value: preset, label: preset })),
      ],
      help: "A postback URL made for this tracker works here by changing host and path.",
    },
  },
  names: {
    form: {
      control: "lines",
      kind: "words",
      label: "Parameter names, theirs = ours",
      placeholder: "transaction_id = click_id",
    },
  },
  events: { form: { control: "lines", kind: "words", label: "Events, theirs = ours", placeholder: "purchase = sale" } },
  statuses: {
    form: { control: "lines", kind: "words", label: "Statuses, theirs = ours", placeholder: "hold = pending" },
  },
} satisfies FormFields;

const AUTH_IN_WORDS = {
  token: "token: a secret in each postback",
  signed: "signed: every postback is signed",
  open: "open: anybody may send, and is believed and paid",
} as const;

export interface StoredAdvertiser {
  row: typeof advertisers.$inferSelect;
}
export type AdvertiserRow = StoredAdvertiser["row"];
export interface ShownAdvertiser {
  row: Omit<StoredAdvertiser["row"], "number">;
}

/** An affiliate sees no advertiser. */
const READERS = ALL_BUT_AFFILIATES;

export const advertiserFields = {
  slug: {
    column: "slug",
    input: slug,
    required: true,
    fixed: true,
    shown: v.string(),
    sort: advertisers.slug,
    seenBy: READERS,
    form: {
      control: "text",
      label: "Slug",
      placeholder: "acme",
      help: "It stands in the postback URL, and stays for ever.",
    },
    detail: { as: "code" },
  },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    sort: ignoringCase(advertisers.name),
    seenBy: READERS,
    form: { control: "text", label: "Name", example: "Acme" },
    detail: "nowhere",
  },
  status: {
    column: "status",
    input: setupStatus,
    default: "active",
    shown: setupStatus,
    filter: advertisers.status,
    sort: advertisers.status,
    seenBy: READERS,
    form: {
      control: "choice",
      label: "Status",
      options: STATUS_OPTIONS,
      help: "Clicks stop when it is paused or ended; postbacks about earlier clicks are always taken.",
      only: "change",
    },
    detail: "nowhere",
  },
  auth: {
    column: "auth",
    input: authMode,
    default: "token",
    shown: authMode,
    seenBy: READERS,
    form: {
      control: "choice",
      label: "How its servers prove themselves",
      options: options(...Object.entries(AUTH_IN_WORDS)),
      filled: true,
      help: "Open trusts whoever asks: a visitor finds the click ID in the shop’s address and can have a conversion approved.",
    },
    detail: { name: "Proof", words: ({ row }) => AUTH_IN_WORDS[row.auth] },
  },
  allowed_ips: {
    column: "allowedIps",
    input: allowedIps,
    default: [],
    shown: v.array(v.string()),
    seenBy: READERS,
    form: {
      control: "lines",
      kind: "lines",
      label: "Addresses that postbacks may come from, one a line",
      placeholder: "203.0.113.0/24\n2001:db8::/32",
      help: "Left empty: from everywhere.",
    },
    detail: {
      name: "Addresses",
      words: ({ row }) => (row.allowedIps.length === 0 ? "from everywhere" : row.allowedIps.join(", ")),
    },
  },
  pixel: {
    column: "pixel",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: READERS,
    form: {
      control: "flag",
      label: "Take the pixel too",
      help: "It carries no secret, so what comes by it is a claim: it earns nothing until the sender speaks of its click or order, or you confirm it.",
    },
    detail: { name: "Pixel", words: ({ row }) => (row.pixel ? "taken too, as claims" : "off") },
  },
  share_affiliates: {
    column: "shareAffiliates",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: READERS,
    form: {
      control: "flag",
      label: "Name it its affiliates",
      help: "It sees their slugs, those of their links, and the sites that visitors come from. Else each has a name that only it is told.",
    },
    detail: {
      name: "Affiliates",
      words: ({ row }) => (row.shareAffiliates ? "named to it" : "under names of its own"),
    },
  },
  promises: {
    column: "promises",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: READERS,
    form: {
      control: "flag",
      label: "Promise in each answer",
      help: "The answer to a postback carries a signed promise that the message is entered in the books within a day, which its sender can keep and check without us.",
    },
    detail: { name: "Promises", words: ({ row }) => (row.promises ? "in each answer" : "none") },
  },
  mapping: {
    column: "mapping",
    input: v.nullable(mapping),
    default: null,
    shown: v.nullable(mappingForm),
    seenBy: READERS,
    form: { control: "parts", parts: MAPPING_PARTS, more: true },
    detail: "nowhere",
  },
  file_reading: {
    column: "fileReading",
    input: v.nullable(fileReading),
    default: null,
    shown: v.nullable(fileReading),
    seenBy: READERS,
    form: "nowhere",
    detail: {
      name: "Its files",
      words: ({ row: { fileReading: said } }) =>
        Object.entries(said ?? {})
          .map(([name, text]) => `${name}: ${text}`)
          .join("; ") || "read as they tell by themselves",
    },
  },
  postback_url: {
    shown: v.string(),
    show: ({ row }, { env }) => `${env.POSTBACK_ORIGIN}/p/${row.slug}`,
    seenBy: READERS,
  },
  ...tagsIn(advertisers.tags),
  ...STAMPS,
} satisfies Fields<ShownAdvertiser>;

export const newAdvertiser = creationOf(advertiserFields);
export type NewAdvertiser = v.InferOutput<typeof newAdvertiser>;

export const advertiserChange = changeOf(advertiserFields);
export type AdvertiserChange = v.InferOutput<typeof advertiserChange>;

export const advertiserList = listOf(advertiserFields);

export const { answer: advertiserAnswer, view: advertiserView } = showing(advertiserFields, READERS);
export type AdvertiserView = v.InferOutput<typeof advertiserAnswer>;

/** The end of the credentials that are valid now. */
export const rotation = fields({ until: instant });

export const newAdvertiserAnswer = v.object({
  ...advertiserAnswer.entries,
  // Left out for who may set up and sees no secrets.
  token: v.exactOptional(v.nullable(v.string())),
  signing_secret: v.exactOptional(v.nullable(v.string())),
});

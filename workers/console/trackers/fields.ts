/** Trackers: what is set of another tracker whose paths, words and answers are spoken here, one entry a field. */
import * as v from "valibot";
import { advertisers, trackers } from "../../../schema/tables.ts";
import { SUB_NAMES } from "../../core/click/sub-ids.ts";
import { formatInstant } from "../../core/instant.ts";
import { OPERATORS } from "../../core/roles.ts";
import { MAX_SECRET_LENGTH } from "../../core/sealed-secrets.ts";
import { secretsIn } from "../../core/sources/prepare-source.ts";
import { readOldOrigin, readTrackerHost } from "../../core/trackers/tracker-host.ts";
import { TRACKER_TABLES } from "../../core/trackers/tracker-tables.ts";
import { allowedIps, MAPPING_PARTS, mapping, mappingForm } from "../advertisers/fields.ts";
import type { Fields } from "../set-up/field.ts";
import { showing } from "../set-up/field-values.ts";
import { options, STATUS_OPTIONS } from "../set-up/form-field.ts";
import { KEPT_SECRET } from "../set-up/kept-secrets.ts";
import { ignoringCase } from "../set-up/list-order.ts";
import { changeOf, creationOf, listOf } from "../set-up/schemas.ts";
import { STAMPS } from "../set-up/stamps.ts";
import { flag, instant, name, SLUG_ADVICE, setupStatus, slug, slugOf } from "../web/field-schemas.ts";

/** Each is tried with every postback. */
const MOST_KEYS = 20;
const MOST_SUB_IDS = 40;
const MOST_NAME = 64;
const NAMEABLE = [...SUB_NAMES, "external_id"];

export const DIALECT_NAMES = [...TRACKER_TABLES.keys()];

export interface ShownTracker {
  row: Omit<typeof trackers.$inferSelect, "number">;
  /** Slug. */
  advertiser: string;
}
export interface StoredTracker extends ShownTracker {
  row: typeof trackers.$inferSelect;
}

const dialect = v.picklist(DIALECT_NAMES);

const secret = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty("Write the key or token as the old tracker had it, or null for none."),
  v.maxLength(MAX_SECRET_LENGTH, `Secrets have at most ${MAX_SECRET_LENGTH} characters.`),
  v.check((text) => secretsIn(text).length <= MOST_KEYS, `At most ${MOST_KEYS} keys, one a line.`),
);

const host = v.pipe(
  v.string(),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const read = readTrackerHost(dataset.value);
    if (read !== null) return read;
    addIssue({ message: "Write the host alone, such as trk.example.com: no https://, no port, no path, no address." });
    return NEVER;
  }),
);

const oldOrigin = v.pipe(
  v.string(),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const read = readOldOrigin(dataset.value);
    if (read !== null) return read;
    addIssue({ message: "Write an origin and nothing behind it, such as https://old.example." });
    return NEVER;
  }),
);

const subIds = v.pipe(
  v.record(
    v.pipe(v.string(), v.trim(), v.nonEmpty("Write the parameter’s name."), v.maxLength(MOST_NAME)),
    v.picklist(NAMEABLE, `Write one of ${NAMEABLE.join(", ")}.`),
  ),
  v.check((words) => Object.keys(words).length <= MOST_SUB_IDS, `At most ${MOST_SUB_IDS} parameters have names.`),
);

/** What its words mean; which words those are is the dialect's. */
const ownMapping = v.pipe(
  mapping,
  v.check(({ preset }) => preset === undefined, "The dialect is the preset: leave preset out."),
);
const { preset: _, ...OWN_PARTS } = MAPPING_PARTS;

export const trackerFields = {
  slug: {
    column: "slug",
    input: slug,
    required: true,
    fixed: true,
    shown: v.string(),
    sort: trackers.slug,
    seenBy: OPERATORS,
    form: {
      control: "text",
      label: "Slug",
      placeholder: "keitaro",
      help: `It can be tried at /t/ and this slug, before any host leads here. ${SLUG_ADVICE}`,
    },
    detail: "nowhere",
  },
  name: {
    column: "name",
    input: name,
    required: true,
    shown: v.string(),
    sort: ignoringCase(trackers.name),
    seenBy: OPERATORS,
    form: { control: "text", label: "Name", example: "Our old Keitaro" },
    detail: "nowhere",
  },
  dialect: {
    column: "dialect",
    input: dialect,
    required: true,
    fixed: true,
    shown: dialect,
    filter: trackers.dialect,
    seenBy: OPERATORS,
    form: {
      control: "choice",
      label: "Which tracker it is",
      options: options(...[...TRACKER_TABLES].map(([key, { label }]) => [key, label] as const)),
    },
    detail: { name: "Which tracker", words: ({ row }) => TRACKER_TABLES.get(row.dialect)?.label ?? row.dialect },
  },
  advertiser: {
    input: slugOf("an advertiser"),
    required: true,
    fixed: true,
    shown: v.string(),
    show: ({ advertiser }) => advertiser,
    filter: advertisers.slug,
    seenBy: OPERATORS,
    form: {
      control: "text",
      label: "Advertiser",
      suggest: "advertiser",
      help: "Slug of the advertiser in whose log stands what names no click that is known here. A click that is known says whose it is.",
    },
    detail: { name: "What names no known click goes to" },
  },
  host: {
    column: "host",
    input: v.nullable(host),
    default: null,
    shown: v.nullable(v.string()),
    filter: trackers.host,
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "nullable",
      label: "Host",
      placeholder: "trk.example.com",
      help: "The host in the placed links and postback URLs. Its DNS record is repointed when all is tried; one host has one tracker.",
    },
    detail: { as: "code" },
  },
  secret: {
    column: "secret",
    input: v.nullable(secret),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.secret === null ? null : KEPT_SECRET),
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "nullable",
      label: "Key or token",
      rows: 2,
      wide: true,
      help: "What the old tracker’s postback URLs carry (Keitaro’s key, a security token), where they do; several, one a line. Sealed: nobody can read it here again.",
    },
    detail: {
      name: "Key or token",
      words: ({ row }) => (row.secret === null ? "none: whoever knows the address is believed" : "kept, sealed"),
    },
  },
  allowed_ips: {
    column: "allowedIps",
    input: allowedIps,
    default: [],
    shown: v.array(v.string()),
    seenBy: OPERATORS,
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
  old_origin: {
    column: "oldOrigin",
    input: v.nullable(oldOrigin),
    default: null,
    shown: v.nullable(v.string()),
    seenBy: OPERATORS,
    form: {
      control: "text",
      kind: "nullable",
      label: "Where the old tracker still answers",
      placeholder: "https://old.example.com",
      wide: true,
      help: "A link that has no alias here is sent on to it, as it came. Left empty, it is answered 404.",
    },
    detail: { name: "The old tracker", as: "address" },
  },
  relay_until: {
    column: "relayUntilMs",
    input: v.nullable(instant),
    default: null,
    shown: v.nullable(v.string()),
    show: ({ row }) => (row.relayUntilMs === null ? null : formatInstant(row.relayUntilMs)),
    seenBy: OPERATORS,
    form: {
      control: "time",
      label: "Tell the old tracker until",
      help: "Until then a postback about a click that is unknown here is told to the old tracker too; at most 90 days from now.",
    },
    detail: { name: "Told to it until", as: "time" },
  },
  sub_ids: {
    column: "subIds",
    input: subIds,
    default: {},
    shown: v.record(v.string(), v.picklist(NAMEABLE)),
    seenBy: OPERATORS,
    form: {
      control: "lines",
      kind: "words",
      label: "Sub-ids, its parameter = ours",
      placeholder: "keyword = sub3\nclid = external_id",
      help: "For parameters that your links name themselves. Those that the tracker itself names are known.",
    },
    detail: {
      name: "Sub-ids",
      words: ({ row }) =>
        Object.entries(row.subIds)
          .map(([theirs, ours]) => `${theirs} = ${ours}`)
          .join(", ") || null,
    },
  },
  test: {
    column: "allTest",
    input: flag,
    default: false,
    shown: v.boolean(),
    seenBy: OPERATORS,
    form: { control: "flag", label: "All postbacks are tests", help: "While it is tried: never counted, never paid." },
    detail: { name: "Tests", words: ({ row }) => (row.allTest ? "all postbacks are tests" : null) },
  },
  mapping: {
    column: "mapping",
    input: v.nullable(ownMapping),
    default: null,
    shown: v.nullable(mappingForm),
    seenBy: OPERATORS,
    form: { control: "parts", parts: OWN_PARTS, more: true },
    detail: "nowhere",
  },
  status: {
    column: "status",
    input: setupStatus,
    default: "active",
    shown: setupStatus,
    filter: trackers.status,
    sort: trackers.status,
    seenBy: OPERATORS,
    form: {
      control: "choice",
      label: "Status",
      options: STATUS_OPTIONS,
      only: "change",
      help: "Paused or ended, its links lead nowhere and its postbacks are refused.",
    },
    detail: "nowhere",
  },
  try_url: {
    shown: v.string(),
    show: ({ row }, { env }) => `${env.CLICK_ORIGIN}/t/${row.slug}`,
    seenBy: OPERATORS,
    detail: "nowhere",
  },
  ...STAMPS,
} satisfies Fields<ShownTracker>;

export const newTracker = creationOf(trackerFields);
export type NewTracker = v.InferOutput<typeof newTracker>;

export const trackerChange = changeOf(trackerFields);
export type TrackerChange = v.InferOutput<typeof trackerChange>;

export const trackerList = listOf(trackerFields);

export const { answer: trackerAnswer, view: trackerView } = showing(trackerFields, OPERATORS);
export type TrackerView = v.InferOutput<typeof trackerAnswer>;

/** Data at rest as TypeScript sees it; `migrations/*.sql` is what SQLite runs. Times are Unix milliseconds, money is whole micros, references are numbers. */

import { sql } from "drizzle-orm/sql";
import {
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Credential, Mapping, TargetingRule } from "./records.ts";

/** A pricing rule as it is stored: micros, millionths of the amount, or what the advertiser posts. */
export type StoredPricing = { flat: number } | { percent: number } | "posted";

/** How an advertiser's files are read where they do not tell by themselves: the API's parameters of these names. */
export type FileReading = {
  [Name in "layout" | "columns" | "words" | "decimal" | "dates" | "time_zone" | "encoding" | "separator"]?: string;
};

/** At most `limit` conversions of `event` in a day or month of the offer's time zone. */
export interface Cap {
  event: string;
  per: "day" | "month";
  limit: number;
}

const SETUP_STATUS = ["active", "paused", "ended"] as const;
/** In review its links redirect, and new conversions are held. */
const AFFILIATE_STATUS = [...SETUP_STATUS, "review"] as const;
/** Which affiliates may promote an offer: those that were given a link or admitted; those that apply; all. */
export const OFFER_ACCESS = ["private", "apply", "open"] as const;
export const ADMISSION_STATES = ["applied", "admitted", "refused"] as const;
/** What an event is to the life of a customer. */
export const EVENT_KINDS = ["lead", "trial", "activation", "sale", "renewal", "install", "other"] as const;
const CONVERSION_STATUS = ["pending", "approved", "rejected", "reversed"] as const;
const CLAIM_STATE = ["open", "confirmed", "replaced", "dismissed", "too_many"] as const;
/** What an operator, or a rule, put before the sender's word on a conversion; and for what. */
export const HOLD_STATES = ["held", "rejected_by_operator"] as const;
export const HOLD_REASONS = [
  "by_hand",
  "affiliate_review",
  "large_amount",
  "event_review",
  "first_conversions",
] as const;
/** The European Central Bank, or an operator's own word. */
export const RATE_SOURCES = ["ecb", "hand"] as const;
/** What can be decided of many at once. */
export const BULK_DECISIONS = ["release", "approve", "reject", "hold"] as const;
export type BulkDecision = (typeof BULK_DECISIONS)[number];
/** Whom a decision on many means: those alone that are held, or any. */
export const BULKS_AMONG = ["held", "any"] as const;
export type BulkAmong = (typeof BULKS_AMONG)[number];
/** What the counted ones of a currency are worth; decimal text, as it is shown. */
export interface BulkSum {
  currency: string;
  conversions: number;
  amount: string;
  payout: string;
}
/** What fits and would not be changed, by why. */
export interface BulkUnchanged extends BulkSum {
  why: string;
}
/** Number of the advertiser, and ID. */
export type BulkConversion = [advertiser: number, conversion: string];
/** What can be paused, many at once. */
export const PAUSABLE = ["link", "offer", "affiliate", "advertiser", "destination"] as const;
export type Pausable = (typeof PAUSABLE)[number];
/** Number, slug, status before, and of a link who had paused it. */
export type StatusItem = [number: number, slug: string, before: string, pausedBy: string | null];
export const ATTRIBUTED_BY = ["click", "coupon", "order"] as const;
/** What brought a delivery into its outbox. */
export const DELIVERY_ORIGINS = ["notice", "compared", "backfill", "replay", "test"] as const;
const CLICK_KIND = ["counted", "provisional", "bot"] as const;

export const advertisers = sqliteTable("advertisers", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  slug: text("slug").notNull().unique(),
  name: text("name").notNull(),
  status: text("status", { enum: SETUP_STATUS }).notNull(),
  auth: text("auth", { enum: ["open", "token", "signed"] }).notNull(),
  allowedIps: text("allowed_ips", { mode: "json" }).$type<string[]>().notNull(),
  pixel: integer("pixel", { mode: "boolean" }).notNull(),
  mapping: text("mapping", { mode: "json" }).$type<Mapping>(),
  credentials: text("credentials", { mode: "json" }).$type<Credential[]>().notNull(),
  createdAtMs: integer("created_at").notNull(),
  updatedAtMs: integer("updated_at").notNull(),
  shareAffiliates: integer("share_affiliates", { mode: "boolean" }).notNull(),
  /** Operators' words to group and find it by. */
  tags: text("tags", { mode: "json" }).$type<string[]>().notNull().default(sql`'[]'`),
  fileReading: text("file_reading", { mode: "json" }).$type<FileReading>(),
  promises: integer("promises", { mode: "boolean" }).notNull(),
});

export const affiliates = sqliteTable("affiliates", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  slug: text("slug").notNull().unique(),
  name: text("name").notNull(),
  test: integer("test", { mode: "boolean" }).notNull(),
  createdAtMs: integer("created_at").notNull(),
  updatedAtMs: integer("updated_at").notNull(),
  status: text("status", { enum: AFFILIATE_STATUS }).notNull(),
  minimumPayoutMicros: integer("minimum_payout").notNull(),
  legalName: text("legal_name"),
  contact: text("contact"),
  vatNumber: text("vat_number"),
  paymentMethod: text("payment_method"),
  paymentNote: text("payment_note"),
  paymentCurrency: text("payment_currency"),
  /** Sealed to the console. */
  bankDetails: text("bank_details"),
  bankHint: text("bank_hint"),
  /** Null where they were set before this was kept. */
  bankChangedAtMs: integer("bank_changed_at"),
  bankChangedBy: text("bank_changed_by"),
  /** Operators' words to group and find it by. */
  tags: text("tags", { mode: "json" }).$type<string[]>().notNull().default(sql`'[]'`),
  /** A keyed hash of the account, by which two that are paid to the same one are found. */
  bankMark: text("bank_mark"),
});

export const offers = sqliteTable(
  "offers",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    advertiser: integer("advertiser")
      .notNull()
      .references(() => advertisers.number),
    destination: text("destination").notNull(),
    currency: text("currency").notNull(),
    status: text("status", { enum: SETUP_STATUS }).notNull(),
    startsAtMs: integer("starts_at"),
    endsAtMs: integer("ends_at"),
    windowDays: integer("window_days").notNull(),
    minSeconds: integer("min_seconds").notNull(),
    orderSpace: text("order_space", { enum: ["advertiser", "offer"] }).notNull(),
    fallbackUrl: text("fallback_url"),
    deepLinkHosts: text("deep_link_hosts", { mode: "json" }).$type<string[]>().notNull(),
    redirectStatus: integer("redirect_status").notNull(),
    referrerPolicy: text("referrer_policy").notNull(),
    passThrough: integer("pass_through", { mode: "boolean" }).notNull(),
    rules: text("rules", { mode: "json" }).$type<TargetingRule[]>().notNull(),
    caps: text("caps", { mode: "json" }).$type<Cap[]>().notNull(),
    timeZone: text("time_zone").notNull(),
    createdAtMs: integer("created_at").notNull(),
    updatedAtMs: integer("updated_at").notNull(),
    shareMeta: integer("share_meta", { mode: "boolean" }).notNull(),
    claims: text("claims", { enum: ["ask", "take_single"] }).notNull(),
    maxAmountMicros: integer("max_amount"),
    attributeFirst: text("attribute_first", { enum: ["click", "coupon"] }).notNull(),
    /** So many first conversions of each affiliate are held for an operator. */
    reviewFirst: integer("review_first").notNull(),
    payableAfterDays: integer("payable_after_days").notNull(),
    /** What becomes of a sale in another currency than the offer's. */
    otherCurrencies: text("other_currencies", { enum: ["convert", "reject"] })
      .notNull()
      .default("convert"),
    access: text("access", { enum: OFFER_ACCESS }).notNull(),
    linksByAffiliate: integer("links_by_affiliate", { mode: "boolean" }).notNull(),
    /** Operators' words to group and find it by. */
    tags: text("tags", { mode: "json" }).$type<string[]>().notNull().default(sql`'[]'`),
  },
  (table) => [index("offers_by_advertiser").on(table.advertiser)],
);

export const offerEvents = sqliteTable(
  "offer_events",
  {
    offer: integer("offer")
      .notNull()
      .references(() => offers.number),
    name: text("name").notNull(),
    position: integer("position").notNull(),
    payout: text("payout", { mode: "json" }).$type<StoredPricing>().notNull(),
    revenue: text("revenue", { mode: "json" }).$type<StoredPricing>().notNull(),
    repeat: text("repeat", { enum: ["per_txid", "once_per_click"] }).notNull(),
    restate: text("restate", { enum: ["ignore", "replace"] }).notNull(),
    windowDays: integer("window_days"),
    version: integer("version").notNull(),
    /** What payout and revenue are rounded to; null leaves it to the currency. */
    digits: integer("digits"),
    /** `all`: every new conversion of it is held for an operator. */
    review: text("review", { enum: ["none", "all"] }).notNull(),
    kind: text("kind", { enum: EVENT_KINDS }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.offer, table.name] })],
);

/** What an event, or an affiliate for it, is priced by from a moment on: as it was set, or is announced. Triggers write what is set. */
export const priceChanges = sqliteTable(
  "price_changes",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    offer: integer("offer")
      .notNull()
      .references(() => offers.number),
    event: text("event").notNull(),
    /** 0 for everybody. */
    affiliate: integer("affiliate").notNull(),
    fromMs: integer("from_at").notNull(),
    sets: text("sets", { enum: ["all", "both", "payout", "revenue"] }).notNull(),
    payout: text("payout", { mode: "json" }).$type<StoredPricing>(),
    revenue: text("revenue", { mode: "json" }).$type<StoredPricing>(),
    digits: integer("digits"),
    version: integer("version").notNull(),
    /** The set-up has it; before its moment it is announced. */
    counts: integer("counts", { mode: "boolean" }).notNull(),
    actor: text("actor"),
  },
  (table) => [
    unique().on(table.offer, table.event, table.affiliate, table.fromMs),
    index("prices_announced").on(table.fromMs).where(sql`${table.counts} = 0`),
  ],
);

/** Why operators reject conversions, in words for the affiliate. */
export const reviewReasons = sqliteTable("review_reasons", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  slug: text("slug").notNull().unique(),
  words: text("words").notNull(),
  status: text("status", { enum: ["active", "ended"] }).notNull(),
  createdAtMs: integer("created_at").notNull(),
  updatedAtMs: integer("updated_at").notNull(),
});

export const offerEventOverrides = sqliteTable(
  "offer_event_overrides",
  {
    offer: integer("offer").notNull(),
    event: text("event").notNull(),
    affiliate: integer("affiliate")
      .notNull()
      .references(() => affiliates.number),
    payout: text("payout", { mode: "json" }).$type<StoredPricing>(),
    revenue: text("revenue", { mode: "json" }).$type<StoredPricing>(),
    version: integer("version").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.offer, table.event, table.affiliate] }),
    foreignKey({ columns: [table.offer, table.event], foreignColumns: [offerEvents.offer, offerEvents.name] }),
  ],
);

/** A decision on many conversions at once; who is meant was counted before anything is said. */
export const reviewBulks = sqliteTable("review_bulks", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  decision: text("decision", { enum: BULK_DECISIONS }).notNull(),
  reason: text("reason"),
  note: text("note").notNull(),
  /** The filter. */
  asked: text("asked", { mode: "json" }).$type<Record<string, string>>().notNull(),
  count: integer("count").notNull(),
  /** By currency. */
  sums: text("sums", { mode: "json" }).$type<BulkSum[]>().notNull(),
  actor: text("actor").notNull(),
  countedAtMs: integer("counted_at").notNull(),
  ranAtMs: integer("ran_at"),
  undoneAtMs: integer("undone_at"),
  among: text("among", { enum: BULKS_AMONG }).notNull(),
  /** By why and currency. */
  unchanged: text("unchanged", { mode: "json" }).$type<BulkUnchanged[]>().notNull(),
});

/** A queue's pack of a bulk's conversions: all of them, and those that it would change still when it was first to be sent. */
export const reviewBulkParts = sqliteTable(
  "review_bulk_parts",
  {
    bulk: integer("bulk")
      .notNull()
      .references(() => reviewBulks.number),
    part: integer("part").notNull(),
    conversions: text("conversions", { mode: "json" }).$type<BulkConversion[]>().notNull(),
    chosen: text("chosen", { mode: "json" }).$type<BulkConversion[]>(),
    chosenAtMs: integer("chosen_at"),
    sentAtMs: integer("sent_at"),
    undoneAtMs: integer("undone_at"),
  },
  (table) => [primaryKey({ columns: [table.bulk, table.part] })],
);

/** The status of many things set at once; which is counted before anything is changed. */
export const statusChanges = sqliteTable("status_changes", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  kind: text("kind", { enum: PAUSABLE }).notNull(),
  status: text("status", { enum: ["active", "paused", "ended"] }).notNull(),
  /** The filter. */
  asked: text("asked", { mode: "json" }).$type<Record<string, string>>().notNull(),
  items: text("items", { mode: "json" }).$type<StatusItem[]>().notNull(),
  /** So many fitted and have the status already. */
  unchanged: integer("unchanged").notNull(),
  /** Links that it opens or closes, of so many affiliates, with so many clicks in the last days. */
  links: integer("links").notNull(),
  affiliates: integer("affiliates").notNull(),
  clicks: integer("clicks").notNull(),
  actor: text("actor").notNull(),
  countedAtMs: integer("counted_at").notNull(),
  ranAtMs: integer("ran_at"),
  changed: text("changed", { mode: "json" }).$type<StatusItem[]>(),
  undoneAtMs: integer("undone_at"),
  putBack: text("put_back", { mode: "json" }).$type<StatusItem[]>(),
});

/** What operators write notes on: all that is set up, and what came of it. */
export const NOTED = [...PAUSABLE, "conversion", "statement", "postback", "claim"] as const;
export type Noted = (typeof NOTED)[number];

/** What operators note for one another; `words` are null where a note was taken back. */
export const notes = sqliteTable(
  "notes",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    kind: text("kind", { enum: NOTED }).notNull(),
    /** Its slug; of a conversion and a statement the ID, of a postback and a claim the receipt. */
    subject: text("subject").notNull(),
    words: text("words"),
    actor: text("actor").notNull(),
    writtenAtMs: integer("written_at").notNull(),
    removedAtMs: integer("removed_at"),
  },
  (table) => [index("notes_of_subject").on(table.kind, table.subject, table.number)],
);

/** A look at an advertiser's books under other rules, and what became of it. */
export const whatIfs = sqliteTable("what_ifs", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  name: text("name").notNull(),
  advertiser: integer("advertiser")
    .notNull()
    .references(() => advertisers.number),
  /** Null where all offers of the advertiser are looked at. */
  offer: integer("offer").references(() => offers.number),
  fromMs: integer("from_at").notNull(),
  untilMs: integer("until_at").notNull(),
  /** As the API takes them. */
  rules: text("rules", { mode: "json" }).$type<unknown>().notNull(),
  result: text("result", { mode: "json" }).$type<WhatIfResult>().notNull(),
  lookedAtMs: integer("looked_at").notNull(),
  actor: text("actor").notNull(),
  note: text("note"),
  appliedAtMs: integer("applied_at"),
  appliedBy: text("applied_by"),
  droppedAtMs: integer("dropped_at"),
});

/** What a what-if comes to for an affiliate's conversions of an offer, by currency: how many are made, lost and worth something else, and by how many micros. */
export interface WhatIfGroup {
  affiliate: number;
  offer: number;
  currency: string;
  gained: number;
  lost: number;
  changed: number;
  /** Micros, as text. */
  amount: string;
  revenue: string;
  payout: string;
}

export interface WhatIfResult {
  /** So many messages of the period were looked at. */
  messages: number;
  groups: WhatIfGroup[];
  /** Families that are too large to be booked anew: the first conversions of each are named. */
  tooLarge: string[];
}

/** What a conversion is, before or after; micros. */
export interface WhatIfSums {
  status: string;
  amount: number;
  revenue: number;
  payout: number;
  rule: string;
}

export interface WhatIfConversion {
  /** Null of one that is not made yet. */
  conversion: string | null;
  affiliate: number;
  offer: number;
  event: string;
  currency: string;
  receivedAtMs: number;
  test: boolean;
  before: WhatIfSums | null;
  after: WhatIfSums;
}

/** Messages that are decided together: those of which something is otherwise by receipt, those among them that find a cap full, and what the books said of all when it was looked at. */
export interface WhatIfFamily {
  receipts: string[];
  full: string[];
  seen: string;
  conversions: WhatIfConversion[];
}

/** So many of a what-if's families as go to the ledger at once. */
export const whatIfParts = sqliteTable(
  "what_if_parts",
  {
    whatIf: integer("what_if")
      .notNull()
      .references(() => whatIfs.number),
    part: integer("part").notNull(),
    families: text("families", { mode: "json" }).$type<WhatIfFamily[]>().notNull(),
    /** Places among its families that had changed when they were to be sent. */
    leftOut: text("left_out", { mode: "json" }).$type<number[]>(),
    sentAtMs: integer("sent_at"),
  },
  (table) => [primaryKey({ columns: [table.whatIf, table.part] })],
);

export const links = sqliteTable(
  "links",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    slug: text("slug").notNull().unique(),
    offer: integer("offer")
      .notNull()
      .references(() => offers.number),
    affiliate: integer("affiliate")
      .notNull()
      .references(() => affiliates.number),
    destination: text("destination"),
    status: text("status", { enum: SETUP_STATUS }).notNull(),
    test: integer("test", { mode: "boolean" }).notNull(),
    createdAtMs: integer("created_at").notNull(),
    updatedAtMs: integer("updated_at").notNull(),
    /** Its affiliate, which may resume it then; null where an operator did, or nobody. */
    pausedBy: text("paused_by", { enum: ["affiliate"] }),
    /** Operators' words to group and find it by. */
    tags: text("tags", { mode: "json" }).$type<string[]>().notNull().default(sql`'[]'`),
  },
  (table) => [index("links_by_offer").on(table.offer), index("links_by_affiliate").on(table.affiliate)],
);

/** Whom the operator lets promote an offer, and who asked. `note` is the affiliate's, `reason` the operator's, which the affiliate reads. */
export const admissions = sqliteTable(
  "admissions",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    affiliate: integer("affiliate")
      .notNull()
      .references(() => affiliates.number),
    offer: integer("offer")
      .notNull()
      .references(() => offers.number),
    state: text("state", { enum: ADMISSION_STATES }).notNull(),
    note: text("note"),
    reason: text("reason"),
    appliedAtMs: integer("applied_at"),
    decidedAtMs: integer("decided_at"),
    decidedBy: text("decided_by"),
  },
  (table) => [
    unique().on(table.affiliate, table.offer),
    index("admissions_of_offer").on(table.offer),
    index("admissions_open").on(table.number).where(sql`${table.state} = 'applied'`),
  ],
);

/** Codes of affiliates. The slug is its link's, which has the offer and the affiliate; `folded` is the code as codes are compared. */
export const coupons = sqliteTable(
  "coupons",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    slug: text("slug").notNull().unique(),
    advertiser: integer("advertiser")
      .notNull()
      .references(() => advertisers.number),
    code: text("code").notNull(),
    folded: text("folded").notNull(),
    link: integer("link")
      .notNull()
      .unique()
      .references(() => links.number),
    fromAtMs: integer("from_at"),
    untilAtMs: integer("until_at"),
    status: text("status", { enum: SETUP_STATUS }).notNull(),
    createdAtMs: integer("created_at").notNull(),
    updatedAtMs: integer("updated_at").notNull(),
  },
  (table) => [index("coupons_by_code").on(table.advertiser, table.folded), index("coupons_by_folded").on(table.folded)],
);

/** Shops' own webhooks. `secret` is sealed for the postback worker; `rules` are the operator's own, of a source that is `custom`. */
export const sources = sqliteTable("sources", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  slug: text("slug").notNull().unique(),
  advertiser: integer("advertiser")
    .notNull()
    .references(() => advertisers.number),
  path: text("path").notNull(),
  source: text("source").notNull(),
  secret: text("secret").notNull(),
  events: text("events", { mode: "json" }).$type<Record<string, string>>().notNull(),
  basis: text("basis"),
  clickName: text("click_name"),
  allTest: integer("all_test", { mode: "boolean" }).notNull(),
  rules: text("rules", { mode: "json" }).$type<Record<string, unknown>>(),
  status: text("status", { enum: SETUP_STATUS }).notNull(),
  createdAtMs: integer("created_at").notNull(),
  updatedAtMs: integer("updated_at").notNull(),
});

/** Other trackers whose paths and words are spoken here. `subIds` says which of a click's parameters are which sub-ids, where the tracker's customers name them. */
export const trackers = sqliteTable("trackers", {
  number: integer("number").primaryKey({ autoIncrement: true }),
  slug: text("slug").notNull().unique(),
  name: text("name").notNull(),
  dialect: text("dialect").notNull(),
  host: text("host").unique(),
  advertiser: integer("advertiser")
    .notNull()
    .references(() => advertisers.number),
  secret: text("secret"),
  allowedIps: text("allowed_ips", { mode: "json" }).$type<string[]>().notNull(),
  mapping: text("mapping", { mode: "json" }).$type<Mapping>(),
  subIds: text("sub_ids", { mode: "json" }).$type<Record<string, string>>().notNull(),
  oldOrigin: text("old_origin"),
  relayUntilMs: integer("relay_until"),
  allTest: integer("all_test", { mode: "boolean" }).notNull(),
  status: text("status", { enum: SETUP_STATUS }).notNull(),
  createdAtMs: integer("created_at").notNull(),
  updatedAtMs: integer("updated_at").notNull(),
});

/** How an old tracker's placed links name a link of ours. */
export const linkAliases = sqliteTable(
  "link_aliases",
  {
    tracker: integer("tracker")
      .notNull()
      .references(() => trackers.number),
    alias: text("alias").notNull(),
    link: integer("link")
      .notNull()
      .references(() => links.number),
    madeAtMs: integer("made_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tracker, table.alias] }), index("link_aliases_of_link").on(table.link)],
);

/** Whom the courier tells; `owner` is the number of an affiliate or advertiser, null where it is the programme's own. */
export const destinations = sqliteTable(
  "destinations",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    kind: text("kind", { enum: ["postback", "webhook", "tool", "platform"] }).notNull(),
    ownerType: text("owner_type", { enum: ["programme", "advertiser", "affiliate"] }).notNull(),
    owner: integer("owner"),
    offer: integer("offer").references(() => offers.number),
    status: text("status", { enum: SETUP_STATUS }).notNull(),
    config: text("config", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    version: integer("version").notNull(),
    filters: text("filters", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    secrets: text("secrets", { mode: "json" }).$type<Record<string, string>>().notNull(),
    keyNumber: integer("key_number"),
    createdAtMs: integer("created_at").notNull(),
    updatedAtMs: integer("updated_at").notNull(),
    /** Operators' words to group and find it by. */
    tags: text("tags", { mode: "json" }).$type<string[]>().notNull().default(sql`'[]'`),
  },
  (table) => [index("destinations_of_owner").on(table.ownerType, table.owner)],
);

export const tokens = sqliteTable("tokens", {
  hash: text("hash").primaryKey(),
  id: text("id").notNull().unique(),
  name: text("name").notNull(),
  role: text("role", { enum: ["admin", "manager", "finance", "analyst", "advertiser", "affiliate"] }).notNull(),
  subject: integer("subject"),
  createdAtMs: integer("created_at").notNull(),
  revokedAtMs: integer("revoked_at"),
  expiresAtMs: integer("expires_at"),
  lastUsedAtMs: integer("last_used_at"),
});

/** With whom a view may be shared: roles that see the whole programme. */
export const SHARED_WITH = ["admin", "manager", "finance", "analyst"] as const;

/** Views of lists that somebody keeps under a name. */
export const listViews = sqliteTable(
  "list_views",
  {
    id: text("id").primaryKey(),
    holder: text("holder").notNull(),
    list: text("list").notNull(),
    name: text("name").notNull(),
    query: text("query").notNull(),
    sharedWith: text("shared_with", { enum: SHARED_WITH }),
    createdAtMs: integer("created_at").notNull(),
    updatedAtMs: integer("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("views_of_holder").on(table.holder, table.list, table.name),
    index("views_shared").on(table.sharedWith, table.list).where(sql`${table.sharedWith} IS NOT NULL`),
  ],
);

/** What somebody sees of a list unless an address says it. */
export const listSettings = sqliteTable(
  "list_settings",
  {
    holder: text("holder").notNull(),
    list: text("list").notNull(),
    columns: text("columns", { mode: "json" }).$type<string[]>(),
    view: text("view"),
    updatedAtMs: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.holder, table.list] })],
);

/** People who sign in, by their e-mail addresses. */
export const users = sqliteTable("users", {
  number: integer("number").primaryKey(),
  email: text("email").notNull().unique(),
  name: text("name").notNull(),
  role: text("role", { enum: ["admin", "manager", "finance", "analyst", "advertiser", "affiliate"] }).notNull(),
  subject: integer("subject"),
  status: text("status", { enum: ["active", "paused"] }).notNull(),
  invitedBy: text("invited_by").notNull(),
  linkHash: text("link_hash").unique(),
  linkUntilMs: integer("link_until"),
  seenAtMs: integer("seen_at"),
  createdAtMs: integer("created_at").notNull(),
  updatedAtMs: integer("updated_at").notNull(),
});

/** What a click's row tells that its ID does not, and a conversion takes over: where it came from, and what hung on it. A function, because a column belongs to one table. */
const toldByClick = () => ({
  country: text("country"),
  device: text("device"),
  os: text("os"),
  browser: text("browser"),
  referrer: text("referrer"),
  externalId: text("external_id"),
  sub1: text("sub1"),
  sub2: text("sub2"),
  sub3: text("sub3"),
  sub4: text("sub4"),
  sub5: text("sub5"),
  sub6: text("sub6"),
  sub7: text("sub7"),
  sub8: text("sub8"),
  sub9: text("sub9"),
  sub10: text("sub10"),
});

/** Clicks of other trackers from before the move: what a tracker calls a click, and which one it is here. */
export const adoptedClicks = sqliteTable(
  "adopted_clicks",
  {
    tracker: integer("tracker")
      .notNull()
      .references(() => trackers.number),
    foreignId: text("foreign_id").notNull(),
    clickId: text("click_id").notNull().unique(),
    link: integer("link")
      .notNull()
      .references(() => links.number),
    clickedAtMs: integer("clicked_at").notNull(),
    ...toldByClick(),
    importedAtMs: integer("imported_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tracker, table.foreignId] })],
);

export const conversions = sqliteTable(
  "conversions",
  {
    conversionId: text("conversion_id").primaryKey(),
    seq: integer("seq").notNull(),
    advertiser: integer("advertiser").notNull(),
    offer: integer("offer").notNull(),
    affiliate: integer("affiliate").notNull(),
    link: integer("link").notNull(),
    event: text("event").notNull(),
    txid: text("txid"),
    clickId: text("click_id").notNull(),
    status: text("status", { enum: CONVERSION_STATUS }).notNull(),
    currency: text("currency").notNull(),
    amountMicros: integer("amount").notNull(),
    revenueMicros: integer("revenue").notNull(),
    payoutMicros: integer("payout").notNull(),
    clickedAtMs: integer("clicked_at").notNull(),
    occurredAtMs: integer("occurred_at").notNull(),
    receivedAtMs: integer("received_at").notNull(),
    settledAtMs: integer("settled_at").notNull(),
    clickJoined: integer("click_joined", { mode: "boolean" }).notNull().default(false),
    ...toldByClick(),
    coupon: text("coupon"),
    customer: text("customer"),
    meta: text("meta", { mode: "json" }).$type<Record<string, string>>(),
    originalStatus: text("original_status"),
    test: integer("test", { mode: "boolean" }).notNull(),
    clickKind: text("click_kind", { enum: CLICK_KIND }),
    /** Empty where nothing stands before the sender's word. */
    hold: text("hold", { enum: ["", ...HOLD_STATES] }).notNull(),
    holdReason: text("hold_reason", { enum: HOLD_REASONS }),
    attributedBy: text("attributed_by", { enum: ATTRIBUTED_BY }).notNull(),
    /** Taken over from the click with its external ID, and younger than the others. */
    externalKind: text("external_kind"),
    /** Taken over from the click, too. */
    adConsent: text("ad_consent"),
    /** True where another tracker booked it: it is closed, and never paid here. */
    imported: integer("imported", { mode: "boolean" }).notNull(),
    /** The click ID of that other tracker, where its history has one. */
    oldClickId: text("old_click_id"),
    /** Its first entry, see the view `first_entries`; null where that has a row of its own. */
    firstEntry: text("first_entry"),
    /** Of the others on its click the first, as IDs; null where it came to a click without any. */
    beside: text("beside", { mode: "json" }).$type<string[]>(),
    /** Slug of the reason that an operator gave for rejecting it, while that stands. */
    rejectReason: text("reject_reason"),
    /** What of a sale in another currency than the offer's remains, in that; at which rate it is booked, a decimal, and of which day. Null where it was told in the offer's. */
    originalAmountMicros: integer("original_amount"),
    originalCurrency: text("original_currency"),
    rate: text("rate"),
    rateDay: text("rate_day"),
  },
  (table) => [
    index("conversions_held").on(table.conversionId).where(sql`${table.hold} = 'held'`),
    index("held_of_advertiser").on(table.advertiser, table.conversionId).where(sql`${table.hold} = 'held'`),
    index("held_of_affiliate").on(table.affiliate, table.conversionId).where(sql`${table.hold} = 'held'`),
    index("conversions_beside_others").on(table.clickId).where(sql`${table.beside} IS NOT NULL`),
    index("conversions_without_click").on(table.receivedAtMs).where(sql`${table.clickJoined} = 0`),
  ],
);

/** Rates of exchange: so many units of a currency for one euro, a decimal, of a UTC day. */
export const rates = sqliteTable(
  "rates",
  {
    currency: text("currency").notNull(),
    day: text("day").notNull(),
    perEuro: text("per_euro").notNull(),
    source: text("source", { enum: RATE_SOURCES }).notNull(),
    note: text("note"),
    setAtMs: integer("set_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.currency, table.day] }), index("rates_by_day").on(table.day)],
);

/** Up to where conversions are closed: those of smaller IDs are listed, and added up by hours; and up to where UTC days are (in quarter-hours since 1970). One row. */
export const closedConversions = sqliteTable("closed_conversions", {
  only: integer("only").primaryKey(),
  until: text("until").notNull(),
  days: integer("days").notNull().default(0),
});

/** The IDs of closed conversions by whose they are, and the hour of their ID; and by the hour of their click. */
export const conversionLists = sqliteTable(
  "conversion_lists",
  {
    kind: text("kind", { enum: ["advertiser", "affiliate", "clicked"] }).notNull(),
    owner: integer("owner").notNull(),
    hour: integer("hour").notNull(),
    first: text("first").notNull(),
    ids: text("ids", { mode: "json" }).notNull().$type<string[]>(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.owner, table.hour, table.first] })],
);

/** All but the first of most conversions, which lies in the conversion's row: the view `all_entries` has those too. */
export const entries = sqliteTable(
  "entries",
  {
    conversionId: text("conversion_id").notNull(),
    seq: integer("seq").notNull(),
    kind: text("kind").notNull(),
    status: text("status", { enum: CONVERSION_STATUS }).notNull(),
    amountMicros: integer("amount").notNull(),
    revenueMicros: integer("revenue").notNull(),
    payoutMicros: integer("payout").notNull(),
    receipt: text("receipt").notNull(),
    receivedAtMs: integer("received_at").notNull(),
    rule: text("rule").notNull(),
    note: text("note"),
  },
  (table) => [
    primaryKey({ columns: [table.conversionId, table.seq] }),
    index("entries_by_time").on(table.receivedAtMs, table.conversionId, table.seq),
  ],
);

const STATEMENT_OWNERS = ["affiliate", "advertiser"] as const;
const STATEMENT_STATES = ["draft", "final", "paid", "discarded"] as const;
export const CLOSING_STAGES = ["freeing", "tidying", "summing", "opening", "listing", "totting", "done"] as const;

/** What is due, closed: to an affiliate, or of an advertiser as the basis of an invoice. Only drafts change, but for whether it is paid. */
export const statements = sqliteTable(
  "statements",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    closing: text("closing").notNull(),
    ownerType: text("owner_type", { enum: STATEMENT_OWNERS }).notNull(),
    owner: integer("owner").notNull(),
    currency: text("currency").notNull(),
    /** A sorted list of numbers; null where it is about all. */
    offers: text("offers", { mode: "json" }).$type<number[]>(),
    untilMs: integer("until").notNull(),
    timeZone: text("time_zone").notNull(),
    state: text("state", { enum: STATEMENT_STATES }).notNull(),
    lineCount: integer("line_count").notNull(),
    amountUnits: integer("amount_units").notNull(),
    amountRestMicros: integer("amount_rest").notNull(),
    dueUnits: integer("due_units").notNull(),
    dueRestMicros: integer("due_rest").notNull(),
    createdAtMs: integer("created_at").notNull(),
    year: integer("year"),
    ordinal: integer("ordinal"),
    /** Given when it becomes final. */
    number: text("number").unique(),
    /** What its owner was called then. */
    ownerName: text("owner_name", { mode: "json" }).$type<unknown>(),
    finalizedAtMs: integer("finalized_at"),
    finalizedBy: text("finalized_by"),
    dueOn: text("due_on"),
    paidOn: text("paid_on"),
    paidAtMs: integer("paid_at"),
    paidBy: text("paid_by"),
    reference: text("reference"),
    /** Who issued it, as it was then. */
    issuer: text("issuer", { mode: "json" }).$type<unknown>(),
  },
  (table) => [
    index("statements_of_owner").on(table.ownerType, table.owner, table.id),
    index("statements_of_closing").on(table.closing, table.owner, table.currency),
    uniqueIndex("statements_numbered")
      .on(table.ownerType, table.year, table.ordinal)
      .where(sql`${table.ordinal} IS NOT NULL`),
    uniqueIndex("statements_drafted")
      .on(table.ownerType, table.owner, table.currency, sql`coalesce(${table.offers}, '')`)
      .where(sql`${table.state} = 'draft'`),
    index("statements_unpaid").on(table.ownerType, table.id).where(sql`${table.state} = 'final'`),
  ],
);

/** What became of a statement, in its order, for the courier to tell. A trigger writes it. */
export const statementNews = sqliteTable(
  "statement_news",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    statement: integer("statement").notNull(),
    state: text("state", { enum: ["final", "paid"] }).notNull(),
    atMs: integer("at").notNull(),
    paidOn: text("paid_on"),
    reference: text("reference"),
  },
  (table) => [index("news_of_statement").on(table.statement, table.id)],
);

/** The part of a conversion's account that a statement lists: from behind entry `fromSeq` up to entry `seq`; back to nothing where that is 0. */
export const statementLines = sqliteTable(
  "statement_lines",
  {
    conversionId: text("conversion_id").notNull(),
    ownerType: text("owner_type", { enum: STATEMENT_OWNERS }).notNull(),
    owner: integer("owner").notNull(),
    currency: text("currency").notNull(),
    turn: integer("turn").notNull(),
    statement: integer("statement")
      .notNull()
      .references(() => statements.id),
    fromSeq: integer("from_seq").notNull(),
    seq: integer("seq").notNull(),
    offer: integer("offer").notNull(),
    event: text("event").notNull(),
    status: text("status", { enum: CONVERSION_STATUS }).notNull(),
    amountMicros: integer("amount").notNull(),
    dueMicros: integer("due").notNull(),
    carried: integer("carried", { mode: "boolean" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.conversionId, table.ownerType, table.owner, table.currency, table.turn] }),
    index("lines_of_statement").on(table.statement, table.conversionId),
  ],
);

/** A bonus, a fee, a correction: by hand, with its reason. */
export const adjustments = sqliteTable(
  "adjustments",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    key: text("key").notNull().unique(),
    ownerType: text("owner_type", { enum: STATEMENT_OWNERS }).notNull(),
    owner: integer("owner").notNull(),
    currency: text("currency").notNull(),
    dueMicros: integer("due").notNull(),
    reason: text("reason").notNull(),
    madeAtMs: integer("made_at").notNull(),
    madeBy: text("made_by").notNull(),
    statement: integer("statement").references(() => statements.id),
  },
  (table) => [
    index("adjustments_open").on(table.ownerType, table.owner, table.currency).where(sql`${table.statement} IS NULL`),
    index("adjustments_of_statement").on(table.statement).where(sql`${table.statement} IS NOT NULL`),
  ],
);

/** A closing, and how far it is. */
export const closings = sqliteTable(
  "closings",
  {
    key: text("key").primaryKey(),
    ownerType: text("owner_type", { enum: STATEMENT_OWNERS }).notNull(),
    untilMs: integer("until").notNull(),
    timeZone: text("time_zone").notNull(),
    offers: text("offers", { mode: "json" }).$type<number[]>(),
    owners: text("owners", { mode: "json" }).$type<number[]>(),
    madeAtMs: integer("made_at").notNull(),
    madeBy: text("made_by").notNull(),
    stage: text("stage", { enum: CLOSING_STAGES }).notNull(),
    step: integer("step").notNull(),
    /** The conversion behind which it goes on. */
    after: text("after").notNull(),
    doneAtMs: integer("done_at"),
    /** Where it makes its drafts final as well. */
    finalDay: text("final_day"),
    dueOn: text("due_on"),
    /** What whoever said so had looked at, and whether the drafts came to something else, so that they stay drafts. */
    look: text("look"),
    differs: integer("differs", { mode: "boolean" }).notNull(),
  },
  (table) => [index("closings_by_time").on(table.madeAtMs, table.key)],
);

/** What a closing found to be due. */
export const closingDues = sqliteTable(
  "closing_dues",
  {
    closing: text("closing").notNull(),
    owner: integer("owner").notNull(),
    currency: text("currency").notNull(),
    conversions: integer("conversions").notNull(),
    dueUnits: integer("due_units").notNull(),
    dueRestMicros: integer("due_rest").notNull(),
    /** Too little to be closed. */
    carried: integer("carried", { mode: "boolean" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.closing, table.owner, table.currency] })],
);

/** What was too little to be closed, and until when; gone with the next statement. */
export const carriedBalances = sqliteTable(
  "carried_balances",
  {
    ownerType: text("owner_type", { enum: STATEMENT_OWNERS }).notNull(),
    owner: integer("owner").notNull(),
    currency: text("currency").notNull(),
    untilMs: integer("until").notNull(),
    dueUnits: integer("due_units").notNull(),
    dueRestMicros: integer("due_rest").notNull(),
  },
  (table) => [primaryKey({ columns: [table.ownerType, table.owner, table.currency] })],
);

/** Commands about statements that were taken. */
export const statementCommands = sqliteTable("statement_commands", {
  key: text("key").primaryKey(),
  takenAtMs: integer("taken_at").notNull(),
});

/** Conversions of IDs from here on are looked through for what is not listed yet; of older ones those in `unlisted`. */
export const listingBounds = sqliteTable("listing_bounds", {
  ownerType: text("owner_type", { enum: STATEMENT_OWNERS }).primaryKey(),
  beforeId: text("before_id").notNull(),
});

/** Older conversions of which something may be due; triggers write it, and closings. */
export const unlisted = sqliteTable(
  "unlisted",
  {
    ownerType: text("owner_type", { enum: STATEMENT_OWNERS }).notNull(),
    conversionId: text("conversion_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.ownerType, table.conversionId] })],
);

/** An attempt of a logged message: one of the times that it came, and what became of it then. */
export interface LoggedAttempt {
  receivedAtMs: number;
  row: number;
  credentialVersion: number | null;
  addressHash: string | null;
  status: string;
  reason: string | null;
}

/** In LOG: everything received, with what became of it. The books' database has an older table of this name, which the ledger moves here. */
export const postbacks = sqliteTable(
  "postbacks",
  {
    receipt: text("receipt").primaryKey(),
    stage: integer("stage").notNull(),
    advertiser: integer("advertiser").notNull(),
    receivedAtMs: integer("received_at").notNull(),
    settledAtMs: integer("settled_at").notNull(),
    status: text("status", {
      enum: ["attributed", "updated", "duplicate", "parked", "unattributed", "rejected", "refused", "failed"],
    }).notNull(),
    reason: text("reason"),
    duplicateOf: text("duplicate_of"),
    conversionId: text("conversion_id"),
    clickId: text("click_id"),
    event: text("event"),
    txid: text("txid"),
    channel: text("channel").notNull(),
    test: integer("test", { mode: "boolean" }).notNull(),
    params: text("params", { mode: "json" }).$type<Record<string, unknown>>(),
    error: text("error"),
    credentialVersion: integer("credential_version"),
    addressHash: text("address_hash"),
    attempts: text("attempts", { mode: "json" }).$type<LoggedAttempt[]>(),
    link: integer("link"),
    offer: integer("offer"),
    affiliate: integer("affiliate"),
    proven: integer("proven", { mode: "boolean" }).notNull(),
    stranger: integer("stranger", { mode: "boolean" }).notNull(),
    times: integer("times").notNull(),
  },
  (table) => [
    index("postbacks_by_time").on(table.receivedAtMs, table.receipt),
    index("postbacks_of_strangers").on(table.receivedAtMs, table.receipt).where(sql`${table.stranger} = 1`),
  ],
);

/** Advertisers whose objects hold rows of LOG that could not be written yet. */
export const dueLogs = sqliteTable("due_logs", {
  advertiser: integer("advertiser").primaryKey(),
  marks: integer("marks").notNull(),
});

/** What came by the pixel, with what became of it. */
export const claims = sqliteTable(
  "claims",
  {
    receipt: text("receipt").primaryKey(),
    stage: integer("stage").notNull(),
    advertiser: integer("advertiser").notNull(),
    offer: integer("offer").notNull(),
    affiliate: integer("affiliate").notNull(),
    link: integer("link").notNull(),
    clickId: text("click_id").notNull(),
    event: text("event").notNull(),
    txid: text("txid"),
    amountMicros: integer("amount"),
    currency: text("currency").notNull(),
    receivedAtMs: integer("received_at").notNull(),
    settledAtMs: integer("settled_at").notNull(),
    state: text("state", { enum: CLAIM_STATE }).notNull(),
    conversionId: text("conversion_id"),
    test: integer("test", { mode: "boolean" }).notNull(),
  },
  (table) => [
    index("claims_by_time").on(table.receivedAtMs, table.receipt),
    index("claims_of_advertiser").on(table.advertiser, table.receivedAtMs, table.receipt),
    index("claims_of_affiliate").on(table.affiliate, table.receivedAtMs, table.receipt),
    index("claims_by_order").on(table.advertiser, table.txid).where(sql`${table.txid} IS NOT NULL`),
    index("claims_open").on(table.receivedAtMs, table.receipt).where(sql`${table.state} = 'open'`),
    index("claims_decided").on(table.receivedAtMs, table.receipt).where(sql`${table.state} <> 'open'`),
  ],
);

/** Who changed what; `before` and `after` as the API shows it. */
export const audit = sqliteTable(
  "audit",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    atMs: integer("at").notNull(),
    actor: text("actor").notNull(),
    role: text("role").notNull(),
    action: text("action").notNull(),
    kind: text("kind").notNull(),
    subject: text("subject").notNull(),
    before: text("before", { mode: "json" }).$type<unknown>(),
    after: text("after", { mode: "json" }).$type<unknown>(),
    token: text("token"),
    way: text("way", { enum: ["page", "api", "access", "script"] }),
    address: text("address"),
  },
  (table) => [index("audit_by_subject").on(table.kind, table.subject, table.number)],
);

/** The signed log's minutes, each a leaf of its tree; the ledger's cron writes it. */
export const checkpoints = sqliteTable(
  "checkpoints",
  {
    number: integer("number").primaryKey(),
    atMs: integer("at").notNull(),
    minute: text("minute").notNull(),
    root: text("root").notNull(),
    hashes: text("hashes", { mode: "json" }).$type<string[]>().notNull(),
    publishedAtMs: integer("published_at"),
  },
  (table) => [index("checkpoints_by_time").on(table.atMs)],
);

/** The audit log, chained; the ledger's cron writes it. */
export const auditChain = sqliteTable("audit_chain", {
  number: integer("number").primaryKey(),
  hash: text("hash").notNull(),
  head: text("head").notNull(),
  checkpoint: integer("checkpoint"),
});

/** That this database was taken back behind minutes that the signed log has published; the ledger finds it, an operator says it. */
export const restorations = sqliteTable("restorations", {
  size: integer("size").primaryKey(),
  number: integer("number").notNull(),
  head: text("head").notNull(),
  foundAtMs: integer("found_at").notNull(),
  saidAtMs: integer("said_at"),
  who: text("who"),
  checkpoint: integer("checkpoint"),
});

/** Hours of the click log that the signed log is to have a new root of; triggers write it. */
export const dueClickRoots = sqliteTable("due_click_roots", {
  hour: integer("hour").primaryKey(),
  changes: integer("changes").notNull(),
});

/** Records of the edge that are due to be published; triggers write it. */
export const dueRecords = sqliteTable(
  "due_records",
  {
    kind: text("kind", { enum: ["advertiser", "link"] }).notNull(),
    number: integer("number").notNull(),
    changedAtMs: integer("changed_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.number] })],
);

/** The same of sources. */
export const dueSources = sqliteTable("due_sources", {
  number: integer("number").primaryKey(),
  changedAtMs: integer("changed_at").notNull(),
});

/** The same by keys of the edge, under which something or nothing is to stand. */
export const dueKeys = sqliteTable("due_keys", {
  key: text("key").primaryKey(),
  changedAtMs: integer("changed_at").notNull(),
});

/** Since when rows of a log (`postbacks` in LOG, `clicks` in CLICKS) are kept: rollups of the time before are closed. */
export const kept = sqliteTable("kept", {
  log: text("log").primaryKey(),
  fromAtMs: integer("from_at").notNull(),
});

/** In LOG: up to when postbacks are closed, in Unix milliseconds: those before then are in sums and lists, and triggers keep them so; those since are counted and found by who reads them. One row. */
export const closedPostbacks = sqliteTable("closed_postbacks", {
  only: integer("only").primaryKey(),
  untilMs: integer("until").notNull(),
  listedMs: integer("listed").notNull().default(0),
});

/** In LOG: the receipts of closed postbacks by whose they are, and the hour in which they came. */
export const postbackLists = sqliteTable(
  "postback_lists",
  {
    kind: text("kind", { enum: ["advertiser", "affiliate"] }).notNull(),
    owner: integer("owner").notNull(),
    hour: integer("hour").notNull(),
    first: text("first").notNull(),
    ids: text("ids", { mode: "json" }).notNull().$type<string[]>(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.owner, table.hour, table.first] })],
);

/** In LOG: the postback log by quarter-hour of receipt, as far as it is closed. What the books' database has of it was counted there before. */
export const postbackQuarters = sqliteTable(
  "postback_quarters",
  {
    quarter: integer("quarter").notNull(),
    advertiser: integer("advertiser").notNull(),
    event: text("event").notNull(),
    status: text("status").notNull(),
    reason: text("reason").notNull(),
    test: integer("test").notNull(),
    postbacks: integer("postbacks").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.quarter, table.advertiser, table.event, table.status, table.reason, table.test] }),
    index("postback_quarters_of_advertiser").on(table.advertiser, table.quarter),
  ],
);

/** Sessions of the console that were signed out of; until they would have expired anyway. */
/** All sessions of a holder that began until then are over. */
export const sessionsOver = sqliteTable("sessions_over", {
  holder: text("holder").primaryKey(),
  untilMs: integer("until").notNull(),
});

export const endedSessions = sqliteTable("ended_sessions", {
  id: text("id").primaryKey(),
  expiresAtMs: integer("expires_at").notNull(),
});

/** In each database: hours (since 1970) of a log that the archive does not hold as they are; triggers write it. */
export const dueHours = sqliteTable(
  "due_hours",
  {
    log: text("log", { enum: ["clicks", "postbacks", "entries"] }).notNull(),
    hour: integer("hour").notNull(),
    changed: integer("changed", { mode: "boolean" }).notNull().default(true),
    takenAtMs: integer("taken_at").notNull().default(0),
    piece: integer("piece").notNull().default(0),
    after: text("after", { mode: "json" }).$type<(string | number)[]>(),
  },
  (table) => [primaryKey({ columns: [table.log, table.hour] })],
);

/** In each database: the archive's manifest, a row for each object in it. Keys are those of the piece's first and last row. */
export const archivePieces = sqliteTable(
  "archive_pieces",
  {
    log: text("log", { enum: ["clicks", "postbacks", "entries"] }).notNull(),
    hour: integer("hour").notNull(),
    piece: integer("piece").notNull(),
    rowCount: integer("row_count").notNull(),
    firstKey: text("first_key", { mode: "json" }).$type<(string | number)[]>().notNull(),
    lastKey: text("last_key", { mode: "json" }).$type<(string | number)[]>().notNull(),
    bytes: integer("bytes").notNull(),
    sha256: text("sha256").notNull(),
    archivedAtMs: integer("archived_at").notNull(),
    deletedAtMs: integer("deleted_at"),
  },
  (table) => [
    primaryKey({ columns: [table.log, table.hour, table.piece] }),
    index("archive_pieces_still_here").on(table.log, table.hour, table.piece).where(sql`${table.deletedAtMs} IS NULL`),
  ],
);

/** Up to where clicks are added up by hours and by UTC days. */
export const sealedClickSpans = sqliteTable("sealed_click_spans", {
  unit: text("unit", { enum: ["hour", "day"] }).primaryKey(),
  quarters: integer("quarters").notNull(),
  until: integer("until").notNull(),
});

/** The rollup of clicks by hours and UTC days, which begin at the quarter-hour `start`. */
export const clickSpans = sqliteTable(
  "click_spans",
  {
    unit: text("unit", { enum: ["hour", "day"] }).notNull(),
    start: integer("start").notNull(),
    link: integer("link").notNull(),
    offer: integer("offer").notNull(),
    affiliate: integer("affiliate").notNull(),
    advertiser: integer("advertiser").notNull(),
    test: integer("test").notNull(),
    clicks: integer("clicks").notNull(),
    uniques: integer("uniques").notNull(),
    bots: integer("bots").notNull(),
    embedded: integer("embedded").notNull().default(0),
  },
  (table) => [
    primaryKey({
      columns: [table.unit, table.start, table.link, table.offer, table.affiliate, table.advertiser, table.test],
    }),
  ],
);

/** The rollup of conversions by hours and UTC days, which begin at the quarter-hour `start`. */
export const conversionSpans = sqliteTable(
  "conversion_spans",
  {
    unit: text("unit", { enum: ["hour", "day"] }).notNull(),
    clock: text("clock", { enum: ["received", "clicked"] }).notNull(),
    start: integer("start").notNull(),
    link: integer("link").notNull(),
    offer: integer("offer").notNull(),
    affiliate: integer("affiliate").notNull(),
    advertiser: integer("advertiser").notNull(),
    event: text("event").notNull(),
    status: text("status").notNull(),
    currency: text("currency").notNull(),
    test: integer("test").notNull(),
    conversions: integer("conversions").notNull(),
    orders: integer("orders").notNull(),
    amountUnits: integer("amount_units").notNull(),
    revenueUnits: integer("revenue_units").notNull(),
    payoutUnits: integer("payout_units").notNull(),
    amountRestMicros: integer("amount_rest").notNull(),
    revenueRestMicros: integer("revenue_rest").notNull(),
    payoutRestMicros: integer("payout_rest").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [
        table.unit,
        table.clock,
        table.start,
        table.link,
        table.offer,
        table.affiliate,
        table.advertiser,
        table.event,
        table.status,
        table.currency,
        table.test,
      ],
    }),
  ],
);

/** What the watch found wrong; `subject` is an advertiser's slug, or empty for the whole system. */
export const alerts = sqliteTable(
  "alerts",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    rule: text("rule").notNull(),
    subject: text("subject").notNull(),
    sinceMs: integer("since").notNull(),
    openedAtMs: integer("opened_at").notNull(),
    seenAtMs: integer("seen_at").notNull(),
    calmSinceMs: integer("calm_since"),
    closedAtMs: integer("closed_at"),
    said: text("said").notNull(),
    path: text("path").notNull(),
    openingToldAtMs: integer("opening_told_at"),
    closingToldAtMs: integer("closing_told_at"),
    toldAgainAtMs: integer("told_again_at"),
  },
  (table) => [uniqueIndex("alerts_open").on(table.rule, table.subject).where(sql`${table.closedAtMs} IS NULL`)],
);

/** What a signal does when it speaks: nothing, be shown, or have the conversions that it names held. */
export const SIGNAL_STATES = ["off", "show", "hold"] as const;

/** What is set of a signal: on an offer, or on all where `offer` is 0. `thresholds` are those that are set. */
export const signalSettings = sqliteTable(
  "signal_settings",
  {
    signal: text("signal").notNull(),
    offer: integer("offer").notNull(),
    state: text("state", { enum: SIGNAL_STATES }),
    thresholds: text("thresholds", { mode: "json" }).$type<Record<string, number>>().notNull(),
    setBy: text("set_by").notNull(),
    setAtMs: integer("set_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.signal, table.offer] })],
);

/** Signals that speak, and spoke. */
export const signals = sqliteTable(
  "signals",
  {
    number: integer("number").primaryKey({ autoIncrement: true }),
    signal: text("signal").notNull(),
    affiliate: integer("affiliate").notNull(),
    offer: integer("offer").notNull(),
    event: text("event").notNull(),
    figures: text("figures", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    rowCount: integer("row_count").notNull().default(0),
    openedAtMs: integer("opened_at").notNull(),
    seenAtMs: integer("seen_at").notNull(),
    closedAtMs: integer("closed_at"),
  },
  (table) => [
    uniqueIndex("signals_open")
      .on(table.offer, table.signal, table.affiliate, table.event)
      .where(sql`${table.closedAtMs} IS NULL`),
    index("signals_of_affiliate").on(table.affiliate, table.number),
    index("signals_of_offer").on(table.offer, table.number),
  ],
);

/** The rows that signals name: conversions by their IDs, claims by their receipts; with what was decided of them since. */
export const signalRows = sqliteTable(
  "signal_rows",
  {
    signal: text("signal").notNull(),
    rowId: text("row_id").notNull(),
    number: integer("number")
      .notNull()
      .references(() => signals.number),
    offer: integer("offer").notNull(),
    advertiser: integer("advertiser").notNull(),
    status: text("status").notNull(),
    seq: integer("seq").notNull(),
    namedAtMs: integer("named_at").notNull(),
    heldAtMs: integer("held_at"),
    verdict: text("verdict", { enum: ["right", "wrong", "unmeasured"] }),
  },
  (table) => [
    primaryKey({ columns: [table.signal, table.rowId] }),
    index("signal_rows_of").on(table.number, table.rowId),
    index("signal_rows_undecided").on(table.rowId).where(sql`${table.verdict} IS NULL`),
  ],
);

/** How often a signal was right on an offer. A trigger writes it. */
export const signalPrecision = sqliteTable(
  "signal_precision",
  {
    signal: text("signal").notNull(),
    offer: integer("offer").notNull(),
    right: integer("right").notNull(),
    wrong: integer("wrong").notNull(),
  },
  (table) => [primaryKey({ columns: [table.signal, table.offer] })],
);

/** Conversions, claims and clicks of a UTC day, added up for the signals; of clicks `event` is empty. */
export const signalDays = sqliteTable(
  "signal_days",
  {
    day: integer("day").notNull(),
    offer: integer("offer").notNull(),
    affiliate: integer("affiliate").notNull(),
    event: text("event").notNull(),
    part: integer("part").notNull(),
    sums: text("sums", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.offer, table.affiliate, table.event, table.part] })],
);

/** How far each of those days is read. */
export const signalReads = sqliteTable("signal_reads", {
  day: integer("day").primaryKey(),
  parts: integer("parts").notNull(),
  after: text("after").notNull(),
  claims: integer("claims").notNull(),
  doneAtMs: integer("done_at"),
  clicksAtMs: integer("clicks_at"),
});

/** The round that reads, judges and measures. One row. */
export const signalRound = sqliteTable("signal_round", {
  only: integer("only").primaryKey(),
  beganAtMs: integer("began_at").notNull(),
  stage: text("stage", { enum: ["reading", "judging", "measuring", "done"] }).notNull(),
  place: text("place").notNull(),
  takenUntilMs: integer("taken_until").notNull(),
});

/** In CLICKS and LOG: what is erased, by what replaced it (`core/erasure/erased-names.ts`). */
export const erased = sqliteTable("erased", { name: text("name").primaryKey() });

/** In COURIER: what was told, a row for each delivery that was tried or ended. `last` is its last try. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    destination: integer("destination").notNull(),
    deliveryId: text("delivery_id").notNull(),
    revision: integer("revision").notNull(),
    conversionId: text("conversion_id").notNull(),
    seq: integer("seq").notNull(),
    replay: integer("replay").notNull(),
    type: text("type").notNull(),
    status: text("status").notNull(),
    reason: text("reason"),
    attempts: integer("attempts").notNull(),
    createdAtMs: integer("created_at").notNull(),
    lastAtMs: integer("last_at"),
    http: integer("http"),
    nextAtMs: integer("next_at"),
    deadlineAtMs: integer("deadline_at"),
    test: integer("test", { mode: "boolean" }).notNull(),
    origin: text("origin", { enum: DELIVERY_ORIGINS }).notNull(),
    last: text("last", { mode: "json" }).$type<unknown>(),
    entryAtMs: integer("entry_at"),
  },
  (table) => [
    primaryKey({ columns: [table.destination, table.deliveryId] }),
    index("deliveries_of_conversion").on(table.conversionId),
  ],
);

/** In COURIER: how many deliveries stand in which state, see the migration. */
export const deliveryQuarters = sqliteTable(
  "delivery_quarters",
  {
    destination: integer("destination").notNull(),
    quarter: integer("quarter").notNull(),
    link: integer("link").notNull(),
    event: text("event").notNull(),
    currency: text("currency").notNull(),
    test: integer("test", { mode: "boolean" }).notNull(),
    status: text("status").notNull(),
    bucket: integer("bucket").notNull(),
    advertiser: integer("advertiser").notNull(),
    offer: integer("offer").notNull(),
    affiliate: integer("affiliate").notNull(),
    deliveries: integer("deliveries").notNull(),
  },
  ({ destination, quarter, link, event, currency, test, status, bucket }) => [
    primaryKey({ columns: [destination, quarter, link, event, currency, test, status, bucket] }),
  ],
);

/** In COURIER: how each destination fares, as its object last said. */
export const destinationHealth = sqliteTable("destination_health", {
  destination: integer("destination").primaryKey(),
  gate: text("gate", { enum: ["open", "failing", "off", "paused", "ended"] }).notNull(),
  reason: text("reason"),
  sinceMs: integer("since").notNull(),
  failures: integer("failures").notNull(),
  waiting: integer("waiting").notNull(),
  nextAtMs: integer("next_at"),
  saidAtMs: integer("said_at").notNull(),
  late: integer("late").notNull().default(0),
  lateAtMs: integer("late_at"),
});

/** In COURIER: up to which entry the books were compared with the outboxes. */
export const compared = sqliteTable("compared", {
  sweep: text("sweep").primaryKey(),
  receivedAtMs: integer("received_at").notNull(),
  conversionId: text("conversion_id").notNull(),
  seq: integer("seq").notNull(),
});

/** In COURIER: up to which news of statements destinations were handed theirs. */
export const toldStatements = sqliteTable("told_statements", {
  one: integer("one").primaryKey(),
  news: integer("news").notNull(),
});

/** How far the nightly copy of the set-up is. Days count since 1970; `after` is the key of the last row, as JSON. */
export const setUpCopies = sqliteTable("set_up_copies", {
  day: integer("day").primaryKey(),
  place: integer("place").notNull(),
  after: text("after").notNull(),
  parts: integer("parts").notNull(),
  rowCount: integer("row_count").notNull(),
  begunAtMs: integer("begun_at").notNull(),
  finishedAtMs: integer("finished_at"),
});

/** What an admin sets for the console itself; secrets among it are sealed. */
export const settings = sqliteTable("settings", { name: text("name").primaryKey(), value: text("value").notNull() });

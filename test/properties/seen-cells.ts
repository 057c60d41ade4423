/**
 * Who may see which cells, written once more by hand and apart from the code that shows them. What does not stand here is a secret: a new column is one until
 * it is written here, and the two worlds differ in it.
 */

import type { Cell } from "../../schema/columns.ts";
import { may } from "../../workers/core/rights.ts";
import type { Role } from "../../workers/core/roles.ts";
import { linkOfClick } from "./known-clicks.ts";

export type Cells = Record<string, Cell>;
/** Rows by the names of their tables. */
export type World = Record<TableName, Cells[]>;

export const TABLE_NAMES = [
  "advertisers",
  "affiliates",
  "offers",
  "offer_events",
  "offer_event_overrides",
  "review_reasons",
  "review_bulks",
  "review_bulk_parts",
  "status_changes",
  "notes",
  "what_ifs",
  "what_if_parts",
  "links",
  "admissions",
  "coupons",
  "sources",
  "trackers",
  "link_aliases",
  "tokens",
  "users",
  "conversions",
  "entries",
  "postbacks",
  "claims",
  "audit",
  "alerts",
  "signals",
  "signal_rows",
  "signal_settings",
  "settings",
  "rates",
  "clicks",
  "destinations",
  "deliveries",
  "statements",
  "statement_lines",
  "adjustments",
  "list_views",
  "list_settings",
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** Tables that triggers or the ledger's crons make of the others, or that say nothing of anybody, and why the worlds need none of their own. */
export const MADE_OF_OTHERS = {
  price_changes:
    "triggers write what events and affiliates' prices are set to; what is announced is shown to operators, and to an affiliate its own payout: test/console/price-changes.test.ts",
  set_up_copies: "says which nights have a copy, which admins alone are told",
  conversion_lists: "the cron that the worlds run lists conversions by whose they are",
  closed_conversions: "says up to when conversions are listed and added up, alike for all",
  conversion_spans: "the cron that the worlds run adds conversions up",
  postback_quarters: "the cron that the worlds run adds postbacks up",
  closed_postbacks: "says up to when postbacks are added up and listed, alike for all",
  postback_lists: "the cron that the worlds run lists postbacks by whose they are",
  click_spans: "the cron that the worlds run adds quarters up",
  sealed_click_spans: "says up to when sums are whole, alike for all",
  erased: "the ledger's, which the console does not read",
  due_logs: "says whose rows of the log are due",
  due_records: "triggers mark what is due at the edge",
  due_sources: "triggers mark what is due at the edge",
  due_keys: "triggers mark what is due at the edge",
  due_hours: "triggers mark what is due in the archive",
  checkpoints: "the signed log, which says nothing of anybody but that something was entered",
  audit_chain: "hashes over the audit log, which operators alone are told of",
  restorations: "says when the books' database was taken back, which admins alone are told",
  due_click_roots: "triggers mark what is due in the signed log",
  archive_pieces: "the archive is the operators'",
  kept: "says since when rows are kept, alike for all",
  delivery_quarters: "the courier adds deliveries up, and so do the worlds",
  destination_health: "the courier's, which the console asks for alerts alone",
  compared: "the courier's, which the console does not read",
  adopted_clicks: "no call tells of one but to admins, and operators are told how many there are",
  closings: "no call tells of one but to operators, and they are the ledger's",
  closing_dues: "what the ledger found in a closing, which operators see",
  carried_balances: "the ledger's, of what it found in a closing",
  statement_news: "a trigger makes it of statements, for the courier, which tells whose they are",
  told_statements: "the courier's, which the console does not read",
  statement_commands: "the ledger's, which the console does not read",
  listing_bounds: "the ledger's, which the console does not read",
  unlisted: "the ledger's, which the console does not read",
  signal_days: "what the console adds up for signals, which no call tells",
  signal_reads: "says how far that is",
  signal_round: "says how far the round of signals is",
  signal_precision: "a trigger adds verdicts of signals' rows up, for operators",
  ended_sessions: "says which sessions are over",
  sessions_over: "says up to when sessions are over",
} as const;

/** Who looks: advertiser 1, affiliate 1, or one who sees the whole programme. `isTold`: it is an advertiser that is told who its affiliates are. */
export interface Looker {
  name: string;
  role: Exclude<Role, "admin">;
  isTold: boolean;
}

export const LOOKERS: readonly Looker[] = [
  { name: "an affiliate", role: "affiliate", isTold: false },
  { name: "an advertiser", role: "advertiser", isTold: false },
  { name: "an advertiser that is told its affiliates", role: "advertiser", isTold: true },
  { name: "an analyst", role: "analyst", isTold: false },
  { name: "a manager", role: "manager", isTold: false },
  { name: "who keeps the accounts", role: "finance", isTold: false },
];

/** The IDs of the looker's tokens begin so. */
export const OWN_TOKEN = "own-";

/** The number of the looker's own row. */
export const OWN = 1;

const words = (text: string): string[] => text.split(/\s+/);
const SUB_IDS = Array.from({ length: 10 }, (_, index) => `sub${index + 1}`);
const AFFILIATES_OWN = ["external_id", "external_kind", "referrer", ...SUB_IDS];

const LINK = words("number slug offer affiliate destination status test created_at updated_at");
/** Who decided it is the operators' to know. */
const ADMISSION = words("number affiliate offer state note reason applied_at decided_at");
/** Of an offer, besides, who may promote it. */
const PROMOTING = words("access links_by_affiliate");
const COUPON = words("number slug advertiser code folded link from_at until_at status created_at updated_at");
/** Of its bank details it sees the end. */
const AFFILIATE = words(
  `number slug name status test created_at updated_at minimum_payout legal_name contact vat_number payment_method payment_note payment_currency bank_hint bank_changed_at`,
);
/** Once it is final; what is paid by whom is the operators'. */
const STATEMENT = words(
  `id owner_type owner currency offers until time_zone state line_count amount_units amount_rest due_units due_rest created_at year ordinal number owner_name issuer
   finalized_at due_on paid_on paid_at reference`,
);
const STATEMENT_LINE = words(
  "conversion_id owner_type owner currency turn statement from_seq seq offer event status amount due carried",
);
const ADJUSTMENT = words("id owner_type owner currency due reason made_at statement");
const OFFER_OF_AFFILIATE = words(
  "number slug name advertiser currency payable_after_days status starts_at ends_at window_days min_seconds deep_link_hosts time_zone attribute_first other_currencies created_at updated_at",
);
const OFFER_OF_ADVERTISER = words(
  "destination fallback_url redirect_status referrer_policy pass_through rules caps order_space claims",
);
const EVENT = words("offer name position repeat restate window_days version digits kind");
const CONVERSION = words(
  `conversion_id advertiser offer affiliate link event txid click_id status currency amount clicked_at occurred_at received_at settled_at
   country device os browser ad_consent coupon customer original_status test click_kind hold attributed_by seq imported old_click_id
   reject_reason original_amount original_currency rate rate_day`,
);
const ENTRY = words("conversion_id seq kind status amount receipt received_at");
const POSTBACK = words(
  "receipt advertiser received_at settled_at status reason duplicate_of event txid conversion_id channel test times",
);
/** Of a claim that was heard. */
const CLAIM = words(
  "receipt advertiser offer affiliate link event txid click_id state currency amount received_at settled_at conversion_id test",
);
/** What its sender said, and who vouched for it. */
const OF_SENDER = words("params credential_version address_hash attempts");
/** Its secrets are sealed, and shown to nobody: only what they are called. */
const DESTINATION = words(
  "number slug name kind owner_type owner offer status config version filters created_at updated_at",
);
const CLICK = words(
  "click_id link offer affiliate advertiser clicked_at kind unique country device os browser ad_consent test",
);
/** Its secret is sealed, and shown to nobody. */
const SOURCE = words(
  "number slug advertiser path source events basis click_name all_test rules status created_at updated_at",
);

/** No secret: what is converted tells it. Whose note it is, operators know. */
const RATE = words("currency day per_euro source set_at");

/** Its secret is sealed, and shown to nobody. */
const TRACKER = words(
  `number slug name dialect host advertiser allowed_ips mapping sub_ids old_origin relay_until all_test status created_at updated_at`,
);

/** Of a view that is shared with the looker's role; whoever keeps it is not told. */
const SHARED_VIEW = words("id list name query shared_with");

/** Verdicts of the ledger on a click that it found among its sender's own. What else names a click proves nothing, and is the sender's alone. */
const PROVEN = ["over_cap", "click_expired", "too_soon", "unknown_event"];

/** The columns of a row that the looker may see; none where it may not know that there is such a row. */
export function seenCells(looker: Looker, table: TableName, row: Cells, world: World): readonly string[] {
  if (isOperator(looker.role)) return seenByOperators(looker, table, row);
  return looker.role === "affiliate" ? seenByAffiliate(table, row, world) : seenByAdvertiser(looker, table, row, world);
}

/** True of who sees the whole programme. */
export function isOperator(role: Role): boolean {
  return role !== "advertiser" && role !== "affiliate";
}

/** How an affiliate is paid, which who pays sees. */
const HOW_PAID = words("bank_details payment_method payment_note payment_currency");

/** Analysts, managers and finance alike, but for how affiliates are paid. */
function seenByOperators({ role }: Looker, table: TableName, row: Cells): readonly string[] {
  if (table === "destinations") return [...DESTINATION, "tags"];
  if (table === "sources") return SOURCE;
  if (table === "trackers") return TRACKER;
  if (table === "list_views") return row.shared_with === role ? SHARED_VIEW : [];
  if (table === "list_settings") return [];
  if (table === "settings" || table === "users" || (table === "tokens" && !isOwnToken(row))) return [];
  if ((table === "what_ifs" || table === "what_if_parts") && !may({ role }, "what_if")) return [];
  if (table === "affiliates" && !may({ role }, "payment_details"))
    return Object.keys(row).filter((column) => !HOW_PAID.includes(column));
  return Object.keys(row).filter((column) => table !== "advertisers" || column !== "credentials");
}

function seenByAffiliate(table: TableName, row: Cells, world: World): readonly string[] {
  const hasLinkOf = (offer: Cell | undefined) =>
    world.links.some((link) => link.affiliate === OWN && link.offer === offer);
  const isActive = world.affiliates.some(({ number, status }) => number === OWN && status === "active");
  const isShownToAll = ({ access, status }: Cells) => isActive && access !== "private" && status === "active";
  /** It has a link, there is an admission, or the offer is shown to all that are active. */
  const seesOffer = (offer: Cell | undefined, { offers }: Pick<World, "offers"> = world) =>
    hasLinkOf(offer) ||
    world.admissions.some((one) => one.affiliate === OWN && one.offer === offer) ||
    offers.some((one) => one.number === offer && isShownToAll(one));
  const ownOverride = (event: Cells) =>
    world.offer_event_overrides.some(
      (one) => one.affiliate === OWN && one.offer === event.offer && one.event === event.name && one.payout !== null,
    );
  const isOwn = row.affiliate === OWN;
  switch (table) {
    case "advertisers":
      return world.offers.some(({ number, advertiser }) => advertiser === row.number && seesOffer(number))
        ? ["number", "slug"]
        : [];
    case "affiliates":
      return row.number === OWN ? AFFILIATE : [];
    case "offers":
      // Whether its meta is shared is seen in what is shared.
      return seesOffer(row.number, { offers: [row] }) ? [...OFFER_OF_AFFILIATE, ...PROMOTING, "share_meta"] : [];
    case "offer_events":
      if (!seesOffer(row.offer)) return [];
      return ownOverride(row) ? EVENT : [...EVENT, "payout"];
    case "offer_event_overrides":
      return isOwn && seesOffer(row.offer) ? words("offer event affiliate payout") : [];
    case "review_reasons":
      return isReasonOf((one) => one.affiliate === OWN, row, world) ? ["slug", "words"] : [];
    case "links":
      return isOwn ? [...LINK, "paused_by"] : [];
    case "admissions":
      return isOwn ? ADMISSION : [];
    case "coupons":
      return linkOfCoupon(row, world)?.affiliate === OWN ? COUPON : [];
    case "tokens":
      return isOwnToken(row) ? Object.keys(row) : [];
    case "conversions": {
      const isShared = world.offers.some(({ number, share_meta }) => number === row.offer && share_meta === 1);
      return isOwn ? [...CONVERSION, ...AFFILIATES_OWN, "payout", ...(isShared ? ["meta"] : [])] : [];
    }
    case "entries":
      return conversionOf(row, world)?.affiliate === OWN ? [...ENTRY, "payout"] : [];
    case "postbacks": {
      const isAbout = affiliateOf(row, world) === OWN;
      const namesOwnClick = linkOf(row, world)?.affiliate === OWN;
      return isAbout ? [...POSTBACK, ...(namesOwnClick ? ["click_id"] : [])] : [];
    }
    case "claims": {
      if (!isOwn || row.state === "too_many") return [];
      // It may have been replaced by another's sale.
      return conversionOf(row, world)?.affiliate === OWN ? CLAIM : CLAIM.filter((column) => column !== "conversion_id");
    }
    case "clicks":
      return isOwn ? [...CLICK, ...AFFILIATES_OWN] : [];
    case "destinations":
      return isDestinationOf("affiliate", row) ? DESTINATION : [];
    case "deliveries":
      return isDestinationOf("affiliate", destinationOf(row, world)) ? Object.keys(row) : [];
    case "rates":
      return RATE;
    case "statements":
      return isStatementOf("affiliate", row) ? STATEMENT : [];
    case "statement_lines":
      return isStatementOf("affiliate", statementOf(row, world)) ? STATEMENT_LINE : [];
    case "adjustments":
      return isStatementOf("affiliate", statementOf(row, world)) ? ADJUSTMENT : [];
    default:
      return [];
  }
}

function seenByAdvertiser({ isTold }: Looker, table: TableName, row: Cells, world: World): readonly string[] {
  const told = (columns: readonly string[]) => (isTold ? columns : []);
  const isOwnOffer = (offer: Cell | undefined) =>
    world.offers.some(({ number, advertiser }) => number === offer && advertiser === OWN);
  const isOwn = row.advertiser === OWN;
  switch (table) {
    case "advertisers":
      if (row.number !== OWN) return [];
      // Its credentials are its own to see.
      return words(
        "number slug name status auth allowed_ips pixel mapping share_affiliates promises credentials file_reading created_at updated_at",
      );
    case "affiliates":
      return world.links.some(({ offer, affiliate }) => affiliate === row.number && isOwnOffer(offer))
        ? ["number", ...told(["slug"])]
        : [];
    case "offers":
      return isOwn ? [...OFFER_OF_AFFILIATE, ...OFFER_OF_ADVERTISER, "share_meta"] : [];
    case "sources":
      return isOwn ? SOURCE : [];
    case "offer_events":
      return isOwnOffer(row.offer) ? [...EVENT, "revenue"] : [];
    case "review_reasons":
      return isReasonOf((one) => one.advertiser === OWN, row, world) ? ["slug", "words"] : [];
    case "links":
      return isOwnOffer(row.offer) ? LINK.filter((column) => isTold || column !== "slug") : [];
    case "coupons":
      return isOwn ? COUPON.filter((column) => isTold || column !== "slug") : [];
    case "tokens":
      return isOwnToken(row) ? Object.keys(row) : [];
    case "conversions":
      return isOwn ? [...CONVERSION, "revenue", "meta", ...told(["referrer"])] : [];
    case "entries":
      return conversionOf(row, world)?.advertiser === OWN ? [...ENTRY, "revenue"] : [];
    case "postbacks":
      return isOwn ? [...POSTBACK, "click_id", ...OF_SENDER] : [];
    case "claims":
      return isOwn && row.state !== "too_many" ? CLAIM : [];
    case "clicks":
      return isOwn ? [...CLICK, ...told(["referrer"])] : [];
    case "destinations":
      return isDestinationOf("advertiser", row) ? DESTINATION : [];
    case "deliveries":
      return isDestinationOf("advertiser", destinationOf(row, world)) ? Object.keys(row) : [];
    case "rates":
      return RATE;
    case "statements":
      return isStatementOf("advertiser", row) ? STATEMENT : [];
    case "statement_lines":
      return isStatementOf("advertiser", statementOf(row, world)) ? STATEMENT_LINE : [];
    case "adjustments":
      return isStatementOf("advertiser", statementOf(row, world)) ? ADJUSTMENT : [];
    default:
      return [];
  }
}

/** True for a reason that was given for rejecting one of these conversions. */
function isReasonOf(isOwn: (conversion: Cells) => boolean, { slug }: Cells, world: World): boolean {
  return world.conversions.some((one) => isOwn(one) && one.reject_reason === slug);
}

function linkOfCoupon({ link }: Cells, world: World): Cells | undefined {
  return world.links.find(({ number }) => number === link);
}

function isDestinationOf(type: "advertiser" | "affiliate", row: Cells | undefined): boolean {
  return row?.owner_type === type && row.owner === OWN;
}

/** Its own, once it is no draft any more. */
function isStatementOf(type: "advertiser" | "affiliate", row: Cells | undefined): boolean {
  return row?.owner_type === type && row.owner === OWN && (row.state === "final" || row.state === "paid");
}

function statementOf({ statement }: Cells, world: World): Cells | undefined {
  return world.statements.find(({ id }) => id === statement);
}

function destinationOf({ destination }: Cells, world: World): Cells | undefined {
  return world.destinations.find(({ number }) => number === destination);
}

function isOwnToken({ id }: Cells): boolean {
  return String(id).startsWith(OWN_TOKEN);
}

function conversionOf({ conversion_id }: Cells, world: World): Cells | undefined {
  return world.conversions.find((conversion) => conversion.conversion_id === conversion_id);
}

/** The link of the click that a row names. */
function linkOf({ click_id }: Cells, world: World): Cells | undefined {
  const number = linkOfClick(String(click_id));
  return world.links.find((link) => link.number === number);
}

/** The affiliate whose conversion a postback came to, or else whose click it is proven to be about. */
function affiliateOf(postback: Cells, world: World): Cell | undefined {
  if (postback.conversion_id !== null) return conversionOf(postback, world)?.affiliate;
  const isProven =
    postback.status === "parked" || (postback.status === "rejected" && PROVEN.includes(String(postback.reason)));
  return isProven ? linkOf(postback, world)?.affiliate : undefined;
}

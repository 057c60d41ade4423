/**
 * What other trackers call our macros, as affiliates paste them: names that mean one thing, names that mean several and are asked about, and their statuses. Counted
 * over the 395 templates of affiliate networks that Keitaro exports.
 */
import { SUB_ID_COUNT, subIdNames } from "../click/sub-ids.ts";
import { MACRO_NAMES } from "./template-macros.ts";

/** Of the names in a row, the first is ours. Case and underscores do not count (see `foldMacro`). */
const ALIASES: readonly (readonly [canonical: string, ...names: string[]])[] = [
  ["click_id", "clickid", "cid", "cnv_id"],
  ["external_id", "externalid", "aff_click_id", "affclickid", "ref_id", "source_click_id"],
  ["payout", "sum", "payout_amount", "commission", "profit", "money", "cash", "income", "payment", "price", "atpay"],
  ["txid", "order_id", "orderid", "txn_id", "trans_id", "transactionid", "oid", "lead_id", "leadid"],
  ["event", "goal", "goal_id", "goal_alias", "goal_name", "event_name", "event_id", "stage", "action"],
  ["status", "conv_status", "conversion_status", "cnv_status"],
  ["currency", "payout_currency", "offer_currency", "cur"],
  ["conversion_id", "conversionid", "conv_id"],
  ["offer", "offer_id", "offerid", "offer_name", "campid", "campaign_id"],
  ["affiliate", "affiliate_id", "aff_id", "affid", "pid", "publisher_id"],
  ["advertiser", "advertiser_id", "adv_id"],
  ["country", "geo", "country_code"],
  ["device", "device_type"],
  ["coupon", "promo_code", "coupon_code", "voucher"],
  ["random", "rand", "cb", "cachebuster"],
  ["amount", "sale_amount", "order_sum", "order_amount", "order_value"],
  ["timestamp", "unixtime", "ts"],
  ["occurred_at", "datetime"],
  ["test", "is_test"],
];

/** A name that means several things: what the template's author has to say. */
export interface MacroQuestion {
  /** As it was written. */
  written: string;
  /** The canonical macros that it may be; the likeliest first. */
  choices: string[];
  why: string;
}

/** By folded name. */
const AMBIGUOUS: Record<string, Omit<MacroQuestion, "written">> = {
  transactionid: {
    choices: ["click_id", "txid", "external_id"],
    why: "In TUNE and Everflow a transaction_id is the click, elsewhere it is the order.",
  },
  tid: { choices: ["txid", "click_id"], why: "In Keitaro a tid is the order, in CAKE it is the click." },
  revenue: {
    choices: ["payout", "revenue", "amount"],
    why: "Trackers call revenue what their user earns, which here is the payout; our revenue is what the advertiser pays.",
  },
  amount: {
    choices: ["payout", "amount"],
    why: "Affiliates mean what they earn, which here is the payout; our amount is what the sale was worth.",
  },
  id: { choices: ["conversion_id", "click_id", "txid"], why: "It does not say what it is the ID of." },
  type: {
    choices: ["status", "event", "type"],
    why: "In RedTrack and Keitaro it is a status or an event; ours is what is told, such as conversion.approved.",
  },
  value: { choices: ["payout", "amount"], why: "It may be what the affiliate earns, or what the sale was worth." },
  subid: {
    choices: ["sub1", "external_id", "click_id"],
    why: "In Keitaro and Binom the subid is the click, elsewhere it is the affiliate's first sub-id.",
  },
};
/** Ours, which are asked about where they come from elsewhere: see `isAsked`. */
const OURS_TOO = new Set(["amount", "revenue", "type"]);

const STATUSES: Record<string, string> = {
  lead: "pending",
  hold: "pending",
  waiting: "pending",
  sale: "approved",
  confirmed: "approved",
  paid: "approved",
  declined: "rejected",
  trash: "rejected",
  cancelled: "rejected",
  canceled: "rejected",
  refund: "reversed",
  refunded: "reversed",
  chargeback: "reversed",
};

const CANONICAL = new Map<string, string>(MACRO_NAMES.map((name) => [foldMacro(name), name]));
for (const [canonical, ...names] of ALIASES) for (const name of names) CANONICAL.set(foldMacro(name), canonical);
for (let sub = 1; sub <= SUB_ID_COUNT; sub++)
  for (const name of subIdNames(sub)) CANONICAL.set(foldMacro(name), `sub${sub}`);

/** A name without case and underscores: `Aff_Click_ID` is `affclickid`. */
export function foldMacro(name: string): string {
  return name.toLowerCase().replaceAll("_", "").replaceAll("-", "");
}

/** Our name of what another tracker calls `name`, or of ours in other letters; null where it is none, or means several things. */
export function aliasOf(name: string): string | null {
  const folded = foldMacro(name);
  return questionOf(name) === null ? (CANONICAL.get(folded) ?? null) : null;
}

/** What is to be asked about a name; null where it means one thing, or nothing. */
export function questionOf(name: string): MacroQuestion | null {
  const folded = foldMacro(name);
  const asked = AMBIGUOUS[folded];
  return asked ? { written: name, choices: [...asked.choices], why: asked.why } : null;
}

/** True for a name that is a macro of ours and is asked about all the same, since whoever pastes it from elsewhere means something else. */
export function isAsked(name: string): boolean {
  return OURS_TOO.has(name);
}

/** Our status of another tracker's word; null where it is none. */
export function statusOf(word: string): string | null {
  return STATUSES[word.toLowerCase()] ?? null;
}

/** All names that are known, ours among them, folded, for guessing what a misspelled one is meant for. */
export function aliasNames(): Iterable<readonly [folded: string, canonical: string]> {
  return CANONICAL;
}

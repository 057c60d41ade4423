/** The names of a postback's parameters: ours, the aliases that mean one thing everywhere, and the names that mean different things at different vendors. */
import { PARAMETER_FACTS, RIDING_FACTS } from "../riding-facts.ts";

export const PARAMETER_NAMES = [
  "click_id",
  "event",
  "txid",
  "also_txid",
  "status",
  "refund_id",
  "refunded_total",
  "amount",
  "revenue",
  "currency",
  "occurred_at",
  ...PARAMETER_FACTS.map((name) => RIDING_FACTS[name].column),
  "test",
  "return",
  "idempotency_key",
  "token",
  "ts",
  "nonce",
  "sig",
] as const;

/** A name as the contract has it; `meta.` stands before the sender's own. */
export type ParameterName = (typeof PARAMETER_NAMES)[number] | `meta.${string}`;

/** What vouches for a message, and so is never part of it. */
export const CREDENTIAL_NAMES: ReadonlySet<string> = new Set(["token", "ts", "nonce", "sig"]);

/** Names that mean the same wherever they are used. */
export const ALIASES = {
  click_id: ["clickid", "cid", "subid", "sub_id", "hit", "cnv_id", "click", "s2s_click_id", "reqid", "dub_id", "cks"],
  txid: ["tx", "order_id", "orderid", "action_id", "invoice_id", "order_number", "order_no"],
  revenue: ["payout", "sum", "rev", "commission"],
  amount: ["sale_amount", "order_sum", "order_amount", "order_total", "order_value", "value", "price", "total"],
  currency: ["cur", "cr", "cnv_currency"],
  event: ["et", "goal", "goal_id", "type", "event_name"],
  status: ["cnv_status", "conversion_status"],
  occurred_at: ["event_time", "timestamp", "eventdate"],
  token: ["secure", "security_token", "verification_token", "auth_token", "adv_sectkn"],
  test: ["testmode"],
  ...Object.fromEntries(PARAMETER_FACTS.map((name) => [RIDING_FACTS[name].column, RIDING_FACTS[name].said.aliases])),
  // The header's name: it is read like a parameter.
  idempotency_key: ["idempotency-key"],
} as const satisfies Partial<Record<ParameterName, readonly string[]>>;

/**
 * Names that hold a click ID at some vendors and an order or something else at others. They are read through a mapping only,
 * with one exception that guesses nothing: a value that verifies as a click ID of ours is that click ID.
 */
export const PERHAPS_CLICK_ID: ReadonlySet<string> = new Set(["transaction_id", "tid", "r"]);

/** What senders wrap around the one object that they mean: `{"data":{…}}`, `data[click_id]=…`. */
export const WRAPPERS: ReadonlySet<string> = new Set([
  "data",
  "payload",
  "event",
  "conversion",
  "postback",
  "params",
  "body",
]);

const CANONICAL: ReadonlySet<string> = new Set(PARAMETER_NAMES);
const META = "meta.";

/** True for every name that a mapping may point to. */
export function isParameterName(name: string): name is ParameterName {
  return CANONICAL.has(name) || (name.startsWith(META) && name.length > META.length);
}

/** A name without what spellings differ in: `clickId`, `click-id` and `CLICK ID` are one. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, "");
}

/** What a sender's name (in lower case) means without a mapping: our own name, or one of the aliases. */
export const PLAIN_NAMES: ReadonlyMap<string, ParameterName> = new Map([
  ...PARAMETER_NAMES.map((name): [string, ParameterName] => [name, name]),
  ...Object.entries(ALIASES).flatMap(([name, aliases]) =>
    isParameterName(name) ? aliases.map((alias): [string, ParameterName] => [alias, name]) : [],
  ),
]);

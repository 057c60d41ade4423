/** An offer of an Everflow in our words: its address, its events with what they pay and earn, and what of it has to be set by hand. */
import { isRecord } from "../../workers/core/is-record.ts";
import { recordsIn, textOf } from "../console-api.ts";
import type { EverflowRow } from "./everflow-api.ts";
import { withOurMacros } from "./old-macros.ts";
import { slugGiver } from "./old-names.ts";
import type { OldEvent, OldPrice } from "./old-programme.ts";

/** Macros of destinations that mean the same. */
const MACROS = new Map([
  ["transaction_id", "click_id"],
  ["source_id", "external_id"],
  ["affiliate_id", "affiliate"],
  ["offer_id", "offer"],
  ["advertiser_id", "advertiser"],
  ["country_code", "country"],
  ["device_type", "device"],
  ["timestamp", "timestamp"],
  ["random", "random"],
]);
/** Numbers there, slugs here. */
const NUMBERS = ["{affiliate_id}", "{offer_id}", "{advertiser_id}"];
const SUB = /^sub([1-9]|10)$/;
const MOST_EVENTS = 50;
const LONGEST_ADDRESS = 2_048;

/** Of events by their numbers there, and of the one that every offer has, our names. */
export interface EverflowEvents {
  names: ReadonlyMap<number, string>;
  base: string;
}

export interface EverflowOffer {
  destination: string;
  events: OldEvent[];
  known: EverflowEvents;
}

/** Tells `leave` what stays behind; null where that is all of it. `name` is the offer's. */
export function everflowOffer(
  row: EverflowRow,
  name: string,
  leave: (what: string, why: string) => void,
): EverflowOffer | null {
  const destination = addressOf(row, name, leave);
  const entries = entriesOf(row);
  const [base] = entries;
  if (destination === null) return null;
  if (!base) {
    leave(`offer “${name}”`, "nothing was told of what it pays: make it by hand");
    return null;
  }
  if (entries.length > MOST_EVENTS)
    leave(`events of offer “${name}”`, `of ${entries.length} the first ${MOST_EVENTS} are carried`);
  const give = slugGiver("event");
  const names = new Map<number, string>();
  const events: OldEvent[] = [];
  for (const [place, entry] of entries.slice(0, MOST_EVENTS).entries()) {
    const id = numberOf(entry);
    const event = give(textOf(entry.entry_name)?.trim() || (place === 0 ? "base" : ""), id);
    names.set(id, event);
    events.push(eventOf(entry, event, (why) => leave(`event “${event}” of offer “${name}”`, why), row));
  }
  tellOffer(row, name, names, leave);
  return { destination, events, known: { names, base: events[0]?.name ?? "" } };
}

function addressOf(row: EverflowRow, name: string, leave: (what: string, why: string) => void): string | null {
  const there = textOf(row.destination_url)?.trim() ?? "";
  const { address, unknown } = withOurMacros(there, (macro) => (SUB.test(macro) ? macro : MACROS.get(macro)));
  // What stands before path and query is the same for every click here.
  const [host = ""] = there.replace(/^https?:\/\//, "").split(/[/?#]/);
  if (
    !/^https?:\/\/./.test(there) ||
    host.includes("{") ||
    address.length > LONGEST_ADDRESS ||
    !URL.canParse(address)
  ) {
    leave(`offer “${name}”`, `it leads to no address that can stand here (“${there}”): make it by hand`);
    return null;
  }
  const numbers = NUMBERS.filter((macro) => there.includes(macro));
  if (unknown.length > 0)
    leave(`macros of offer “${name}”`, `${unknown.join(", ")} mean nothing here, and become empty`);
  if (numbers.length > 0) leave(`macros of offer “${name}”: ${numbers.join(", ")}`, "they say slugs here, not numbers");
  return address;
}

/** The base event first, as postbacks without an event mean it, the others as they were made. */
function entriesOf({ relationship }: EverflowRow): EverflowRow[] {
  const told = isRecord(relationship) ? relationship.payout_revenue : null;
  const entries = recordsIn(isRecord(told) ? told.entries : told);
  return entries.sort(
    (left, right) =>
      Number(right.is_default === true) - Number(left.is_default === true) || numberOf(left) - numberOf(right),
  );
}

function numberOf({ network_offer_payout_revenue_id: id }: EverflowRow): number {
  if (!Number.isSafeInteger(id)) throw new Error(`an event has the number ${JSON.stringify(id)}`);
  return Number(id);
}

function eventOf(entry: EverflowRow, name: string, leave: (why: string) => void, offer: EverflowRow): OldEvent {
  const revenue = everflowPrice(entry.revenue_type, entry.revenue_amount, entry.revenue_percentage);
  const payout =
    entry.payout_type === "prv"
      ? shareOf(revenue, entry.payout_percentage)
      : everflowPrice(entry.payout_type, entry.payout_amount, entry.payout_percentage);
  if (payout === null) leave(`it pays nothing here: its payout “${entry.payout_type}” has no form, set it by hand`);
  if (revenue === null) leave(`it earns nothing here: its revenue “${entry.revenue_type}” has no form, set it by hand`);
  const isApproved = entry.is_must_approve_conversion === true || offer.is_must_approve_conversion === true;
  if (isApproved)
    leave("there somebody approves each conversion; here it is approved unless its postback says pending");
  const isRepeated = entry.is_allow_duplicate_conversion ?? offer.is_allow_duplicate_conversion;
  return {
    name,
    payout: payout ?? { flat: "0" },
    revenue: revenue ?? { flat: "0" },
    repeat: isRepeated === true ? "per_txid" : "once_per_click",
  };
}

/** `cpa` and `rpa` are sums, `cps` and `rps` shares of the sale; both at once where one is 0. Null for prices of clicks and impressions, and what is both. */
export function everflowPrice(type: unknown, amount: unknown, percentage: unknown): OldPrice | null {
  const [flat, percent] = [decimal(amount ?? 0, 6), decimal(percentage ?? 0, 4)];
  const both = type === "cpa_cps" || type === "rpa_rps";
  if (flat !== null && (type === "cpa" || type === "rpa" || (both && percent === "0"))) return { flat };
  return percent !== null && (type === "cps" || type === "rps" || (both && flat === "0")) ? { percent } : null;
}

/** A share of what the event earns. */
function shareOf(revenue: OldPrice | null, percentage: unknown): OldPrice | null {
  const share = Number(percentage) / 100;
  if (revenue === null) return null;
  const part =
    "flat" in revenue ? decimal(Number(revenue.flat) * share, 6) : decimal(Number(revenue.percent) * share, 4);
  if (part === null) return null;
  return "flat" in revenue ? { flat: part } : { percent: part };
}

/** Digits of a number that is not below 0, without zeros behind; null for any other. */
export function decimal(value: unknown, digits: number): string | null {
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) && number >= 0 && number < 1e15 ? number.toFixed(digits).replace(/\.?0+$/, "") : null;
}

/** What postbacks and single affiliates know of an offer, and is set elsewhere here. */
function tellOffer(
  { relationship }: EverflowRow,
  name: string,
  names: ReadonlyMap<number, string>,
  leave: (what: string, why: string) => void,
): void {
  const custom = isRecord(relationship) ? relationship.custom_payout_revenue_settings : null;
  const own = recordsIn(isRecord(custom) ? custom.entries : custom).length;
  if (own > 0)
    leave(
      `${own} custom payouts of offer “${name}”`,
      "what single affiliates get is set at the offer's events, by hand",
    );
  const others = [...names].slice(1).map(([id, event]) => `${id} is ${event}`);
  if (others.length > 0)
    leave(`numbers of events of offer “${name}”`, `${others.join(", ")}: a mapping of the advertiser's says so`);
}

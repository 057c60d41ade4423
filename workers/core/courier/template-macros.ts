/** The macros of outgoing requests: what each is called, whose templates may hold it, and what it stands for in one delivery. */
import type { Notice, NoticedMoney } from "../../../schema/messages.ts";
import { SUB_ID_COUNT } from "../click/sub-ids.ts";
import { hexClickId } from "../click-id-hex.ts";
import { alertInSlack, alertText } from "./alert-notice.ts";
import type { DeliveryType } from "./delivery-types.ts";
import type { DestinationOwner } from "./destination-settings.ts";
import { writeAmount, writeRounded } from "./told-amounts.ts";

/** Slugs, or the pseudonyms that the destination's owner knows others by. */
export interface ToldNames {
  offer: string;
  link: string;
  affiliate: string;
  advertiser: string;
}

/** One delivery, with all that a request is made of. */
export interface OutgoingDelivery {
  id: string;
  type: DeliveryType;
  notice: Notice;
  names: ToldNames;
  /** Of this try, Unix milliseconds. */
  nowMs: number;
  /** A whole number, to keep caches from answering. */
  random: number;
}
/** The name under which the courier's worker knows it, until that says the longer one: in the ledger a delivery is a queue's. */
export type { OutgoingDelivery as Delivery };

export type OwnerType = DestinationOwner["type"];

/** What a macro is: a text, whole numbers as text, or money, of which a template may ask for digits. */
interface MacroBase {
  /** Whose templates may hold it. */
  owners: readonly OwnerType[];
  /** As pages explain it. */
  label: string;
}

export type Macro = MacroBase &
  (
    | { kind: "text" | "number"; read(delivery: OutgoingDelivery): string | undefined }
    /** Micros that are added up. */
    | { kind: "money"; parts(notice: Notice): readonly number[] }
  );

const ALL = ["programme", "advertiser", "affiliate"] as const;
/** Who sees what is paid on both sides. */
const PROGRAMME = ["programme"] as const;
const NOT_AFFILIATES = ["programme", "advertiser"] as const;
const NOT_ADVERTISERS = ["programme", "affiliate"] as const;

const DATE_LENGTH = 10;

function text(
  label: string,
  read: (delivery: OutgoingDelivery) => string | undefined,
  owners: readonly OwnerType[] = ALL,
): Macro {
  return { kind: "text", label, read, owners };
}

function number(label: string, read: (delivery: OutgoingDelivery) => number | undefined): Macro {
  return { kind: "number", label, owners: ALL, read: (delivery) => read(delivery)?.toString() };
}

function money(label: string, micros: (notice: Notice) => number, owners: readonly OwnerType[]): Macro {
  return { kind: "money", label, owners, parts: (notice) => [micros(notice)] };
}

/** What the total is more than it was before. */
function change(micros: keyof NoticedMoney, owners: readonly OwnerType[]): Macro {
  const parts = ({ total, delta }: Notice) => [total[micros], delta[micros] - total[micros]];
  return { kind: "money", label: "what this adds to it, negative where it takes back", owners, parts };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}

/** Times are of what happened (`occurred_at`), in UTC. */
const NAMED: Record<string, Macro> = {
  click_id: text("our click ID", ({ notice }) => notice.clickId),
  click_id_hex: text("the same in hexadecimal digits", ({ notice }) => notice.clickId && hexClickId(notice.clickId)),
  external_id: text("the source’s own click ID", ({ notice }) => notice.click?.externalId, NOT_ADVERTISERS),
  external_kind: text(
    "the parameter that brought it, such as gclid",
    ({ notice }) => notice.click?.externalKind,
    NOT_ADVERTISERS,
  ),
  conversion_id: text("the conversion’s ID", ({ notice }) => notice.conversionId),
  delivery_id: text("this delivery’s ID, the same however often it is sent", ({ id }) => id),
  sequence: number("which word on the conversion it is, from 1", ({ notice }) => notice.seq),
  type: text("what is told, such as conversion.approved", ({ type }) => type),
  txid: text("the order’s number", ({ notice }) => notice.txid),
  refund_id: text("the refund’s number", ({ notice }) => notice.refundId),
  event: text("the event, such as sale", ({ notice }) => notice.event),
  status: text("pending, approved, rejected or reversed", ({ notice }) => notice.status),
  from_status: text("the status before", ({ notice }) => notice.fromStatus ?? undefined),
  original_status: text("the status in the advertiser’s word", ({ notice }) => notice.originalStatus),
  reason: text(
    "why an operator rejected it, by the reason’s slug; to operators also what it is held for",
    ({ notice }) => notice.reason,
    NOT_ADVERTISERS,
  ),
  payout: money("what the affiliate gets, after refunds", ({ total }) => total.payoutMicros, NOT_ADVERTISERS),
  payout_delta: change("payoutMicros", NOT_ADVERTISERS),
  payout_first: money("what it was at first", ({ firstPayoutMicros }) => firstPayoutMicros, NOT_ADVERTISERS),
  amount: money("the sale’s amount, after refunds", ({ total }) => total.amountMicros, ALL),
  amount_delta: change("amountMicros", ALL),
  revenue: money("what the advertiser pays", ({ total }) => total.revenueMicros, NOT_AFFILIATES),
  revenue_delta: change("revenueMicros", NOT_AFFILIATES),
  margin: {
    kind: "money",
    label: "revenue less payout",
    owners: PROGRAMME,
    parts: ({ total }) => [total.revenueMicros, -total.payoutMicros],
  },
  currency: text("ISO 4217, such as USD", ({ notice }) => notice.currency),
  original_amount: money(
    "the sale’s amount in the currency in which it was told, after refunds",
    ({ original, total }) => original?.amountMicros ?? total.amountMicros,
    ALL,
  ),
  original_currency: text("that currency", ({ notice }) => notice.original?.currency ?? notice.currency),
  rate: text(
    "what one unit of it was booked as, 1 where it is the offer’s own",
    ({ notice }) => notice.original?.rate ?? "1",
  ),
  offer: text("the offer’s slug", ({ names }) => names.offer),
  link: text("the link’s slug", ({ names }) => names.link),
  affiliate: text("the affiliate’s slug", ({ names }) => names.affiliate),
  advertiser: text("the advertiser’s slug", ({ names }) => names.advertiser, NOT_AFFILIATES),
  country: text("ISO 3166, such as DE", ({ notice }) => notice.click?.country),
  device: text("the click’s device", ({ notice }) => notice.click?.device),
  os: text("the click’s system", ({ notice }) => notice.click?.os),
  browser: text("the click’s browser", ({ notice }) => notice.click?.browser),
  coupon: text("the coupon", ({ notice }) => notice.coupon),
  customer: text("new or returning", ({ notice }) => notice.customer),
  timestamp: number("when it happened, Unix seconds", ({ notice }) => seconds(notice.occurredAtMs)),
  timestamp_ms: number("when it happened, Unix milliseconds", ({ notice }) => notice.occurredAtMs),
  occurred_at: text("when it happened, such as 2026-11-23T08:00:00.000Z", ({ notice }) => iso(notice.occurredAtMs)),
  date: text("the day on which it happened, in UTC", ({ notice }) => iso(notice.occurredAtMs).slice(0, DATE_LENGTH)),
  time: text("the time of day, in UTC", ({ notice }) =>
    iso(notice.occurredAtMs).slice(DATE_LENGTH + 1, -".000Z".length),
  ),
  click_timestamp: number("when the click was, Unix seconds", ({ notice }) => seconds(notice.clickedAtMs)),
  received_timestamp: number("when we heard of it, Unix seconds", ({ notice }) => seconds(notice.receivedAtMs)),
  sent_timestamp: number("now, Unix seconds", ({ nowMs }) => seconds(nowMs)),
  test: number("1 for a test, else 0", ({ notice }) => (notice.test ? 1 : 0)),
  alert_text: text("an alert in words", ({ type, notice: { alert } }) => alert && alertText(type, alert), PROGRAMME),
  alert_slack: text(
    "an alert in Slack’s markup",
    ({ type, notice: { alert } }) => alert && alertInSlack(type, alert),
    PROGRAMME,
  ),
  alert_rule: text("which rule found it, such as sender_silent", ({ notice }) => notice.alert?.rule, PROGRAMME),
  alert_url: text("where the rows of the alert are", ({ notice }) => notice.alert?.url, PROGRAMME),
  random: number("a number, another one each time", ({ random }) => random),
};
for (let sub = 1; sub <= SUB_ID_COUNT; sub++)
  NAMED[`sub${sub}`] = text(`sub-id ${sub}`, ({ notice }) => notice.click?.subs?.[sub - 1], NOT_ADVERTISERS);

/** A fact of the sender's own, as `{meta.x}`. */
const META = /^meta\.([A-Za-z0-9_.-]{1,64})$/;
/** A value that is kept sealed, as `{secret.x}`. */
const SECRET = /^secret\.([a-z0-9_]{1,32})$/;

export const MACRO_NAMES: readonly string[] = Object.keys(NAMED);
/** Those that name a click: nothing is sent of a click without them, where they stand. */
export const CLICK_MACROS: readonly string[] = ["external_id", "click_id", "click_id_hex"];

/** The macro of this canonical name; null where there is none. */
export function macroNamed(name: string): Macro | null {
  const meta = META.exec(name)?.[1];
  if (meta !== undefined) return text("a value that the advertiser adds", ({ notice }) => notice.meta?.[meta]);
  return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? null) : null;
}

/** The name of the secret that `name` stands for; null where it is none. */
export function secretNamed(name: string): string | null {
  return SECRET.exec(name)?.[1] ?? null;
}

/** What a macro of money says: whole, or with exactly `digits` decimals where the template asks for some. */
export function moneyText(macro: Extract<Macro, { kind: "money" }>, notice: Notice, digits: number | null): string {
  const parts = macro.parts(notice);
  if (digits !== null) return writeRounded(parts, digits);
  return writeAmount(
    parts.reduce((sum, micros) => sum + micros, 0),
    notice.currency,
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

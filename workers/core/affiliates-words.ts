/** What became of an order, in words for its affiliate: why it counts or not, and what the affiliate can do about it. Nothing here tells what the advertiser pays. */
import type { conversions } from "../../schema/tables.ts";
import type { OutcomeReason } from "./reasons.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./time-units.ts";

/** `todo` is null where the affiliate can do nothing, and need not. */
export interface InWords {
  why: string;
  todo: string | null;
}

/** What is known of an order that was reported and became no conversion. */
export interface UncountedOrder {
  reason: string | null;
  event: string | null;
  reportedAtMs: number;
  /** Null where the order names no click of the affiliate's. */
  clickedAtMs: number | null;
  /** As the offer is now; null where it is not known. */
  windowDays: number | null;
  minSeconds: number | null;
}

const ASK = "Ask the operator, with the order’s number.";
const SETTLES_ITSELF = "It settles itself: nothing to do.";

/** Reasons that an affiliate meets, each in its words. */
const WORDS = {
  click_expired: (order) => ({
    why: `The order was reported ${sinceClick(order)}; ${windowOf(order)}.`,
    todo: "Nothing can be done for this one. Who clicks your link again begins a new window.",
  }),
  too_soon: (order) => ({
    why: `The order was reported ${sinceClick(order)}${soonestOf(order)}.`,
    todo: "Look at where these clicks come from: orders that quick are seldom people’s. If they are, ask the operator.",
  }),
  before_click: () => ({ why: "The shop says that the order was made before the click.", todo: ASK }),
  occurred_in_future: () => ({
    why: "The shop says that the order is made at a time that is still to come.",
    todo: ASK,
  }),
  unknown_event: ({ event }) => ({
    why:
      event === null
        ? "The shop reported something that this offer does not pay for."
        : `The shop reported “${event}”, which this offer does not pay for.`,
    todo: "Ask the operator whether it should be paid: it can be counted afterwards.",
  }),
  no_offer_events: () => ({ why: "The offer does not say yet what it pays for.", todo: ASK }),
  wrong_currency: () => ({
    why: "The shop reported the order in another currency than the offer’s.",
    todo: "Ask the operator: it can be counted once that is mended.",
  }),
  over_cap: () => ({
    why: "The offer had taken as many orders by then as it takes in a day or a month.",
    todo: "Nothing can be done for this one. Ask the operator for a higher cap before you send more.",
  }),
  status_not_allowed: () => ({ why: "What the shop said does not fit what it said before.", todo: ASK }),
  other_event: () => ({
    why: "The shop had reported this order as something else before, and that is what counts.",
    todo: null,
  }),
  too_many_messages: () => ({ why: "The shop had changed this order too often.", todo: ASK }),
  awaits_sale: () => ({ why: "The shop took an order back before it reported it.", todo: SETTLES_ITSELF }),
  awaits_reversal: () => ({
    why: "The shop took a refund back before it reported the refund.",
    todo: SETTLES_ITSELF,
  }),
  claim: () => ({
    why: "So far only a browser reported the order; it counts once the shop or the operator confirms it.",
    todo: SETTLES_ITSELF,
  }),
  ambiguous_order: () => ({
    why: "The shop reported the order without saying whose click led to it; only a browser named yours.",
    todo: "The operator decides whose it is. If it should be yours, tell the operator what you know of it.",
  }),
  too_many_claims: () => ({ why: "Browsers reported this order too often: the first reports count.", todo: null }),
  pixel_day_full: () => ({ why: "Browsers reported more on this day than is kept of one day.", todo: ASK }),
  pixel_too_late: () => ({ why: "A browser’s report came more than 400 days late.", todo: null }),
  claim_replaced: () => ({ why: "The shop reported the order itself, and that counts.", todo: null }),
  claim_confirmed: () => ({ why: "The operator confirmed what the browser reported.", todo: null }),
  claim_dismissed: () => ({
    why: "The operator found that there was no such order.",
    todo: "If there was one, ask the operator, with its number.",
  }),
  held: () => ({ why: "The operator looks at the order before it counts.", todo: SETTLES_ITSELF }),
  operator_rejected: () => ({ why: "The operator rejected this order.", todo: ASK }),
  operator_decided: () => ({ why: "The operator has decided on this order, and that stands.", todo: null }),
  imported: () => ({ why: "Another tracker booked this order: it is settled there.", todo: null }),
} as const satisfies Partial<Record<OutcomeReason, (order: UncountedOrder) => InWords>>;

/** Reasons of what names no click or conversion of any affiliate's for certain, or moves one that is there: no affiliate is told of an uncounted order by them. */
export const NEVER_OF_AN_ORDER: readonly OutcomeReason[] = [
  "no_click",
  "unknown_order",
  "unknown_link",
  "foreign_click",
  "foreign_unknown",
  "credentials_revoked",
  "undeliverable",
  "same_message",
  "same_refund",
  "amount_ignored",
  "clamped",
  "name_not_taken",
  "no_open_claim",
  "undone",
  "nothing_to_undo",
  "changed_since",
];

/** Why an order that was reported did not count, or not yet. */
export function uncountedInWords(order: UncountedOrder): InWords {
  const words = order.reason !== null && hasWords(order.reason) ? WORDS[order.reason] : null;
  return words ? words(order) : { why: "It did not count.", todo: ASK };
}

/** True of a reason that has words of its own. */
export function hasWords(reason: string): reason is keyof typeof WORDS {
  return Object.hasOwn(WORDS, reason);
}

type BookedOrder = Pick<typeof conversions.$inferSelect, "status" | "test" | "imported"> & {
  hold: string | null;
  /** What the operator gave as the reason of a rejection, in words for the affiliate. */
  reason: string | null;
  /** Whether a part was given back. */
  isRefunded: boolean;
};

/** What stands with a conversion. */
export function conversionInWords({ status, hold, reason, isRefunded, test, imported }: BookedOrder): InWords {
  if (test) return { why: "A test: it is never counted or paid.", todo: null };
  if (imported) return { why: "Another tracker booked it: it is paid there, and not here.", todo: null };
  if (hold === "held") return WORDS.held();
  if (hold === "rejected_by_operator")
    return { why: reason === null ? "The operator rejected it." : `The operator rejected it: ${reason}`, todo: ASK };
  switch (status) {
    case "pending":
      return { why: "The shop has not approved it yet.", todo: "It counts when the shop approves it: nothing to do." };
    case "approved":
      return isRefunded
        ? { why: "Approved. A part was given back, and your payout is for what remains.", todo: null }
        : { why: "Approved: it counts.", todo: null };
    case "rejected":
      return { why: "The shop rejected it: an order that was not paid, not new, or not real.", todo: ASK };
    case "reversed":
      return { why: "The order was given back in whole, and with it your payout.", todo: null };
  }
}

function sinceClick({ reportedAtMs, clickedAtMs }: UncountedOrder): string {
  return clickedAtMs === null
    ? "too long or too soon after the click"
    : `${lasting(reportedAtMs - clickedAtMs)} after the click`;
}

/** The window may have been another one when the order was judged. */
function windowOf({ reportedAtMs, clickedAtMs, windowDays }: UncountedOrder): string {
  const isOver = clickedAtMs !== null && windowDays !== null && reportedAtMs - clickedAtMs > windowDays * DAY_MS;
  return isOver ? `the offer’s window is ${many(windowDays, "day")}` : "the offer’s window was over by then";
}

function soonestOf({ reportedAtMs, clickedAtMs, minSeconds }: UncountedOrder): string {
  const isSooner = clickedAtMs !== null && minSeconds !== null && reportedAtMs - clickedAtMs < minSeconds * 1_000;
  return isSooner
    ? `; the offer takes none sooner than ${many(minSeconds, "second")} after it`
    : ", which is sooner than the offer took then";
}

/** `31 days`, `30 days and 5 hours`, `12 seconds`: its largest unit, and the next below it of days and hours. */
function lasting(ms: number): string {
  const whole = (unitMs: number) => Math.max(0, Math.floor(ms / unitMs));
  if (ms < MINUTE_MS) return many(whole(1_000), "second");
  if (ms < HOUR_MS) return many(whole(MINUTE_MS), "minute");
  if (ms < DAY_MS) return many(whole(HOUR_MS), "hour");
  const hours = whole(HOUR_MS) % 24;
  return hours === 0 ? many(whole(DAY_MS), "day") : `${many(whole(DAY_MS), "day")} and ${many(hours, "hour")}`;
}

function many(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

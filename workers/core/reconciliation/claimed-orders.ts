/** Holds a shop's own list against what the pixel claims: which claim each of its orders confirms, and why the others confirm none. */
import { MAX_AMOUNT_MICROS } from "../money.ts";
import type { SentLine } from "./sent-line.ts";

/** A claim that names an order, no test; `state` as the books have it. */
export interface ClaimOfOrder {
  receipt: string;
  txid: string;
  event: string;
  clickId: string;
  state: "open" | "confirmed" | "replaced" | "dismissed";
  currency: string;
  amountMicros: number | null;
  conversionId: string | null;
}

/** What an order of the list comes to. */
export const LIST_RESULTS = {
  confirms: "One click claims it, and the list has it: its claim is confirmed.",
  other_amount: "One click claims it at another amount: its claim is confirmed at the list's.",
  ambiguous: "Several clicks, or events, claim it: decide which is meant, then confirm that claim by itself.",
  decided: "Its claim is decided already.",
  unclaimed: "No claim names it.",
  not_approved: "The list does not call it approved.",
  unknown_status:
    "The list's word for its status is none that is known: choose its column as “not read” to leave it out.",
  wrong_currency: "The list's currency is not the claim's.",
  wrong_amount: "The list's amount leaves nothing of what was claimed, or is more than an order can be.",
  no_number: "The line names no order, by which alone claims are found.",
  later: "It would be confirmed, but so many are not at once: send the list again for the rest.",
} as const;
export type ListResult = keyof typeof LIST_RESULTS;
export const LIST_RESULT_NAMES = Object.keys(LIST_RESULTS).filter((name) => isListResult(name));

function isListResult(name: string): name is ListResult {
  return Object.hasOwn(LIST_RESULTS, name);
}

/** What an order needs to say to be judged. */
export type ListedOrder = Pick<
  SentLine,
  "line" | "txid" | "event" | "statusWord" | "statuses" | "amountMicros" | "currencies"
>;

/** An order with what it comes to. `claim` is the one that it confirms, or that tells how it was decided. */
export interface JudgedOrder {
  order: ListedOrder;
  result: ListResult;
  claim: ClaimOfOrder | null;
}

/** Judges each order by the claims of its number; of those that confirm one, only the first `most` do now. */
export function judgeOrders(
  orders: readonly ListedOrder[],
  claims: readonly ClaimOfOrder[],
  most: number,
): JudgedOrder[] {
  const byNumber = Map.groupBy(claims, ({ txid }) => txid);
  let confirmed = 0;
  return orders.map((order) => {
    const judged = judge(order, byNumber.get(order.txid ?? "") ?? []);
    return confirmsClaim(judged) && ++confirmed > most ? { ...judged, result: "later" } : judged;
  });
}

/** True where the order's claim is to be confirmed. */
export function confirmsClaim({ result }: Pick<JudgedOrder, "result">): boolean {
  return result === "confirms" || result === "other_amount";
}

function judge(order: ListedOrder, ofNumber: readonly ClaimOfOrder[]): JudgedOrder {
  const { txid, event, statuses, statusWord, amountMicros, currencies } = order;
  const own = ofNumber.filter((claim) => event === null || claim.event === event);
  const open = own.filter(({ state }) => state === "open");
  const [claim = null] = open;
  const so = (result: ListResult, about = claim): JudgedOrder => ({ order, result, claim: about });
  if (txid === null) return so("no_number");
  if (own.length === 0) return so("unclaimed");
  if (!claim) return so("decided", own.findLast(({ conversionId }) => conversionId !== null) ?? own.at(-1) ?? null);
  if (statuses === null ? statusWord !== null : !statuses.includes("approved"))
    return so(statuses === null ? "unknown_status" : "not_approved");
  if (open.some((other) => other.clickId !== claim.clickId || other.event !== claim.event))
    return so("ambiguous", null);
  if (currencies !== null && !currencies.includes(claim.currency)) return so("wrong_currency");
  if (amountMicros === null) return so("confirms");
  const claimed = BigInt(claim.amountMicros ?? 0);
  // What was given back whole stays on many a list, less its refunds: it is not to be paid.
  const isNothing = amountMicros < 0n || (amountMicros === 0n && claimed > 0n);
  if (isNothing || amountMicros > BigInt(MAX_AMOUNT_MICROS)) return so("wrong_amount");
  return so(amountMicros === claimed ? "confirms" : "other_amount");
}

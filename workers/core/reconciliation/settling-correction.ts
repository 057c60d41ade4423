/** The correction of a conversion that would make the books say what a list does. */
import type { SentLine, Status } from "./sent-line.ts";

/** A conversion of the books, no test. */
export interface HeldConversion {
  conversionId: string;
  txid: string | null;
  clickId: string;
  event: string;
  status: Status;
  currency: string;
  amountMicros: bigint;
  /** Of a sale that was told in another currency: what of it remains in that. */
  original?: { currency: string; amountMicros: bigint };
  /** Whether it belongs to the range that the list is for. */
  inRange: boolean;
  /** Whether it is of what is compared: the event, offer and affiliate that are asked for. */
  isAsked: boolean;
}

/** As the form of corrections takes it: a status, an amount that the sale comes to, or both. */
export interface SettlingCorrection {
  status: "approved" | "rejected" | "reversed" | "reinstated" | null;
  amountMicros: bigint | null;
}

/** By what a conversion has and what the list may mean. */
const MOVES: Record<Status, Partial<Record<Status, SettlingCorrection["status"]>>> = {
  pending: { approved: "approved", rejected: "rejected", reversed: "reversed" },
  approved: { reversed: "reversed" },
  rejected: { approved: "approved" },
  reversed: { approved: "reinstated" },
};

/** Null where the list means no one status and no one amount, or where an order has several conversions. An amount is restated where the sale stands, in its own currency alone. */
export function settlingCorrection(
  { statuses, amountMicros, currencies }: Pick<SentLine, "statuses" | "amountMicros" | "currencies">,
  held: readonly HeldConversion[],
): SettlingCorrection | null {
  const [conversion, ...others] = held;
  if (!conversion || others.length > 0) return null;
  const { status: own } = conversion;
  if (statuses !== null && !statuses.includes(own)) {
    const [move] = statuses.flatMap((status) => MOVES[own][status] ?? []);
    return move === undefined ? null : { status: move, amountMicros: null };
  }
  const isOwnCurrency =
    conversion.original === undefined && (currencies === null || currencies.includes(conversion.currency));
  const isRestated = isOwnCurrency && amountMicros !== null && amountMicros !== conversion.amountMicros;
  return isRestated ? { status: null, amountMicros } : null;
}

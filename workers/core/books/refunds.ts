/** What was given back of a sale: each refund under the name that makes it count once, the total that the sender tells, and what remains. */
import { bookedMicros, type Exchange } from "../rates/exchange.ts";

/** One reversal. `micros` is null where it takes back the whole. */
export interface Refund {
  name: string;
  micros: number | null;
  receipt: string;
  /** The receipt of the message that undid it. */
  reinstatedBy?: string;
}

/** How much was given back so far, in the sender's own sum: the largest that was told, more than nothing, and the receipt that told it. */
export interface RefundedTotal {
  micros: number;
  receipt: string;
}

/** A sale, gross, with what was given back of it, in the currency that it is told in. */
export interface Refundable {
  amountMicros: number;
  /** In the order in which they were taken. */
  refunds: readonly Refund[];
  refundedTotal: RefundedTotal | null;
  /** Null where that is the offer's. */
  exchange: Exchange | null;
}

/** The name of the refund that `refund_id` names. */
export function nameOfRefundId(refundId: string): string {
  return JSON.stringify(["refund", refundId]);
}

/** The name of a refund that its message alone names. */
export function nameByReceipt(receipt: string): string {
  return JSON.stringify(["message", receipt]);
}

/** The `refund_id` that a refund has its name from; null where it has none. */
export function refundIdOf({ name }: Refund): string | null {
  const [kind, refundId]: unknown[] = JSON.parse(name);
  return kind === "refund" && typeof refundId === "string" ? refundId : null;
}

/** What was given back in parts, whatever the sale: the largest total, or the sum of the refunds that stand, whichever is more. A sum that 53 bits do not hold is more than any sale, however it was rounded. */
export function partsMicros({ refunds, refundedTotal }: Refundable): number {
  const sum = refunds.filter(stands).reduce((total, { micros }) => total + (micros ?? 0), 0);
  return Math.max(refundedTotal?.micros ?? 0, sum);
}

/** True when nothing of the sale is left: one refund took the whole, or all of them together did. */
export function isGivenBack(sale: Refundable): boolean {
  const standing = sale.refunds.filter(stands);
  if (standing.some(takesWhole)) return true;
  const isAny = standing.length > 0 || sale.refundedTotal !== null;
  return isAny && isWorthWhole(sale, partsMicros(sale));
}

/** True where so much is the whole sale, or leaves nothing of it that would be booked. */
export function isWorthWhole({ amountMicros, exchange }: Refundable, micros: number): boolean {
  return bookedMicros(amountMicros - micros, exchange) <= 0;
}

/** True where so much is more than was sold, by something that would be booked. */
export function isMoreThanSold({ amountMicros, exchange }: Refundable, micros: number): boolean {
  return bookedMicros(micros - amountMicros, exchange) > 0;
}

/** What remains of the sale after its refunds, in micros of its currency. */
export function remainingMicros(sale: Refundable): number {
  return isGivenBack(sale) ? 0 : sale.amountMicros - partsMicros(sale);
}

/**
 * The refund that a reinstatement is for: the one that `refundId` names; without it the last reversal of the whole that stands, else the last one that was undone
 * already. Undefined while there is none.
 */
export function refundToReinstate({ refunds }: Refundable, refundId: string | undefined): Refund | undefined {
  if (refundId !== undefined) {
    const name = nameOfRefundId(refundId);
    return refunds.find((refund) => refund.name === name);
  }
  const wholes = refunds.filter(takesWhole);
  return wholes.findLast(stands) ?? wholes.at(-1);
}

function stands({ reinstatedBy }: Refund): boolean {
  return reinstatedBy === undefined;
}

function takesWhole({ micros }: Refund): boolean {
  return micros === null;
}

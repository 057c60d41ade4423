/** A hold: an operator's word, or a rule's doubt, that stands between what a sender says of a conversion and what the books make of it. */
import type { ConversionStatus } from "../../../schema/messages.ts";
import type { HOLD_REASONS, HOLD_STATES } from "../../../schema/tables.ts";

export type HoldReason = (typeof HOLD_REASONS)[number];

/** While it is `held`, what the sender says waits; while it is `rejected_by_operator`, what the sender says is rejected. Only an operator ends either. */
export interface Hold {
  state: (typeof HOLD_STATES)[number];
  reason: HoldReason;
  /** The message that brought it. */
  receipt: string;
  /** How many of the sender's messages wait behind it. */
  waiting: number;
  /** Slug of the reason that an operator chose for a rejection; absent where none was. */
  chosen?: string;
}

/** What of a sale must not be larger than the offer's `max_amount`. */
export interface SaleSums {
  amountMicros: number;
  postedRevenueMicros: number;
}

export function isHeld({ hold }: { hold: Hold | null }): boolean {
  return hold?.state === "held";
}

/** True where an amount is above what is taken without an operator's look. Terms that are older than such a limit have none. */
export function isLarge({ amountMicros, postedRevenueMicros }: SaleSums, maxAmountMicros: number | undefined): boolean {
  return maxAmountMicros !== undefined && Math.max(amountMicros, postedRevenueMicros) > maxAmountMicros;
}

/** What of the set-up holds new conversions: the affiliate is in review, all of the event are looked at, or a sale is worth more than counts unseen. */
interface HoldRules {
  inReview: boolean;
  reviewsEvent: boolean;
  maxAmountMicros: number | undefined;
}

/** What a new conversion under these rules is held for; null where nothing holds it. Whether it is one of an affiliate's first, its advertiser's object counts. */
export function holdAtBirth({ inReview, reviewsEvent, maxAmountMicros }: HoldRules, sale: SaleSums): HoldReason | null {
  if (inReview) return "affiliate_review";
  if (reviewsEvent) return "event_review";
  return isLarge(sale, maxAmountMicros) ? "large_amount" : null;
}

/** The status as everybody is told it: approved means payable, and what is held is not. */
export function shownStatus(conversion: { status: ConversionStatus; hold: Hold | null }): ConversionStatus {
  return isHeld(conversion) && conversion.status === "approved" ? "pending" : conversion.status;
}

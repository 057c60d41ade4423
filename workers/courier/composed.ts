/** What is to be sent of a delivery, as it is composed; or why nothing is. */
import type { DeliveryReason } from "../core/courier/delivery-reasons.ts";
import type { ReceiversAnswer, Verdict } from "../core/courier/receivers-answer.ts";
import type { Outgoing } from "../core/courier/template.ts";

/** A request, and how its answer is read where the destination's rules do not say. */
export interface ComposedRequest {
  request: Outgoing;
  read?: (answer: ReceiversAnswer, nowMs: number) => Verdict;
  /** Opened secrets in the request: a receiver that repeats one in its answer does not have it shown. */
  secrets?: readonly string[];
  /** The same request with access fetched anew, for where the answer says that it ran out. */
  renew?: () => Promise<Composed>;
}

/**
 * What is to be sent of a delivery; why nothing is; why nothing will be, should its click never land that is waited for; until when the receiver does not know it; or what is to be
 * done where the receiver gives no access.
 */
export type Composed =
  | ComposedRequest
  | { skipped: DeliveryReason }
  | { waits: Extract<DeliveryReason, "no_external_id" | "click_never_landed"> }
  | { notBeforeMs: number }
  | { verdict: Verdict }
  | { refused: "private_address" | "secret_not_opened" };

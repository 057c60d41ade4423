/** What a receiver's answer means for a delivery. */
import type { DeliveryReason } from "./delivery-reasons.ts";

/** What counts as success there, besides 2xx. */
export interface AnswerRules {
  /** The body must contain it, whatever the case; null where the status alone tells. */
  bodyContains: string | null;
  /** An answer that points elsewhere is success, too. */
  accept3xx: boolean;
}

/** What came of one try. `unsent`: it certainly did not leave; `silence`: it may have, and no answer came. */
export type ReceiversAnswer =
  | { kind: "answered"; status: number; retryAfter: string | null; body: string }
  | { kind: "unsent" }
  | { kind: "silence"; timedOut: boolean };

/** What an answer means. `retry` waits by the schedule, at least `afterMs` where the receiver said so; `short` is tried for five hours only. */
export type Verdict =
  | { outcome: "sent" }
  | { outcome: "retry"; reason: DeliveryReason; afterMs: number | null; schedule: "full" | "short" }
  | { outcome: "in_doubt"; reason: DeliveryReason }
  | { outcome: "off"; reason: DeliveryReason };

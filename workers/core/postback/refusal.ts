/** A refusal at the door: why, and which of the sender's parameters it was. */
import type { RefusalReason } from "../reasons.ts";

/** `parameter` is named as the sender wrote it. */
export interface Refusal {
  reason: RefusalReason;
  parameter?: string;
}

export function refuseFor(reason: RefusalReason, parameter?: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: parameter === undefined ? { reason } : { reason, parameter } };
}

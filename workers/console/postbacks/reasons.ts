/** A reason in words: what the sender, or the operator, should change. */
import { OUTCOME_REASONS, REFUSALS } from "../../core/reasons.ts";

const MESSAGES = new Map(
  [...Object.entries(REFUSALS), ...Object.entries(OUTCOME_REASONS)].map(([reason, { message }]) => [reason, message]),
);

/** Null where there is no reason, or one that this version does not know. */
export function adviceOn(reason: string | null): string | null {
  return reason === null ? null : (MESSAGES.get(reason) ?? null);
}

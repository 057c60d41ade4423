/** Reasons: their names, and each in words, which say what the sender, or the operator, should change. */
import { NOTES, OUTCOME_REASONS, RECEIPT_REASONS, REFUSALS } from "../../core/reasons.ts";

const MESSAGES = new Map(
  [REFUSALS, NOTES, OUTCOME_REASONS, RECEIPT_REASONS]
    .flatMap(Object.entries)
    .map(([reason, { message }]) => [reason, message]),
);

/** Null where there is no reason, or one that this version does not know. */
export function adviceOn(reason: string | null): string | null {
  return reason === null ? null : (MESSAGES.get(reason) ?? null);
}

/** The names of all reasons, for those who look for one. */
export function reasonNames(): string[] {
  return [...Object.keys(OUTCOME_REASONS), ...Object.keys(REFUSALS)];
}

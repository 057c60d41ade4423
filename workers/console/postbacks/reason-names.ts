/** The names of all reasons, for those who look for one. */
import { OUTCOME_REASONS, REFUSALS } from "../../core/reasons.ts";

export function reasonNames(): string[] {
  return [...Object.keys(OUTCOME_REASONS), ...Object.keys(REFUSALS)];
}

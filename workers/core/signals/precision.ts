/** How often a signal was right: of the rows that it named and that were decided afterwards, those that were decided as it said. */
import type { SignalState } from "./signal.ts";

/** A signal that is right less often than this, over so many decisions, holds nothing. */
export const LEAST_PRECISION = 0.3;
export const LEAST_DECISIONS = 20;

export interface Precision {
  right: number;
  wrong: number;
}

/** Null before anything was decided. */
export function precisionOf({ right, wrong }: Precision): number | null {
  return right + wrong === 0 ? null : right / (right + wrong);
}

/** True where it was wrong too often to hold anything. */
export function isMistrusted(precision: Precision): boolean {
  const { right, wrong } = precision;
  return right + wrong >= LEAST_DECISIONS && (precisionOf(precision) ?? 1) < LEAST_PRECISION;
}

/** What it does, whatever is set: one that is mistrusted, and one that holding is of no use for, only shows. */
export function effectiveState(set: SignalState, mayHold: boolean, precision: Precision): SignalState {
  return set === "hold" && (!mayHold || isMistrusted(precision)) ? "show" : set;
}

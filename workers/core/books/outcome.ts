/** What became of a message, and what else its decision changes. */
import type { OutcomeReason } from "../reasons.ts";
import type { Command } from "./command.ts";
import type { Conversion } from "./conversion.ts";

export type OutcomeStatus = "attributed" | "updated" | "duplicate" | "parked" | "unattributed" | "rejected";

export interface Outcome {
  status: OutcomeStatus;
  reason: OutcomeReason | null;
  /** The receipt that this one repeats. */
  duplicateOf: string | null;
  conversion: string | null;
}

/** A message that is decided. */
export interface DecidedMessage {
  command: Command;
  outcome: Outcome;
}

/** What a decision changes: messages with their (new) outcomes and conversions in their new state. */
export interface Change {
  messages: DecidedMessage[];
  conversions: Conversion[];
}

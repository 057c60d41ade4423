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

/** One more attempt of a message, besides the one that its outcome is of. `became` is null where the message had taken a key before, so that this was a repeat. */
export interface Attempt {
  command: Command;
  became: Pick<Outcome, "status" | "reason"> | null;
}

/** A message that is decided. */
export interface DecidedMessage {
  /** Of the attempt that the outcome is of. */
  command: Command;
  outcome: Outcome;
  /** The others, in the order of receipt; absent where there are none. In a change that says none, they stay as they are. */
  attempts?: readonly Attempt[];
}

/** What a decision changes: messages with their (new) outcomes and conversions in their new state. */
export interface Change {
  messages: DecidedMessage[];
  conversions: Conversion[];
}

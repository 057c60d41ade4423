/** What a decision of an operator would change of a conversion, and why it would not, as one looks at it before many are decided at once. */
import type { BulkDecision, HOLD_STATES } from "../../../schema/tables.ts";

/** Why conversions are passed over, in words behind "they". */
export const PASSED_OVER = {
  imported: "were booked by another tracker: they are closed",
  on_statement: "stand on a final statement: decided one by one, what they owe goes into the next",
  reversed: "were given back whole",
  approved_already: "are approved already",
  rejected_already: "are rejected already",
  held_already: "are held already",
  not_held: "are not held",
} as const;
export type PassedOver = keyof typeof PASSED_OVER;

/** A conversion as far as that hangs on it. */
export interface Decidable {
  status: "pending" | "approved" | "rejected" | "reversed";
  hold: "" | (typeof HOLD_STATES)[number];
  imported: boolean;
  /** A final statement lists it, of its affiliate or of its advertiser. */
  isListed: boolean;
}

/** Why this decision would be passed over; null where it changes something. */
export function whyPassedOver(one: Decidable, decision: BulkDecision): PassedOver | null {
  const { status, hold, imported, isListed } = one;
  if (imported) return "imported";
  if (decision === "release") return hold === "" ? "not_held" : null;
  if (decision === "approve") {
    if (status === "reversed") return "reversed";
    return hold === "" && status === "approved" ? "approved_already" : null;
  }
  if (decision === "hold" && hold === "held") return "held_already";
  if (decision === "reject") {
    if (status === "reversed") return "reversed";
    if (hold === "rejected_by_operator" || (hold === "" && status === "rejected")) return "rejected_already";
  }
  return isListed ? "on_statement" : null;
}

/** What the decisions after a row was named say of the signal that named it. */
import type { ConversionStatus } from "../../../schema/messages.ts";
import type { EntryKind } from "../books/conversion.ts";

/** Entries that are decisions: an approval, a rejection, a release of what was held, or that all of it was given back. */
const DECISIONS: readonly EntryKind[] = ["approval", "rejection", "release", "reversal"];

interface SinceNamed {
  status: ConversionStatus;
  isHeld: boolean;
  /** Kinds of the entries since it was named. */
  kindsSince: readonly string[];
}

/** `right` where it was decided as the signal suspected; null while nothing is decided. What was given back in part is approved still. */
export function verdictOf(
  { status, isHeld, kindsSince }: SinceNamed,
  confirmedBy: "rejected" | "approved",
): "right" | "wrong" | null {
  const decision = kindsSince.findLast((kind) => DECISIONS.some((one) => one === kind));
  if (isHeld || decision === undefined || status === "pending") return null;
  // Part of it was given back: nobody said anything of whether it counts.
  if (decision === "reversal" && status === "approved") return null;
  const isApproved = status === "approved";
  return isApproved === (confirmedBy === "approved") ? "right" : "wrong";
}

/** What an entry of the books is to a platform that counts a conversion once: a sale, a change of it, its taking back, or nothing. */
import type { ConversionStatus } from "../../../schema/messages.ts";
import type { DeliveryReason } from "../courier/delivery-reasons.ts";
import { accept, type Result, refuse } from "../result.ts";
import type { PlatformFacts } from "./platform-facts.ts";
import type { CountsFrom } from "./platform-target.ts";

/** `less` and `more` change what the sale is worth, `gone` takes it back whole. */
export type PlatformMove = "sale" | "less" | "more" | "gone";

/** What of the facts it depends on, and by how much the entry changed what is told, in micros. */
export type MovedFacts = Pick<PlatformFacts, "kind" | "fromStatus" | "status" | "isHeld" | "sale"> & {
  changeMicros: number;
};

/**
 * The move, or why there is none. Nothing is a sale twice: what was told and taken back is not told again, and where the history is not known, what was reversed counts as told.
 */
export function moveOf(facts: MovedFacts, from: CountsFrom): Result<PlatformMove, DeliveryReason> {
  const { status, fromStatus, isHeld, sale, kind } = facts;
  const didCount = fromStatus !== null && counts(fromStatus, from) && kind !== "release";
  if (counts(status, from) && !isHeld) {
    if (sale === "told") return didCount || kind === "release" ? changeOf(facts) : refuse("told_before");
    // What was approved before the destination was made is no sale of the day on which a part of it is given back.
    if (sale === "not_told") return didCount && fromStatus === status ? refuse("sale_not_told") : accept("sale");
    if (didCount) return changeOf(facts);
    return fromStatus === "reversed" ? refuse("told_before") : accept("sale");
  }
  if (status === "pending" || status === "approved") return refuse("awaits_approval");
  if (sale === "not_told") return refuse("sale_not_told");
  // A hold shows as pending: what was told before it is taken back behind it, too.
  const isThere = sale === "told" ? fromStatus !== "rejected" && fromStatus !== "reversed" : didCount;
  return isThere ? accept("gone") : refuse("nothing_new_there");
}

function counts(status: ConversionStatus, from: CountsFrom): boolean {
  return status === "approved" || (status === "pending" && from === "pending");
}

function changeOf({ changeMicros }: MovedFacts): Result<PlatformMove, DeliveryReason> {
  if (changeMicros === 0) return refuse("nothing_new_there");
  return accept(changeMicros < 0 ? "less" : "more");
}

/** What the pixel may leave in an advertiser's books: so much of each UTC day, for so many days. Anyone can call it, and an object ends at 10 GB. */
import { CLAIMS_HEARD_MS } from "../retention.ts";
import { DAY_MS } from "../time-units.ts";
import type { Command } from "./command.ts";
import { comparePositions, type Position } from "./order-of-receipt.ts";

/** Bytes as `pixelBytes` counts them. */
export interface PixelLimits {
  bytesOfDay: number;
  days: number;
}

/**
 * Together some 3.2 GB: what lies in the object is less than what is counted. A day's are some 6,000 claims as a shop's page makes them, or 1,000 of a stranger
 * who fills them. A day is forgotten so long after it is heard no more that no message which was received when it was heard is still on its way.
 */
export const PIXEL_LIMITS: PixelLimits = { bytesOfDay: 8_000_000, days: CLAIMS_HEARD_MS / DAY_MS + 34 };

/** Row, indexes, places and pages that are not full. No message counts for less. */
export const LEAST_PIXEL_BYTES = 1_000;
/** An order's number lies in the row, two of its indexes, and twice where the places are. */
const TXID_COPIES = 5;

/** The UTC day of a time, as a number. */
export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** What a message by the pixel counts for: no less than what the object grows by. */
export function pixelBytes({ content, txid }: Command): number {
  return LEAST_PIXEL_BYTES + utf8(JSON.stringify(content)) + TXID_COPIES * utf8(JSON.stringify(txid ?? ""));
}

function utf8(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What an object knows of the pixel when it decides: the first day that it still takes, the last message that it looked at to forget it, and what it took, by day. */
export interface PixelDays {
  firstDay: number;
  forgottenTo: Position | null;
  bytes: ReadonlyMap<number, number>;
}

/**
 * Why a message by the pixel that is new is not taken; null where it is. What is full stays full, and what is too late stays too late: so who was refused is refused
 * whenever it comes again, and who was taken and forgotten is not taken anew.
 */
export function refusePixel(
  command: Command,
  { firstDay, forgottenTo, bytes }: PixelDays,
  { bytesOfDay }: PixelLimits,
): "pixel_too_late" | "pixel_day_full" | null {
  const day = dayOf(command.receivedAtMs);
  if (day < firstDay || (forgottenTo !== null && comparePositions(command, forgottenTo) <= 0)) return "pixel_too_late";
  return (bytes.get(day) ?? 0) >= bytesOfDay ? "pixel_day_full" : null;
}

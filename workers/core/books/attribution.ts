/** Attribution: whether a first conversion happened in its window after the click. */
import type { PostbackContent } from "../../../schema/messages.ts";
import type { OutcomeReason } from "../reasons.ts";
import { DAY_MS } from "../time-units.ts";

const SAME_MOMENT_MS = 1_000;
/** Senders' clocks are allowed to be this much ahead of ours. */
export const CLOCK_TOLERANCE_MS = 300_000;

/** Judges `occurred_at` (default: received) against the click. Null when it fits. Edges belong to the window. */
export function judgeTiming(
  message: { receivedAtMs: number; content: PostbackContent },
  click: { issuedAtMs: number },
  offer: { windowDays: number; minSeconds: number },
  event: { windowDays: number | null },
): OutcomeReason | null {
  const occurredAtMs = message.content.occurredAtMs ?? message.receivedAtMs;
  const agoMs = occurredAtMs - click.issuedAtMs;
  if (occurredAtMs > message.receivedAtMs + CLOCK_TOLERANCE_MS) return "occurred_in_future";
  // Senders give whole seconds, and our own machines' clocks differ a little: a click of the same second is not after its conversion.
  if (agoMs < -SAME_MOMENT_MS) return "before_click";
  if (Math.max(agoMs, 0) < offer.minSeconds * 1_000) return "too_soon";
  if (agoMs > (event.windowDays ?? offer.windowDays) * DAY_MS) return "click_expired";
  return null;
}

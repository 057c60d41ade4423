/** A postback can arrive before its click's log row: then it goes back to the queue for some seconds, since sub-ids belong on the conversion. */
import type { PostbackMessage } from "../../schema/messages.ts";

/** How long each wait is. Together a minute; after them the postback is settled without its click's row, and a cron fills it in. */
const WAITS_S = [2, 3, 5, 10, 20, 20];
/** A click older than this should have landed long ago: its postback does not wait. */
const FRESH_MS = 60_000;

/** Seconds to wait for the log row of a click issued at `clickedAtMs`, or null when waiting is over or pointless. */
export function waitForClick(message: PostbackMessage, clickedAtMs: number, nowMs: number): number | null {
  if (nowMs - clickedAtMs > FRESH_MS) return null;
  return WAITS_S[message.waits ?? 0] ?? null;
}

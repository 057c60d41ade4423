/** Giving messages to the ledger: the queue has them on disk, or the caller is told to try again. */
import { withinTime } from "../../core/time-limit.ts";

/** A send can hang; nobody waits longer than this. What was sent after all has one effect, since its receipt is the same. */
const SEND_MS = 10_000;

/** True once `queue` has all of `messages`, which are at most one pack. */
export async function isQueued<Body>(
  queue: Pick<Queue<Body>, "sendBatch">,
  messages: readonly Body[],
): Promise<boolean> {
  try {
    await withinTime(queue.sendBatch(messages.map((body) => ({ body }))), SEND_MS, globalThis);
    return true;
  } catch (error) {
    console.error({ event: "queue_failed", messages: messages.length, error: String(error) });
    return false;
  }
}

/** Giving messages to the ledger: the queue has them on disk, or the caller is told to try again. */
import { sendPatiently } from "../../core/queue-send.ts";

/** A send can hang; nobody waits longer than this. What was sent after all has one effect, since its receipt is the same. */
const PATIENCE = { tries: 1, limitMs: 10_000, clock: globalThis };

/** True once `queue` has all of `messages`, which are at most one pack. */
export async function trySend<Body>(
  queue: Pick<Queue<Body>, "sendBatch">,
  messages: readonly Body[],
): Promise<boolean> {
  try {
    await sendPatiently(() => queue.sendBatch(messages.map((body) => ({ body }))), PATIENCE);
    return true;
  } catch (error) {
    console.error({ event: "queue_failed", messages: messages.length, error: String(error) });
    return false;
  }
}

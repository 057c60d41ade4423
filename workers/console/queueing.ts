/** Giving messages to the ledger: the queue has them on disk, or the caller is told to try again. */

/** A send can hang; nobody waits longer than this. What was sent after all has one effect, since its receipt is the same. */
const SEND_MS = 10_000;

/** True once `queue` has all of `messages`, which are at most one pack. */
export async function isQueued<Body>(
  queue: Pick<Queue<Body>, "sendBatch">,
  messages: readonly Body[],
): Promise<boolean> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the queue did not answer in ${SEND_MS} ms`)), SEND_MS);
  try {
    await Promise.race([queue.sendBatch(messages.map((body) => ({ body }))), late]);
    return true;
  } catch (error) {
    console.error({ event: "queue_failed", messages: messages.length, error: String(error) });
    return false;
  } finally {
    clearTimeout(timer);
  }
}

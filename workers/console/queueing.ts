/** Giving messages to the ledger: the queue has them on disk, or the caller is told to try again. */

/** A send can hang; nobody waits longer than this. What was sent after all has one effect, since its receipt is the same. */
const SEND_MS = 10_000;
/** The queue takes a hundred messages or 256 KB at once. */
const MAX_MESSAGES = 100;
const MAX_BYTES = 200_000;
/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

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

/** Messages, or what holds them, in packs that the queue takes at once, in their order. Where `isApart` says so of two neighbours, a new pack begins. */
export function packMessages<Message>(
  messages: readonly Message[],
  isApart: (left: Message, right: Message) => boolean,
): Message[][] {
  const packs: Message[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = JSON.stringify(message).length * BYTES_PER_UNIT;
    const pack = packs.at(-1);
    const before = pack?.at(-1);
    if (pack && before && pack.length < MAX_MESSAGES && bytes + size <= MAX_BYTES && !isApart(before, message)) {
      pack.push(message);
      bytes += size;
    } else {
      packs.push([message]);
      bytes = size;
    }
  }
  return packs;
}

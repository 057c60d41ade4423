/** Messages for a queue, in packs that it takes at once (https://developers.cloudflare.com/queues/platform/limits/: a hundred messages, 256 KB). */

const MAX_MESSAGES = 100;
const MAX_BYTES = 200_000;
/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

/** Messages, or what holds them, in packs, in their order. Where `isApart` says so of two neighbours, a new pack begins. */
export function packMessages<Message>(
  messages: readonly Message[],
  isApart: (left: Message, right: Message) => boolean = () => false,
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

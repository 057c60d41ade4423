/** The one write that a postback needs: into the queue, with an end to waiting and one more try. */
import { withinTime } from "./time-limit.ts";

const SEND_MS = 3_000;
const TRIES = 2;

/** True once the queue has it on disk. A try that timed out may still arrive: then the message comes twice under one receipt, which the ledger knows. */
export async function isQueued(send: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      await withinTime(send(), SEND_MS);
      return true;
    } catch (error) {
      console.error({ event: "queue_failed", tries, error: String(error) });
    }
  }
  return false;
}

/** The queue takes a hundred messages or 256 KB at once. */
const MAX_MESSAGES = 100;
const MAX_BYTES = 200_000;
/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

/** Messages in packs that the queue takes at once, in their order. */
export function packMessages<Message>(messages: readonly Message[]): Message[][] {
  const packs: Message[][] = [];
  let pack: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = JSON.stringify(message).length * BYTES_PER_UNIT;
    if (pack.length === MAX_MESSAGES || bytes + size > MAX_BYTES) {
      packs.push(pack);
      pack = [];
      bytes = 0;
    }
    pack.push(message);
    bytes += size;
  }
  return pack.length > 0 ? [...packs, pack] : packs;
}

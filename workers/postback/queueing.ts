/** The one write that a postback needs: into the queue, with an end to waiting and one more try. */
import { withinTime } from "../core/time-limit.ts";

const SEND_MS = 3_000;
const TRIES = 2;

/** True once the queue has it on disk. A try that timed out may still arrive: then the message comes twice under one receipt, which the ledger knows. */
export async function isQueued(send: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      await withinTime(send(), SEND_MS, globalThis);
      return true;
    } catch (error) {
      console.error({ event: "queue_failed", tries, error: String(error) });
    }
  }
  return false;
}

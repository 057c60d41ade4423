/** The one write that a postback needs: into the queue, with an end to waiting and one more try. */
import { sendPatiently } from "../core/queue-send.ts";

const PATIENCE = {
  tries: 2,
  limitMs: 3_000,
  clock: globalThis,
  onFailure: (error: unknown, tries: number) => console.error({ event: "queue_failed", tries, error: String(error) }),
};

/** True once the queue has it on disk. A try that timed out may still arrive: then the message comes twice under one receipt, which the ledger knows. */
export async function trySend(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await sendPatiently(send, PATIENCE);
    return true;
  } catch {
    return false;
  }
}

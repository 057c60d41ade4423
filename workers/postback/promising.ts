/** Adds to the answer, where the advertiser wants it, a signed promise that the message is entered. */
import { hashRequest, promiseOf, writePromise } from "../core/signed-log/promise.ts";
import { openProofKeys } from "../core/signed-log/proof-keys.ts";
import { signNote } from "../core/signed-log/signed-note.ts";
import type { DoorAnswer } from "./answers.ts";
import type { Reception } from "./reception.ts";

/** A request as it came. */
export interface SentRequest {
  method: string;
  target: string;
  body: Uint8Array;
}

/** Only what was accepted is promised; and who is accepted stays so, whatever becomes of the signature. */
export async function withPromise(
  { sender, nowMs, env }: Reception,
  said: DoorAnswer,
  { method, target, body }: SentRequest,
): Promise<DoorAnswer> {
  if (sender.promisedAs === null || said.status !== "accepted" || said.returnText !== undefined) return said;
  try {
    const hash = hashRequest(method, target, body);
    const promise = promiseOf({ receipt: said.receipt, advertiser: sender.promisedAs, hash, atMs: nowMs });
    return { ...said, promise: await signNote(writePromise(promise), (await openProofKeys(env.PROOF_KEYS)).promises) };
  } catch (error) {
    console.error({ event: "promise_not_signed", advertiser: sender.advertiser, error: String(error) });
    return said;
  }
}

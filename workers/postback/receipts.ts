/** Gives receipts: under the message's own name when its sender named it, under a random one otherwise. */
import type { RefusalReason } from "../core/reasons.ts";
import { nameOfMessage, RECEIPT_NAME_BYTES, writeReceipt } from "../core/receipt.ts";
import type { Outcome } from "./answers.ts";
import type { Keys } from "./keys.ts";

/** Receipts of requests that reached no advertiser. */
const NO_ADVERTISER = 0;

export function nameReceipt(keys: Keys, advertiser: number, name: readonly string[]): string {
  return writeReceipt(keys.receipts, advertiser, nameOfMessage(keys.receipts, advertiser, name));
}

export function randomReceipt(keys: Keys, advertiser: number): string {
  return writeReceipt(keys.receipts, advertiser, randomName());
}

export function refuseStranger(keys: Keys, reason: RefusalReason): Outcome {
  return { status: "refused", refusal: { reason }, receipt: randomReceipt(keys, NO_ADVERTISER) };
}

/** Randomness for so many names is asked for at once: asking for each costs more than making its receipt. */
const NAMES_AT_ONCE = 256;
const randomness = new Uint8Array(NAMES_AT_ONCE * RECEIPT_NAME_BYTES);
let used = randomness.length;

/** Good until the next call. */
function randomName(): Uint8Array {
  if (used === randomness.length) {
    crypto.getRandomValues(randomness);
    used = 0;
  }
  used += RECEIPT_NAME_BYTES;
  return randomness.subarray(used - RECEIPT_NAME_BYTES, used);
}

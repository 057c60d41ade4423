/** Gives receipts: under the message's own name when its sender named it, under a random one otherwise. */
import type { HmacKey } from "../core/hmac-sha256.ts";
import { NO_ADVERTISER } from "../core/postback/sender.ts";
import type { RefusalReason } from "../core/reasons.ts";
import { nameOfMessage, nameOfRefused, RECEIPT_NAME_BYTES, writeReceipt } from "../core/receipt.ts";
import type { DoorAnswer } from "./answers.ts";

export function nameReceipt(key: HmacKey, advertiser: number, name: readonly string[]): string {
  return writeReceipt(key, advertiser, nameOfMessage(key, advertiser, name));
}

export function randomReceipt(key: HmacKey, advertiser: number): string {
  return writeReceipt(key, advertiser, randomName());
}

/** Of a refused request: it is known as refused, whether or not anything of it is kept. */
export function refusedReceipt(key: HmacKey, advertiser: number): string {
  return writeReceipt(key, advertiser, nameOfRefused(key, advertiser, randomName()));
}

/** Refuses what reached no advertiser. */
export function refuseStranger(key: HmacKey, reason: RefusalReason): DoorAnswer {
  return { status: "refused", refusal: { reason }, receipt: refusedReceipt(key, NO_ADVERTISER) };
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

/** Gives receipts: under the message's own name when its sender named it, under a random one otherwise. */
import type { RefusalReason } from "../core/reasons.ts";
import { nameOfMessage, RECEIPT_NAME_BYTES, writeReceipt } from "../core/receipt.ts";
import type { Outcome } from "./answers.ts";
import type { Keys } from "./keys.ts";

/** Receipts of requests that reached no advertiser. */
const NO_ADVERTISER = 0;

export async function nameReceipt(keys: Keys, advertiser: number, name: readonly string[]): Promise<string> {
  return writeReceipt(keys.receipts, advertiser, await nameOfMessage(keys.receipts, advertiser, name));
}

export function randomReceipt(keys: Keys, advertiser: number): Promise<string> {
  return writeReceipt(keys.receipts, advertiser, crypto.getRandomValues(new Uint8Array(RECEIPT_NAME_BYTES)));
}

export async function refuseStranger(keys: Keys, reason: RefusalReason): Promise<Outcome> {
  return { status: "refused", refusal: { reason }, receipt: await randomReceipt(keys, NO_ADVERTISER) };
}

/**
 * The receipt: a message's own key, known as ours, and as its advertiser's, without a look-up.
 *
 *     bits   field
 *        2   zero
 *       88   name: random, or an HMAC over the advertiser and the whole message when the sender named it
 *       40   tag: HMAC-SHA256 over advertiser number and name, cut to 40
 *
 * 26 characters of Crockford base32, 130 bits.
 */
import { encodeBase32 } from "./base32.ts";
import { equalText } from "./equal.ts";
import { type HmacKey, hmac } from "./hmac-sha256.ts";
import { passingBytes } from "./passing-bytes.ts";

export const RECEIPT_LENGTH = 26;
const NAME_BYTES = 11;
const TAG_LENGTH = 8;
const SHAPE = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Bytes of randomness that a random name takes. */
export const RECEIPT_NAME_BYTES = NAME_BYTES;

/** A receipt of `advertiser` (number) under `name` (at least 11 bytes; the first 88 bits count). */
export function writeReceipt(key: HmacKey, advertiser: number, name: Uint8Array): string {
  // Two zero bits, 88 bits of name: 90 bits are 18 characters.
  const padded = new Uint8Array(NAME_BYTES + 1);
  for (let index = 0; index <= NAME_BYTES; index++) padded[index] = shiftedByte(name, index);
  const head = encodeBase32(padded, RECEIPT_LENGTH - TAG_LENGTH);
  return head + tag(key, advertiser, head);
}

/** True when `text` is a receipt that we gave to `advertiser`, under any of `keys`. */
export function isReceiptOf(keys: Iterable<HmacKey>, advertiser: number, text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const head = text.slice(0, RECEIPT_LENGTH - TAG_LENGTH);
  for (const key of keys) if (equalText(tag(key, advertiser, head), text.slice(-TAG_LENGTH))) return true;
  return false;
}

/** The name of a message that its sender named: HMAC-SHA256 over the advertiser and the message, as the parts that identify it. */
export function nameOfMessage(key: HmacKey, advertiser: number, parts: readonly string[]): Uint8Array {
  return hmac(key, passingBytes(JSON.stringify(["message", advertiser, ...parts]))).slice();
}

/** Byte `index` of the name moved right by two bits. The last byte keeps its upper two bits only: 2 + 88 = 90. */
function shiftedByte(name: Uint8Array, index: number): number {
  const before = index === 0 ? 0 : (name[index - 1] ?? 0);
  const own = index < NAME_BYTES ? (name[index] ?? 0) : 0;
  return ((before << 6) | (own >> 2)) & 255;
}

function tag(key: HmacKey, advertiser: number, head: string): string {
  // As JSON would write the list of these three: nothing in them needs to be escaped.
  return encodeBase32(hmac(key, passingBytes(`["receipt",${advertiser},"${head}"]`)), TAG_LENGTH);
}

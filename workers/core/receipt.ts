/**
 * The receipt: a message's own key, known as ours, and as its advertiser's, without a look-up.
 *
 *     bits   field
 *        2   zero
 *       88   name: random; or an HMAC over the advertiser and the whole message when the sender named it; or, of a refused request,
 *            56 random bits and an HMAC over advertiser and these, cut to 32: so that it is known as refused where nothing of it is kept
 *       40   tag: HMAC-SHA256 over advertiser number and name, cut to 40
 *
 * 26 characters of Crockford base32, 130 bits.
 */
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { equalText } from "./equal.ts";
import { type HmacKey, hmac } from "./hmac-sha256.ts";
import { passingBytes } from "./passing-bytes.ts";

export const RECEIPT_LENGTH = 26;
const NAME_BYTES = 11;
const TAG_LENGTH = 8;
/** Of a refused request's name: 56 bits, which are 12 characters. */
const REFUSED_RANDOM_BYTES = 7;
const REFUSED_RANDOM_LENGTH = 12;
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

/** The name of a refused request, out of `random` (at least 7 bytes; the first 56 bits count). */
export function nameOfRefused(key: HmacKey, advertiser: number, random: Uint8Array): Uint8Array {
  const name = new Uint8Array(NAME_BYTES);
  name.set(random.subarray(0, REFUSED_RANDOM_BYTES));
  name.set(refusedMark(key, advertiser, name), REFUSED_RANDOM_BYTES);
  return name;
}

/** True when `receipt`, which is one that we gave to `advertiser`, is that of a refused request. One of another is taken for such once in 2^32. */
export function isOfRefused(keys: Iterable<HmacKey>, advertiser: number, receipt: string): boolean {
  const padded = decodeBase32(receipt.slice(0, RECEIPT_LENGTH - TAG_LENGTH));
  if (!padded) return false;
  const name = Uint8Array.from({ length: NAME_BYTES }, (_, index) => unshiftedByte(padded, index));
  for (const key of keys) {
    const mark = refusedMark(key, advertiser, name);
    if (mark.every((byte, index) => byte === name[REFUSED_RANDOM_BYTES + index])) return true;
  }
  return false;
}

/** Good until the next HMAC. */
function refusedMark(key: HmacKey, advertiser: number, name: Uint8Array): Uint8Array {
  const random = encodeBase32(name.subarray(0, REFUSED_RANDOM_BYTES), REFUSED_RANDOM_LENGTH);
  const mark = hmac(key, passingBytes(`["refused",${advertiser},"${random}"]`));
  return mark.subarray(0, NAME_BYTES - REFUSED_RANDOM_BYTES);
}

/** Byte `index` of a name that was moved right by two bits. */
function unshiftedByte(padded: Uint8Array, index: number): number {
  return (((padded[index] ?? 0) << 2) | ((padded[index + 1] ?? 0) >> 6)) & 255;
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

/**
 * The conversion ID: 26 characters that begin with the time of receipt, so that the primary key is the time index.
 * 50 bits of Unix milliseconds (10 characters), then 16 characters of the receipt that made it. No randomness: a redelivery makes the same ID.
 */
import { ALPHABET, decodeBase32, encodeBase32 } from "../base32.ts";
import { must } from "../must.ts";

const TIME_LENGTH = 10;
/** The ID's last two characters: ten bits that count up where one receipt makes several conversions. */
const COUNTED_LENGTH = 2;

/** The ID of the conversion that `receipt`, received then, made; of those that it made besides, by `ordinal` (from 1, below 1,024). */
export function conversionId(receivedAtMs: number, receipt: string, ordinal = 0): string {
  const id = timePrefix(receivedAtMs) + receipt.slice(1, 17);
  const counted = must(decodeBase32(id.slice(-COUNTED_LENGTH)), "a number in receipt", receipt);
  return id.slice(0, -COUNTED_LENGTH) + countedUp(counted, ordinal);
}

/** The two characters of a number of ten bits, plus `by`. */
function countedUp([high = 0, low = 0]: Uint8Array, by: number): string {
  const bits = ((((high << 8) | low) >> 6) + by) << 6;
  return encodeBase32(new Uint8Array([bits >> 8, bits]), COUNTED_LENGTH);
}

/** The ten characters that every conversion received at this millisecond begins with: bounds for ranges of the primary key. */
export function timePrefix(atMs: number): string {
  const bytes = new Uint8Array(7);
  const view = new DataView(bytes.buffer);
  // 50 bits, moved left by six to fill seven bytes.
  view.setUint32(0, Math.floor(atMs / 2 ** 18));
  view.setUint16(4, Math.floor(atMs / 4) & 0xffff);
  view.setUint8(6, (atMs % 4) << 6);
  return encodeBase32(bytes, TIME_LENGTH);
}

/** The time that an ID, or what a range of IDs begins with, says, in Unix milliseconds: what `timePrefix` writes. */
export function timeInId(id: string): number {
  let atMs = 0;
  for (const character of id.slice(0, TIME_LENGTH).padEnd(TIME_LENGTH, "0"))
    atMs = atMs * 32 + ALPHABET.indexOf(character);
  return atMs;
}

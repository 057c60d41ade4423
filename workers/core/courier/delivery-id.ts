/**
 * The delivery ID: what one destination is told of one entry, under one name however often it is sent.
 *
 *     bits   field
 *       50   when the entry's message was received, Unix milliseconds    → IDs sort by time
 *       80   HMAC-SHA256 over destination, conversion, sequence and replay, cut to 80
 *
 * 26 characters of Crockford base32, 130 bits, as a conversion ID: without punctuation, so that it is a `webhook-id`, and a ULID, by which some receivers drop repeats. No randomness: whoever makes it again makes the same.
 */
import { encodeBase32 } from "../base32.ts";
import { timePrefix } from "../books/conversion-id.ts";
import { type HmacKey, hmac } from "../hmac-sha256.ts";
import { passingBytes } from "../passing-bytes.ts";

export const DELIVERY_ID_LENGTH = 26;
const NAME_LENGTH = 16;

/** What a delivery is of: `replay` counts how often an operator had it told anew, from 0. */
export interface DeliveryName {
  destination: number;
  conversionId: string;
  seq: number;
  receivedAtMs: number;
  replay: number;
}

export function deliveryId(
  key: HmacKey,
  { destination, conversionId, seq, receivedAtMs, replay }: DeliveryName,
): string {
  const mac = hmac(key, passingBytes(`["delivery",${destination},"${conversionId}",${seq},${replay}]`));
  return timePrefix(receivedAtMs) + encodeBase32(mac, NAME_LENGTH);
}

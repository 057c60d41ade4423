/**
 * What is kept of the address that a postback came from: 80 bits of an HMAC over advertiser and address, in base32. The same address has the same hash in one
 * advertiser's log, so that its rows can be compared; without the key nobody can try addresses out, and no two advertisers' logs can be held together.
 */
import { encodeBase32 } from "../base32.ts";
import { type HmacKey, hmac, importHmacKey } from "../hmac-sha256.ts";
import { derive, type KeyRing } from "../key-ring.ts";

const HASH_LENGTH = 16;

/** The key, derived from the master key of the lowest number, so that it stays when a new one begins to sign. */
export async function deriveAddressKey(ring: KeyRing): Promise<HmacKey> {
  const bytes = await derive(ring, Math.min(...ring.hkdf.keys()), "senders' addresses");
  if (!bytes) throw new Error("the key ring is empty");
  return importHmacKey(bytes);
}

/** The hash of an address as the platform names it. */
export function hashSenderAddress(key: HmacKey, advertiser: number, address: string): string {
  return encodeBase32(hmac(key, new TextEncoder().encode(`${advertiser} ${address}`)), HASH_LENGTH);
}

/** An advertiser's secrets, derived from the master keys and never stored: static token, signing secret, and the key its receipts are sealed with. */
import { encodeBase32 } from "./base32.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { type HmacKey, importHmacKey } from "./hmac-sha256.ts";
import { derive, type KeyRing } from "./key-ring.ts";

const TOKEN_LENGTH = 32;

/** The static token of one version of an advertiser's credentials: `cbt_` and 160 bits in base32. Null when the master key is not in the ring. */
export async function deriveToken(
  ring: KeyRing,
  advertiser: number,
  version: number,
  key: number,
): Promise<string | null> {
  const bytes = await derive(ring, key, `token/${advertiser}/${version}`);
  return bytes && `cbt_${encodeBase32(bytes, TOKEN_LENGTH)}`;
}

/** The signing secret of one version in the form of Standard Webhooks: `whsec_` and the base64 of 32 bytes. */
export async function deriveSigningSecret(
  ring: KeyRing,
  advertiser: number,
  version: number,
  key: number,
): Promise<string | null> {
  const bytes = await derive(ring, key, `signing/${advertiser}/${version}`);
  return bytes && `whsec_${encodeBase64(bytes)}`;
}

/**
 * The HMAC keys that receipts are sealed with, one per master key, the lowest number first: that one names and seals, the others only verify.
 * It is not the signing key, so that a named message keeps its receipt when a new master key begins to sign.
 */
export async function deriveReceiptKeys(ring: KeyRing): Promise<[HmacKey, ...HmacKey[]]> {
  const keys: HmacKey[] = [];
  for (const number of [...ring.hkdf.keys()].sort((left, right) => left - right)) {
    const bytes = await derive(ring, number, "receipts");
    if (bytes) keys.push(importHmacKey(bytes));
  }
  const [first, ...others] = keys;
  if (!first) throw new Error("the key ring is empty");
  return [first, ...others];
}

/** The key that `whsec_…` stands for: its base64 part, decoded. Null when it is no such secret, or an empty one. */
export function readSigningSecret(secret: string): Uint8Array | null {
  const bytes = secret.startsWith("whsec_") ? decodeBase64(secret.slice("whsec_".length)) : null;
  return bytes?.length ? bytes : null;
}

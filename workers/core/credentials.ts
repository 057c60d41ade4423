/** An advertiser's secrets, derived from the master keys and never stored: static token, signing secret, and the key its receipts are sealed with. */
import { encodeBase32 } from "./base32.ts";
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
  return bytes && `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** The HMAC keys that receipts are sealed with, one per master key; the signing one first. */
export async function deriveReceiptKeys(ring: KeyRing): Promise<CryptoKey[]> {
  const numbers = [ring.signing, ...[...ring.hkdf.keys()].filter((number) => number !== ring.signing)];
  const keys: CryptoKey[] = [];
  for (const number of numbers) {
    const bytes = await derive(ring, number, "receipts");
    if (bytes)
      keys.push(await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]));
  }
  return keys;
}

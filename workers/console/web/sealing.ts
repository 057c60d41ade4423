/**
 * Texts that only this console can read again, for what a browser or the database keeps for us: AES-256-GCM under keys derived from the master keys.
 *
 *     1.<base64url of iv (12 bytes) ‖ ciphertext ‖ tag (16 bytes)>
 *     └ number of the master key
 */
import { decodeBase64, encodeBase64 } from "../../core/base64.ts";
import { derive, type KeyRing } from "../../core/key-ring.ts";

const IV_BYTES = 12;
const SEALED = /^(\d{1,2})\.([A-Za-z0-9_-]+)$/;

/** Seals `text` for one purpose: unsealed for another one, it is nothing. */
export async function seal(ring: KeyRing, purpose: string, text: string): Promise<string> {
  const key = await sealingKey(ring, ring.signing, purpose);
  if (!key) throw new Error("the key ring lacks its signing key");
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(text));
  const whole = encodeBase64(Uint8Array.from([...iv, ...new Uint8Array(sealed)]));
  return `${ring.signing}.${whole.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** The text that was sealed; null for everything that this console did not seal for this purpose. */
export async function unseal(ring: KeyRing, purpose: string, sealed: string): Promise<string | null> {
  const [, number, text = ""] = SEALED.exec(sealed) ?? [];
  if (number === undefined) return null;
  const whole = decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  const key = await sealingKey(ring, Number(number), purpose);
  if (!whole || !key || whole.length < IV_BYTES) return null;
  try {
    const iv = whole.subarray(0, IV_BYTES);
    const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, whole.subarray(IV_BYTES));
    return new TextDecoder().decode(opened);
  } catch {
    return null;
  }
}

async function sealingKey(ring: KeyRing, number: number, purpose: string): Promise<CryptoKey | null> {
  const bytes = await derive(ring, number, `sealing/${purpose}`);
  return bytes && crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

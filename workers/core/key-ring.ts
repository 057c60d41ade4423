/** Master keys: a secret is a list of numbered keys, one of which signs, so that keys rotate while old identifiers still verify. */

import { decodeBase64 } from "./base64.ts";
import { type HmacKey, importHmacKey } from "./hmac-sha256.ts";
import { isRecord } from "./is-record.ts";
import { remember } from "./remember.ts";
import { accept, type Result, refuse } from "./result.ts";

/** Numbered keys (0–15) ready for HMAC-SHA-256 and imported as HKDF master keys; `signing` is the number that new identifiers and credentials use. */
export interface KeyRing {
  signing: number;
  hmac: Map<number, HmacKey>;
  hkdf: Map<number, CryptoKey>;
}

const KEY_BYTES = 32;
/** Written in one way only, so that no two names are one number. */
const KEY_NUMBER = /^(?:[0-9]|1[0-5])$/;

/**
 * Reads a secret of the form `{"signing":1,"keys":{"1":"<base64 of 32 bytes>"}}`.
 * Refuses, with a sentence for the operator that never repeats the secret, what is not of this form.
 */
export async function importKeyRing(secret: string): Promise<Result<KeyRing, string>> {
  const form = '{"signing":1,"keys":{"1":"<base64 of 32 bytes>"}}';
  const parsed = parseJson(secret);
  if (!isRecord(parsed) || !isRecord(parsed.keys) || typeof parsed.signing !== "number")
    return refuse(`expected ${form}`);
  const ring: KeyRing = { signing: parsed.signing, hmac: new Map(), hkdf: new Map() };
  for (const [name, text] of Object.entries(parsed.keys)) {
    if (!KEY_NUMBER.test(name)) return refuse("key numbers go from 0 to 15");
    const number = Number(name);
    const bytes = typeof text === "string" ? decodeBase64(text) : null;
    if (bytes?.length !== KEY_BYTES) return refuse(`key ${number} is not the base64 of ${KEY_BYTES} bytes`);
    ring.hmac.set(number, importHmacKey(bytes));
    ring.hkdf.set(number, await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits"]));
  }
  if (!ring.hmac.has(ring.signing)) return refuse(`signing key ${ring.signing} is not in the list`);
  return accept(ring);
}

/** The ring of the secret that is called `name`. Throws, with that sentence, when it is none: the operator has to mend it. */
export async function openKeyRing(name: string, secret: string): Promise<KeyRing> {
  const imported = await importKeyRing(secret);
  if (!imported.ok) throw new Error(`${name}: ${imported.refusal}`);
  return imported.value;
}

/** Opens the secret that is called `name` once for as long as it stays the same; a promise only until then. */
export function rememberKeyRing(name: string): (secret: string) => KeyRing | Promise<KeyRing> {
  return remember((secret) => openKeyRing(name, secret));
}

/** Derives 32 bytes for `purpose` from master key `key` (HKDF-SHA-256, RFC 5869). Null when the ring has no such key. */
export async function derive(ring: KeyRing, key: number, purpose: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const master = ring.hkdf.get(key);
  if (!master) return null;
  const info = new TextEncoder().encode(purpose);
  const salt = new TextEncoder().encode("clickback");
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, master, 256));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

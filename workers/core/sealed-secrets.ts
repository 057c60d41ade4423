/**
 * Other people's secrets, which cannot be derived: whoever holds a worker's public keys seals them, and that worker alone opens them. Compact JWEs (RFC 7516) of ECDH-ES over X25519
 * with A256GCM, by jose: a sender that is told its randomness could be told the same twice, so the library draws its own.
 */
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, errors, exportJWK, importJWK, type JWK } from "jose";
import { isRecord } from "./is-record.ts";
import { accept, type Result, refuse } from "./result.ts";

const [ALG, ENC] = ["ECDH-ES", "A256GCM"] as const;
export const MAX_SECRET_LENGTH = 4_096;

/** For the console: the number of the key that seals, and that key. */
export interface SealingKey {
  number: number;
  key: CryptoKey;
}

/** For the worker that opens: all private keys by number. What was sealed under an older one is opened until it was sealed anew. */
export type OpeningKeys = ReadonlyMap<number, CryptoKey>;

const KEY_NUMBER = /^(?:[0-9]|1[0-5])$/;

/** Reads a worker's own secret, `{"1":{"kty":"OKP","crv":"X25519","x":"…","d":"…"}}`, each key a JWK (RFC 8037). Refuses, in a sentence that repeats no key, what is not of this form. */
export async function readOpeningKeys(secret: string): Promise<Result<OpeningKeys, string>> {
  return readKeys(secret, true);
}

/** Reads what the console has: the same without `d`. The highest number seals. */
export async function readSealingKey(text: string): Promise<Result<SealingKey, string>> {
  const keys = await readKeys(text, false);
  if (!keys.ok) return keys;
  const number = Math.max(...keys.value.keys());
  const key = keys.value.get(number);
  return key ? accept({ number, key }) : refuse("there is no key");
}

/** The public halves of a worker's keys, as the console takes them. */
export async function publicHalves(keys: OpeningKeys): Promise<string> {
  const halves: Record<string, JWK> = {};
  for (const [number, key] of keys) {
    const { kty = "OKP", crv = "X25519", x = "" } = await exportJWK(key);
    halves[String(number)] = { kty, crv, x };
  }
  return JSON.stringify(halves);
}

/** Seals a secret for one place, such as a destination: moved to another it does not open. */
export async function sealSecret({ number, key }: SealingKey, place: number | string, secret: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg: ALG, enc: ENC, kid: String(number), dst: place })
    .encrypt(key);
}

/** The secret that was sealed for this place; null for what was not, was changed, or is under a key that is gone. */
export async function openSecret(keys: OpeningKeys, place: number | string, sealed: string): Promise<string | null> {
  try {
    const keyOf = ({ kid }: { kid?: string | undefined }) => {
      const key = keys.get(Number(kid));
      if (!key) throw new errors.JWKSNoMatchingKey();
      return key;
    };
    const options = { keyManagementAlgorithms: [ALG], contentEncryptionAlgorithms: [ENC] };
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, keyOf, options);
    return protectedHeader.dst === place ? new TextDecoder().decode(plaintext) : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** The number of the key that it is sealed under; null where it does not say. */
export function sealedUnder(sealed: string): number | null {
  try {
    const number = Number(decodeProtectedHeader(sealed).kid);
    return Number.isInteger(number) ? number : null;
  } catch {
    return null;
  }
}

/**
 * A destination's secrets, each under the highest key: those that are not are opened and sealed anew; `lost` names those that cannot be opened, which stay as they are.
 */
export async function resealSecrets(
  keys: OpeningKeys,
  destination: number,
  secrets: Readonly<Record<string, string>>,
): Promise<{ secrets: Record<string, string>; lost: string[] }> {
  const sealing = await readSealingKey(await publicHalves(keys));
  if (!sealing.ok) throw new Error(`the public halves cannot be read: ${sealing.refusal}`);
  const resealed: Record<string, string> = {};
  const lost: string[] = [];
  for (const [name, sealed] of Object.entries(secrets)) {
    const secret = await openSecret(keys, destination, sealed);
    if (secret === null) lost.push(name);
    const isDone = secret === null || sealedUnder(sealed) === sealing.value.number;
    resealed[name] = isDone ? sealed : await sealSecret(sealing.value, destination, secret);
  }
  return { secrets: resealed, lost };
}

async function readKeys(text: string, isPrivate: boolean): Promise<Result<Map<number, CryptoKey>, string>> {
  const form = `expected {"1":{"kty":"OKP","crv":"X25519","x":"…"${isPrivate ? ',"d":"…"' : ""}}}`;
  const parsed = parseJson(text);
  if (!isRecord(parsed) || Object.keys(parsed).length === 0) return refuse(form);
  const keys = new Map<number, CryptoKey>();
  for (const [name, jwk] of Object.entries(parsed)) {
    if (!KEY_NUMBER.test(name)) return refuse("key numbers go from 0 to 15");
    const isKey = isRecord(jwk) && jwk.kty === "OKP" && jwk.crv === "X25519" && typeof jwk.x === "string";
    if (!isKey || (typeof jwk.d === "string") !== isPrivate) return refuse(form);
    const key = await importOne(jwk);
    if (!key) return refuse(`key ${name} is none`);
    keys.set(Number(name), key);
  }
  return accept(keys);
}

async function importOne(jwk: Record<string, unknown>): Promise<CryptoKey | null> {
  try {
    const { x, d } = jwk;
    const parts = { ...(typeof x === "string" ? { x } : {}), ...(typeof d === "string" ? { d } : {}) };
    const key = await importJWK({ kty: "OKP", crv: "X25519", ...parts, ext: true }, ALG);
    return key instanceof Uint8Array ? null : key;
  } catch {
    // A JWK of the right members whose numbers are no point.
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

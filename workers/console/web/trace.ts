/** By which way a call came and from where, for the audit log: never the address itself. */
import { encodeBase32 } from "../../core/base32.ts";
import { type HmacKey, hmac, importHmacKey } from "../../core/hmac-sha256.ts";
import { derive, openKeyRing } from "../../core/key-ring.ts";
import { remember } from "../../core/remember.ts";
import type { Env } from "../env.ts";

export const WAYS = ["page", "api", "access", "script"] as const;
export type CallWay = (typeof WAYS)[number];

export interface Trace {
  way: CallWay;
  /** A keyed hash, the same for the same address; null where the platform names none. */
  address: string | null;
}

const HASH_LENGTH = 16;

/** What our own scripts call themselves with. It proves nothing: who it was, the token says. */
const SCRIPT_HEADER = "x-clickback-script";

const addressKey = remember(async (secret): Promise<HmacKey> => {
  const ring = await openKeyRing("ADVERTISER_KEYS", secret);
  const bytes = await derive(ring, Math.min(...ring.hkdf.keys()), "callers' addresses");
  if (!bytes) throw new Error("the key ring is empty");
  return importHmacKey(bytes);
});

export async function traceOf(env: Pick<Env, "ADVERTISER_KEYS">, request: Request, way: CallWay): Promise<Trace> {
  const address = request.headers.get("cf-connecting-ip");
  return { way, address: address === null ? null : await hashAddress(env, address) };
}

/** The keyed hash of an address, or of a network: 80 bits. */
export async function hashAddress(env: Pick<Env, "ADVERTISER_KEYS">, address: string): Promise<string> {
  const key = await addressKey(env.ADVERTISER_KEYS);
  return encodeBase32(hmac(key, new TextEncoder().encode(address)), HASH_LENGTH);
}

/** By a bearer token: one of our scripts, or another program. */
export function wayOfToken(request: Request): CallWay {
  return request.headers.has(SCRIPT_HEADER) ? "script" : "api";
}

/** The visitor in the log: a keyed hash that tells the visits of one day and link apart, and nothing else. */
import { encodeBase32 } from "../core/base32.ts";
import { type HmacKey, hmac, importHmacKey } from "../core/hmac-sha256.ts";
import { derive, type KeyRing } from "../core/key-ring.ts";

/** 100 bits. */
const VISITOR_LENGTH = 20;

/** Who came, where to and when; address and user agent go no further than this. */
export interface Visit {
  address: string;
  userAgent: string;
  link: number;
  atMs: number;
}

export type VisitorHash = (ring: KeyRing, visit: Visit) => Promise<string>;

/** Hashes with the UTC day's key, which is derived from the signing key and held for the isolate's present day. Nobody without the master key can tell whose hash it is, or follow it into the next day. */
export function createVisitorHash(): VisitorHash {
  let held: { day: string; key: HmacKey } | null = null;

  return async (ring, { address, userAgent, link, atMs }) => {
    const day = new Date(atMs).toISOString().slice(0, 10);
    const key = held?.day === day ? held.key : await dayKey(ring, day);
    held = { day, key };
    const bytes = new TextEncoder().encode(JSON.stringify([address, userAgent, link]));
    return encodeBase32(hmac(key, bytes), VISITOR_LENGTH);
  };
}

async function dayKey(ring: KeyRing, day: string): Promise<HmacKey> {
  const bytes = await derive(ring, ring.signing, `visitor/${day}`);
  if (!bytes) throw new Error(`the key ring lacks its signing key ${ring.signing}`);
  return importHmacKey(bytes);
}

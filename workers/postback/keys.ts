/** The keys that the door needs, imported once in an isolate. */
import { deriveReceiptKeys } from "../core/credentials.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import { importKeyRing, type KeyRing } from "../core/key-ring.ts";
import type { Env } from "./env.ts";

export interface Keys {
  clicks: KeyRing;
  advertisers: KeyRing;
  /** Names messages and seals receipts. */
  receipts: HmacKey;
}

/** A reader that remembers; it gives a promise only until the keys were imported once. Throws when a secret is not a key ring. */
export function createKeyReader(): (env: Env) => Keys | Promise<Keys> {
  let held: { keys: Keys; clickSecret: string; advertiserSecret: string } | undefined;
  return (env) => {
    if (held?.clickSecret === env.CLICK_KEYS && held.advertiserSecret === env.ADVERTISER_KEYS) return held.keys;
    return importKeys(env).then((keys) => {
      held = { keys, clickSecret: env.CLICK_KEYS, advertiserSecret: env.ADVERTISER_KEYS };
      return keys;
    });
  };
}

async function importKeys(env: Env): Promise<Keys> {
  const clicks = await importKeyRing(env.CLICK_KEYS);
  if (!clicks.ok) throw new Error(`CLICK_KEYS: ${clicks.refusal}`);
  const advertisers = await importKeyRing(env.ADVERTISER_KEYS);
  if (!advertisers.ok) throw new Error(`ADVERTISER_KEYS: ${advertisers.refusal}`);
  const [receipts] = await deriveReceiptKeys(advertisers.value);
  return { clicks: clicks.value, advertisers: advertisers.value, receipts };
}

/** The master keys of advertisers' secrets, imported once per isolate. */
import { importKeyRing, type KeyRing } from "../../core/key-ring.ts";
import type { Env } from "../env.ts";

/** The last secret that was imported: values may be shared between requests, promises may not. */
let imported: { secret: string; ring: KeyRing } | null = null;

/** Throws when the secret is not a list of keys: the operator has to mend it. */
export async function advertiserKeys(env: Pick<Env, "ADVERTISER_KEYS">): Promise<KeyRing> {
  if (imported && imported.secret === env.ADVERTISER_KEYS) return imported.ring;
  const ring = await importKeyRing(env.ADVERTISER_KEYS);
  if (!ring.ok) throw new Error(`ADVERTISER_KEYS: ${ring.refusal}`);
  imported = { secret: env.ADVERTISER_KEYS, ring: ring.value };
  return ring.value;
}

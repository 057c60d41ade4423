/** The master keys of advertisers' secrets, imported once per isolate. */
import { type KeyRing, rememberKeyRing } from "../../core/key-ring.ts";
import type { Env } from "../env.ts";

const readRing = rememberKeyRing("ADVERTISER_KEYS");

/** Throws when the secret is not a list of keys: the operator has to mend it. */
export async function advertiserKeys(env: Pick<Env, "ADVERTISER_KEYS">): Promise<KeyRing> {
  return readRing(env.ADVERTISER_KEYS);
}

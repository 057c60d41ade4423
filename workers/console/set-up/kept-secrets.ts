/** Secrets that are set and never shown again: what stands in their place, and how those are sealed that the postback worker opens. */
import { readSealingKey, sealSecret } from "../../core/sealed-secrets.ts";
import type { Env } from "../env.ts";

/** What stands in answers for a secret; sent back, it leaves the secret as it is. */
export const KEPT_SECRET = "••••••••";

/** The secret that is said anew; undefined where none is said, or the one that is kept comes back. */
export function saidAnew<Secret extends string | null>(said: Secret | undefined): Secret | undefined {
  return said === KEPT_SECRET ? undefined : said;
}

/** Sealed for the postback worker and one place, such as a tracker's. Throws where the console's sealing keys cannot be read. */
export async function sealForPostbacks(
  env: Pick<Env, "SOURCE_SEALING_KEYS">,
  place: string,
  secret: string,
): Promise<string> {
  const key = await readSealingKey(env.SOURCE_SEALING_KEYS);
  if (!key.ok) throw new Error(`SOURCE_SEALING_KEYS: ${key.refusal}`);
  return sealSecret(key.value, place, secret);
}

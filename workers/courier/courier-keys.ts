/** The courier's keys, all out of its one secret: what opens other people's secrets, what names deliveries, what chooses a share of conversions, and webhooks' signing secrets. */
import { encodeBase64 } from "../core/base64.ts";
import { type HmacKey, importHmacKey } from "../core/hmac-sha256.ts";
import { derive, type KeyRing, openKeyRing } from "../core/key-ring.ts";
import { must } from "../core/must.ts";
import { remember } from "../core/remember.ts";
import { type OpeningKeys, readOpeningKeys } from "../core/sealed-secrets.ts";

export interface CourierKeys {
  opening: OpeningKeys;
  /** The same keys as masters of derived ones, each purpose its own. */
  ring: KeyRing;
  /** Of the lowest master key, so that names stay when another is added. */
  nameKey: HmacKey;
  shareKey: HmacKey;
}

/** Opens the secret once for as long as it stays the same. Throws, without repeating it, where it is none. */
export const courierKeys = remember(async (secret: string): Promise<CourierKeys> => {
  const opening = await readOpeningKeys(secret);
  if (!opening.ok) throw new Error(`COURIER_KEYS: ${opening.refusal}`);
  const ring = await openKeyRing("COURIER_KEYS", ringOf(secret));
  const first = Math.min(...ring.hkdf.keys());
  const keyFor = async (purpose: string) =>
    importHmacKey(must(await derive(ring, first, purpose), "the courier's key", first));
  return { opening: opening.value, ring, nameKey: await keyFor("deliveries"), shareKey: await keyFor("shares") };
});

/** The private halves in the form of a key ring; the highest number signs, as it seals. */
function ringOf(secret: string): string {
  const jwks: Record<string, { d: string }> = JSON.parse(secret);
  const keys = Object.entries(jwks).map(([number, { d }]) => [number, encodeBase64(Buffer.from(d, "base64url"))]);
  return JSON.stringify({ signing: Math.max(...Object.keys(jwks).map(Number)), keys: Object.fromEntries(keys) });
}

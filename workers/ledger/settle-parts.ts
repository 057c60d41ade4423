/** What settling needs of the world, from the Worker's Env. */
import { objectName } from "../core/books/stored.ts";
import { importKeyRing, type KeyRing } from "../core/key-ring.ts";
import { reviewCaps } from "./cap-records.ts";
import type { Env } from "./env.ts";
import type { SettleParts } from "./settle.ts";

/** Values only are kept between batches, so that a failed import is tried again. */
let keptRing: { secret: string; ring: KeyRing } | null = null;

/** Throws where the keys cannot be read. */
export async function settleParts(env: Env): Promise<SettleParts> {
  if (keptRing?.secret !== env.CLICK_KEYS) {
    const ring = await importKeyRing(env.CLICK_KEYS);
    if (!ring.ok) throw new Error(`CLICK_KEYS: ${ring.refusal}`);
    keptRing = { secret: env.CLICK_KEYS, ring: ring.value };
  }
  return {
    DB: env.DB,
    CLICKS: env.CLICKS,
    POSTBACKS: env.POSTBACKS,
    decideShare: (advertiser, commands, nowMs) =>
      env.CONVERSIONS.getByName(objectName(advertiser)).decide(commands, nowMs),
    reviewCaps: (offers) => reviewCaps(env, Date.now(), offers),
    ring: keptRing.ring,
    nowMs: () => Date.now(),
    chance: () => Math.random(),
  };
}

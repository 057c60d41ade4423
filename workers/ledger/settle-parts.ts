/** What settling needs of the world, from the Worker's Env. */
import { objectName } from "../core/books/stored.ts";
import { rememberKeyRing } from "../core/key-ring.ts";
import { reviewCaps } from "./cap-records.ts";
import { clickDaysOf } from "./day-objects.ts";
import type { Env } from "./env.ts";
import type { SettleParts } from "./settle.ts";

export const readClickKeys = rememberKeyRing("CLICK_KEYS");

/** Throws where the keys cannot be read. */
export async function settleParts(env: Env): Promise<SettleParts> {
  return {
    DB: env.DB,
    days: clickDaysOf(env.CLICK_DAYS),
    ARCHIVE: env.ARCHIVE,
    LOG: env.LOG,
    POSTBACKS: env.POSTBACKS,
    NOTICES: env.NOTICES,
    RELAYS: env.NOTICES,
    ERASURE_KEY: env.ERASURE_KEY,
    decideShare: async (advertiser, commands, nowMs) => {
      const { toErase, ...share } = await env.CONVERSIONS.getByName(objectName(advertiser)).decide(commands, nowMs);
      // Before the messages that brought it are acknowledged.
      if (toErase) await env.POSTBACKS.send({ kind: "erasure", advertiser, ...toErase, everywhere: true });
      return share;
    },
    markDue: async (advertiser, due) => env.CONVERSIONS.getByName(objectName(advertiser)).markDue(due),
    reviewCaps: (offers) => reviewCaps(env, Date.now(), offers),
    ring: await readClickKeys(env.CLICK_KEYS),
    nowMs: () => Date.now(),
    chance: () => Math.random(),
  };
}

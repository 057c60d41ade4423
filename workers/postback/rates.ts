/**
 * Two budgets of rate per advertiser: a high one of what is taken from senders, and a low one of what is kept of strangers, so that a flood of forged requests takes
 * nothing from the real sender and fills no log. The pixel's URL is public: who calls it is a stranger.
 */
import type { Sender } from "../core/postback/sender.ts";
import type { Env } from "./env.ts";

/**
 * An isolate asks for so many requests at once, when it has seen them: asking for each would cost more than queueing it, and asking for each hundred a thirtieth of it. What an isolate
 * has not asked for yet goes uncounted. wrangler.toml's limit counts in these.
 */
export const REQUESTS_AT_ONCE = 500;
const MAX_COUNTED = 10_000;

export interface Rates {
  /** True while there is room for one more request of a sender. */
  admitSender(env: Env, sender: Sender): boolean | Promise<boolean>;
  /** True while there is room to keep one more request of someone who did not prove to be the sender. */
  admitStranger(env: Env, sender: Sender): Promise<boolean>;
}

/** Budgets of which nothing was used. */
export function createRates(): Rates {
  /** Requests since the binding was last asked. */
  const counts = new Map<string, number>();
  return {
    admitSender(env, sender) {
      const key = keyOf(sender);
      const count = (counts.get(key) ?? 0) + 1;
      if (counts.size > MAX_COUNTED) counts.clear();
      if (count < REQUESTS_AT_ONCE) {
        counts.set(key, count);
        return true;
      }
      const isOver = count > REQUESTS_AT_ONCE;
      // Counted anew at once, lest every request that comes before the answer asks too. Once over the budget every one asks.
      if (!isOver) counts.set(key, 0);
      return hasRoom(env.SENDER_RATE, key).then((admitted) => {
        if (!admitted) counts.set(key, REQUESTS_AT_ONCE);
        else if (isOver) counts.set(key, 0);
        return admitted;
      });
    },
    admitStranger: (env, sender) => hasRoom(env.STRANGER_RATE, keyOf(sender)),
  };
}

function keyOf({ advertiser }: Sender): string {
  return String(advertiser);
}

/** A rate that cannot be asked keeps nobody out. */
async function hasRoom(rate: RateLimit, key: string): Promise<boolean> {
  try {
    return (await rate.limit({ key })).success;
  } catch (error) {
    console.error({ event: "rate_failed", error: String(error) });
    return true;
  }
}

/** What the log is told of those who did not prove who they are: the first whole, the others as sums, which one message carries after a while. */

import type { HmacKey } from "../core/hmac-sha256.ts";
import { packMessages } from "../core/message-packs.ts";
import type { Refused } from "../core/postback/postback.ts";
import type { Sender } from "../core/postback/sender.ts";
import { createStrangerCounts } from "../core/postback/stranger-counts.ts";
import type { Env } from "./env.ts";
import type { Rates } from "./rates.ts";
import { refusedReceipt } from "./receipt-names.ts";
import { trySend } from "./try-send.ts";

/** Longer than anybody who has promised to tell lives on behind an answer: it died on the way. */
const TAKE_OVER_MS = 30_000;

/** What is at hand when a stranger is turned away; a reception is. */
interface Turning {
  sender: Sender;
  receiptKey: HmacKey;
  rates: Rates;
  nowMs: number;
  env: Env;
}

export interface StrangerLog {
  /** True for one that the log keeps whole; another is counted. */
  keeps(turning: Turning, refused: Refused): Promise<boolean>;
  /** Tells the log, after a while, of what was counted until then. */
  tell(env: Env, nowMs: number): Promise<void>;
}

/** Nothing was counted yet. `tellMs`: how long it counts before it tells. */
export function createStrangerLog(tellMs: number): StrangerLog {
  const counts = createStrangerCounts();
  let promisedAtMs = Number.NEGATIVE_INFINITY;
  return {
    async keeps({ env, sender, rates, receiptKey, nowMs }, { refusal, channel }) {
      const { advertiser } = sender;
      const counted = { advertiser, reason: refusal.reason, channel, receivedAtMs: nowMs };
      // A budget of rate besides, since every isolate has first ones of its own.
      if (counts.admits(counted) && (await rates.admitStranger(env, sender))) return true;
      counts.add(counted, (number) => refusedReceipt(receiptKey, number));
      return false;
    },
    async tell(env, nowMs) {
      if (nowMs < promisedAtMs + TAKE_OVER_MS) return;
      promisedAtMs = nowMs;
      await new Promise((resolve) => setTimeout(resolve, tellMs));
      promisedAtMs = Number.NEGATIVE_INFINITY;
      for (const pack of packMessages(counts.take()))
        if (!(await trySend(() => env.REFUSALS.sendBatch(pack.map((body) => ({ body })))))) counts.giveBack(pack);
    },
  };
}

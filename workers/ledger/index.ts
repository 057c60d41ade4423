/** The books: consumes the queues, decides, and is the only writer of the books. */

import type { ClicksMessage, PostbackMessage, RefusalMessage, RepairMessage } from "../../schema/messages.ts";
import { objectName } from "../core/books/stored.ts";
import { importKeyRing, type KeyRing } from "../core/key-ring.ts";
import { POSTBACKS_KEPT_MS } from "../core/retention.ts";
import { tendArchive } from "./archive/tend.ts";
import { backoffSeconds } from "./backoff.ts";
import { reviewCaps } from "./cap-records.ts";
import { forgetVisits, logClicks } from "./click-log.ts";
import { Conversions } from "./conversions.ts";
import { type AnyMessage, buryBatch, type Graveyard } from "./dead-letters.ts";
import type { DeliveryOf } from "./delivery.ts";
import type { Env } from "./env.ts";
import { joinLateClicks } from "./late-clicks.ts";
import { writeLog } from "./log-batch.ts";
import { logRefusals } from "./refusals.ts";
import { repair } from "./repair.ts";
import { type SettleParts, settleAlone, settleOrRetry } from "./settle.ts";
import type { Delivery } from "./settle-step.ts";
import { sealSpans } from "./spans.ts";

/** Queues by their names in wrangler.toml. */
const DEAD_LETTERS = "dead-letters";

export { Conversions };

export default {
  async queue(batch: MessageBatch<AnyMessage>, env: Env): Promise<void> {
    if (batch.queue === DEAD_LETTERS) return buryBatch(graveyardOf(env), batch.messages);
    const { postbacks, clicks, refusals, repairs, unknown } = sortByKind(batch.messages);
    await settlePostbacks(env, postbacks);
    await writeLog(clicks, (bodies) => logClicks(env, bodies, Date.now()), Math.random);
    await writeLog(refusals, (bodies) => logRefusals(env.DB, bodies), Math.random);
    for (const one of repairs) await writeLog([one], () => repairFromObject(env, one.body), Math.random);
    for (const one of unknown) one.retry({ delaySeconds: backoffSeconds(one.attempts, Math.random()) });
  },

  async scheduled({ scheduledTime }: ScheduledController, env: Env): Promise<void> {
    const nowMs = Date.now();
    const chores = {
      join_late_clicks: () => joinLateClicks(env, nowMs),
      forget_visits: () => forgetVisits(env, nowMs),
      review_caps: () => reviewCaps(env, nowMs),
      tend_archive: () => tendArchive(env, scheduledTime),
      seal_spans: () => sealSpans(env, nowMs),
    };
    // One chore that fails does not keep the others from being done; the next minute brings another try.
    const done = Object.entries(chores).map(([chore, work]) =>
      work().catch((error: unknown) => console.error({ event: "chore_failed", chore, error: String(error) })),
    );
    await Promise.all(done);
  },
} satisfies ExportedHandler<Env, AnyMessage>;

/** Clicks and refusals need no keys; without them postbacks wait, as in an outage. */
async function settlePostbacks(env: Env, postbacks: readonly Delivery[]): Promise<void> {
  if (postbacks.length === 0) return;
  const parts = await settleParts(env).catch((error: unknown) => {
    console.error({ event: "keys_unreadable", messages: postbacks.length, error: String(error) });
    return null;
  });
  if (parts) await settleOrRetry(parts, postbacks);
  else for (const one of postbacks) one.retry({ delaySeconds: backoffSeconds(one.attempts, Math.random()) });
}

function graveyardOf(env: Env): Graveyard {
  const { DB, ARCHIVE } = env;
  return { DB, ARCHIVE, tryAlone: (body) => tryAlone(env, body), nowMs: () => Date.now(), chance: Math.random };
}

async function tryAlone(env: Env, body: AnyMessage): Promise<string | null> {
  switch (body?.kind) {
    case "postback":
      return settleAlone(await settleParts(env), body);
    case "clicks":
      await logClicks(env, [body], Date.now());
      return null;
    case "refusal":
      await logRefusals(env.DB, [body]);
      return null;
    case "repair":
      await repairFromObject(env, body);
      return null;
    default:
      return "nothing is known of messages of this kind";
  }
}

function repairFromObject(env: Env, body: RepairMessage): Promise<void> {
  const object = env.CONVERSIONS.getByName(objectName(body.advertiser));
  return repair(
    env,
    async (receipts, conversions) => {
      const { messages, conversions: found } = await object.find(receipts, conversions);
      return { messages, conversions: found };
    },
    body,
    Date.now() - POSTBACKS_KEPT_MS,
  );
}

/** What is none of ours may be of a deploy that is younger than this one: it waits, and in the end is kept with the dead letters. */
function sortByKind(messages: readonly Message<AnyMessage>[]) {
  const sorted: {
    postbacks: DeliveryOf<PostbackMessage>[];
    clicks: DeliveryOf<ClicksMessage>[];
    refusals: DeliveryOf<RefusalMessage>[];
    repairs: DeliveryOf<RepairMessage>[];
    unknown: Message[];
  } = { postbacks: [], clicks: [], refusals: [], repairs: [], unknown: [] };
  for (const message of messages) {
    const { body } = message;
    switch (body?.kind) {
      case "postback":
        sorted.postbacks.push(deliveryOf(message, body));
        break;
      case "clicks":
        sorted.clicks.push(deliveryOf(message, body));
        break;
      case "refusal":
        sorted.refusals.push(deliveryOf(message, body));
        break;
      case "repair":
        sorted.repairs.push(deliveryOf(message, body));
        break;
      default:
        sorted.unknown.push(message);
    }
  }
  return sorted;
}

function deliveryOf<Body>(message: Message, body: Body): DeliveryOf<Body> {
  return {
    body,
    attempts: message.attempts,
    ack: () => message.ack(),
    retry: (options) => message.retry(options),
  };
}

/** Values only are kept between batches, so that a failed import is tried again. */
let keptRing: { secret: string; ring: KeyRing } | null = null;

async function settleParts(env: Env): Promise<SettleParts> {
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

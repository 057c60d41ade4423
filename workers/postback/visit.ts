/** How a visit ends: the message is taken in and has a receipt, or it is turned away and the log is told why. */
import type { PostbackMessage, RefusalMessage } from "../../schema/messages.ts";
import type { Refused, Taken } from "../core/postback/postback.ts";
import { writeRefusal } from "../core/postback/refusal-log.ts";
import type { Sender } from "../core/postback/sender.ts";
import { whenHere } from "../core/when-here.ts";
import type { Outcome } from "./answers.ts";
import type { Env } from "./env.ts";
import type { Keys } from "./keys.ts";
import { isQueued } from "./queueing.ts";
import type { Rates } from "./rates.ts";
import { nameReceipt, randomReceipt } from "./receipts.ts";

/** Where work goes that the answer does not wait for. */
export type Waiting = Pick<ExecutionContext, "waitUntil">;

/** A request that reached an advertiser: `env` and `ctx` are the request's own. */
export interface Visit {
  sender: Sender;
  keys: Keys;
  rates: Rates;
  nowMs: number;
  env: Env;
  ctx: Waiting;
}

export const RATE_LIMITED = { reason: "rate_limited" } as const;
const TRY_AGAIN = { reason: "try_again" } as const;

/** Queues the message if there is room for it; it is accepted only once the queue has it. */
export function takeIn(visit: Visit, taken: Taken): Outcome | Promise<Outcome> {
  const { env, sender, rates } = visit;
  if (taken.signature !== undefined)
    console.log({ event: "signature_checked", advertiser: sender.advertiser, result: taken.signature });
  return whenHere(rates.admitSender(env, sender, taken.channel), (admitted) =>
    admitted ? queueUp(visit, taken) : refuseUnlogged(visit, RATE_LIMITED),
  );
}

async function queueUp(visit: Visit, taken: Taken): Promise<Outcome> {
  const message = writeMessage(visit, taken);
  if (!(await isQueued(() => visit.env.POSTBACKS.send(message)))) return refuseUnlogged(visit, TRY_AGAIN);
  const { receipt } = message;
  return taken.returnText === undefined
    ? { status: "accepted", receipt }
    : { status: "accepted", receipt, returnText: taken.returnText };
}

/** Refuses the message and, after the answer, has it logged. Those who did not prove who they are have a budget of their own, beyond which they are neither told why nor logged. */
export async function turnAway(visit: Visit, refused: Refused): Promise<Outcome> {
  const { env, ctx, sender } = visit;
  const admit = refused.proven ? visit.rates.admitSender : visit.rates.admitStranger;
  if (!(await admit(env, sender, refused.channel))) return refuseUnlogged(visit, RATE_LIMITED);
  const receipt = randomReceipt(visit.keys, sender.advertiser);
  ctx.waitUntil(isQueued(() => env.REFUSALS.send(writeRefusalMessage(visit, refused, receipt))));
  return { status: "refused", refusal: refused.refusal, receipt };
}

export function writeMessage({ sender, keys, nowMs }: Visit, taken: Taken): PostbackMessage {
  const { advertiser } = sender;
  const { name, channel, content } = taken;
  const receipt = name ? nameReceipt(keys, advertiser, name) : randomReceipt(keys, advertiser);
  const message: PostbackMessage = { kind: "postback", receipt, advertiser, receivedAtMs: nowMs, channel, content };
  if (name) message.named = true;
  if (taken.version !== undefined) message.credentialVersion = taken.version;
  return message;
}

export function writeRefusalMessage({ sender, nowMs }: Visit, refused: Refused, receipt: string): RefusalMessage {
  return writeRefusal(sender.dialect, refused, { receipt, advertiser: sender.advertiser, receivedAtMs: nowMs });
}

export function refuseUnlogged({ keys, sender }: Visit, refusal: typeof RATE_LIMITED | typeof TRY_AGAIN): Outcome {
  return { status: "refused", refusal, receipt: randomReceipt(keys, sender.advertiser) };
}

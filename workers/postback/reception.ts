/** How a request is received that reached an advertiser: its message is taken in and has a receipt, or it is turned away and the log is told why. */

import type { PostbackMessage, RefusalMessage } from "../../schema/messages.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import type { KeyRing } from "../core/key-ring.ts";
import { packMessages } from "../core/message-packs.ts";
import { hashSenderAddress } from "../core/postback/address-hash.ts";
import type { Refused, Taken } from "../core/postback/postback.ts";
import type { Refusal } from "../core/postback/refusal.ts";
import { writeRefusal } from "../core/postback/refusal-log.ts";
import { NO_ADVERTISER, type Sender } from "../core/postback/sender.ts";
import { type Remarks, remarksOn, unreadNames } from "../core/postback/unread.ts";
import type { DoorAnswer } from "./answers.ts";
import type { Env } from "./env.ts";
import type { Rates } from "./rates.ts";
import { nameReceipt, randomReceipt, refusedReceipt } from "./receipt-names.ts";
import type { OpenSources } from "./sources.ts";
import type { StrangerLog } from "./stranger-log.ts";
import { trySend } from "./try-send.ts";

/** Where work goes that the answer does not wait for. */
export type Waiting = Pick<ExecutionContext, "waitUntil">;

/** What is at hand to receive a request with: whose it is, and the keys, rates, time and bindings of the moment. */
export interface Reception {
  sender: Sender;
  clickKeys: KeyRing;
  receiptKey: HmacKey;
  /** What `address` is hashed with. */
  addressKey: HmacKey;
  /** Where the request came from; null where that is a visitor's browser, of which nothing is kept. */
  address: string | null;
  openSources: OpenSources;
  rates: Rates;
  strangers: StrangerLog;
  nowMs: number;
  env: Env;
  ctx: Waiting;
}

export const RATE_LIMITED = { reason: "rate_limited" } as const;
const TRY_AGAIN = { reason: "try_again" } as const;

/** Queues the message if there is room for it; it is accepted only once the queue has it. */
export async function takeIn(reception: Reception, taken: Taken): Promise<DoorAnswer> {
  const { env, sender, rates } = reception;
  if (taken.signature !== undefined)
    console.log({ event: "signature_checked", advertiser: sender.advertiser, result: taken.signature });
  const admit = taken.channel === "pixel" ? rates.admitStranger : rates.admitSender;
  if (!(await admit(env, sender))) return refuseUnlogged(reception, RATE_LIMITED);
  const message = writeMessage(reception, taken);
  if (!(await trySend(() => env.POSTBACKS.send(message)))) return refuseUnlogged(reception, TRY_AGAIN);
  return acceptedAs(message, taken.returnText);
}

/**
 * The same of all that one request says, in its order: it is accepted once the queue has all of it. The receipt is that of the first. Where a later pack fails the queue keeps the ones before it,
 * and what is sent again has the same receipts, so that nothing counts twice.
 */
export async function takeAllIn(reception: Reception, all: readonly Taken[]): Promise<DoorAnswer> {
  const [first, ...others] = all;
  if (!first) throw new Error("a request that says nothing is taken in");
  if (others.length === 0) return takeIn(reception, first);
  const { env, sender, rates } = reception;
  if (!(await rates.admitSender(env, sender))) return refuseUnlogged(reception, RATE_LIMITED);
  const messages = all.map((taken, place) => ({ ...writeMessage(reception, taken), row: place + 1 }));
  for (const pack of packMessages(messages))
    if (!(await trySend(() => env.POSTBACKS.sendBatch(pack.map((body) => ({ body }))))))
      return refuseUnlogged(reception, TRY_AGAIN);
  return acceptedAs(messages[0] ?? writeMessage(reception, first));
}

/** The answer to a message that the queue has. */
export function acceptedAs({ receipt, content }: PostbackMessage, returnText?: string): DoorAnswer {
  const said: DoorAnswer = { status: "accepted", receipt };
  if (content.unread || content.notes) said.remarks = remarksOn(content);
  if (returnText !== undefined) said.returnText = returnText;
  return said;
}

/** What one who proved to be the sender, or need not, is told of names that nobody read. */
export function remarksOnRefused(
  { dialect, auth }: Sender,
  { refusal, proven, fields }: Refused,
): { remarks?: Remarks } {
  const mayHear = proven || auth === "open";
  if (refusal.reason !== "names_nothing" || !mayHear || fields.unread.length === 0) return {};
  return { remarks: remarksOn({ unread: unreadNames(dialect, fields.unread) }) };
}

/** Refuses the message, says why, and after the answer has it logged. */
export async function turnAway(reception: Reception, refused: Refused): Promise<DoorAnswer> {
  const { env, ctx, sender, rates } = reception;
  const said = refused.said ?? refused.refusal;
  if (sender.advertiser === NO_ADVERTISER) return refuseUnlogged(reception, said);
  if (refused.proven && !(await rates.admitSender(env, sender))) return refuseUnlogged(reception, RATE_LIMITED);
  const receipt = refusedReceipt(reception.receiptKey, sender.advertiser);
  ctx.waitUntil(logRefused(reception, refused, receipt));
  return { status: "refused", refusal: said, ...remarksOnRefused(sender, refused), receipt };
}

/** Of those who did not prove who they are the first are kept, and the others counted. They are told why all the same: one of them may be the real sender with a mistyped token. */
async function logRefused(reception: Reception, refused: Refused, receipt: string): Promise<void> {
  const { env, strangers } = reception;
  if (refused.proven || (await strangers.keeps(reception, refused)))
    await trySend(() => env.REFUSALS.send(writeRefusalMessage(reception, refused, receipt)));
  else await strangers.tell(env, reception.nowMs);
}

export function writeMessage(reception: Reception, taken: Taken): PostbackMessage {
  const { receiptKey, nowMs } = reception;
  const { advertiser } = reception.sender;
  const { name, channel, content } = taken;
  const receipt = name ? nameReceipt(receiptKey, advertiser, name) : randomReceipt(receiptKey, advertiser);
  const message: PostbackMessage = { kind: "postback", receipt, advertiser, receivedAtMs: nowMs, channel, content };
  if (name) message.named = true;
  if (taken.version !== undefined) message.credentialVersion = taken.version;
  if (taken.tracker !== undefined) message.tracker = taken.tracker;
  const addressHash = addressHashOf(reception);
  if (addressHash !== null) message.addressHash = addressHash;
  return message;
}

export function writeRefusalMessage(reception: Reception, refused: Refused, receipt: string): RefusalMessage {
  const { dialect, advertiser } = reception.sender;
  const addressHash = addressHashOf(reception);
  const stamp = { receipt, advertiser, receivedAtMs: reception.nowMs };
  return writeRefusal(dialect, refused, addressHash === null ? stamp : { ...stamp, addressHash });
}

function addressHashOf({ addressKey, address, sender }: Reception): string | null {
  return address === null ? null : hashSenderAddress(addressKey, sender.advertiser, address);
}

export function refuseUnlogged({ receiptKey, sender }: Reception, refusal: Refusal): DoorAnswer {
  return { status: "refused", refusal, receipt: refusedReceipt(receiptKey, sender.advertiser) };
}

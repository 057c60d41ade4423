/** Corrections: what an operator says of a conversion goes to the ledger as a message like any other, and leaves entries like any other. */
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { HoldAct, PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { deriveReceiptKeys } from "../../core/credentials.ts";
import { ERASED_NOTE } from "../../core/erasure/erase-books.ts";
import { isErasedClickId } from "../../core/erasure/erased-names.ts";
import { formatMicros, parseMicros } from "../../core/money.ts";
import { isPlainText } from "../../core/postback/plain-text.ts";
import { nameOfMessage, RECEIPT_NAME_BYTES, writeReceipt } from "../../core/receipt.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { trySend } from "../postbacks/queueing.ts";
import { fields } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import { notFound, type Problem } from "../web/problem.ts";

const MAX_NOTE_LENGTH = 500;
const MAX_KEY_LENGTH = 128;

const AMOUNT_ADVICE =
  'Write the amount as text: digits, a decimal point, such as "40.00"; at most 6 decimals and 1000000000.';
export const amount = v.pipe(
  v.string(AMOUNT_ADVICE),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const micros = parseMicros(dataset.value);
    if (micros !== null) return micros;
    addIssue({ message: AMOUNT_ADVICE });
    return NEVER;
  }),
);

const refundId = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (name) => name !== "" && isPlainText(name, MAX_KEY_LENGTH),
    "Leave it out, or write the refund’s name: at most 128 characters.",
  ),
);

/** Why an operator decides something, where that need not be said. */
export const decisionWhy = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(MAX_NOTE_LENGTH, `A note has at most ${MAX_NOTE_LENGTH} characters.`),
);

/** Why an operator says something. */
export const note = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty("Write why: the note is kept with the conversion, for good."),
  v.maxLength(MAX_NOTE_LENGTH, `A note has at most ${MAX_NOTE_LENGTH} characters.`),
);

export const correctionKey = v.pipe(
  v.string(),
  v.nonEmpty("Leave it out, or write a key."),
  v.maxLength(MAX_KEY_LENGTH, "A key has at most 128 characters."),
);

/**
 * `status` approves, rejects, reverses or reinstates; `amount` with `reversed` is what is given back (left out: all of it), otherwise what the sale amounts to.
 * `refund_id` names the refund that is given back, or reinstated (left out: the last reversal of the whole).
 * `idempotency_key` names the correction, so that it has one effect however often it is sent.
 */
export const correction = v.pipe(
  fields({
    status: v.exactOptional(v.picklist(["approved", "rejected", "reversed", "reinstated"])),
    amount: v.exactOptional(amount),
    refund_id: v.exactOptional(refundId),
    note,
    idempotency_key: v.exactOptional(correctionKey),
  }),
  v.check(({ status, amount }) => status !== undefined || amount !== undefined, "Say status, amount, or both."),
  v.check(
    ({ status, amount }) => status !== "reinstated" || amount === undefined,
    "What is reinstated is what was given back: leave the amount out.",
  ),
  v.check(
    ({ status, refund_id }) => refund_id === undefined || status === "reversed" || status === "reinstated",
    "Only a refund has a name: leave refund_id out, or say reversed or reinstated.",
  ),
);
/** As the ledger is told of it: `act` holds, releases or takes back, and then nothing else is said; `undoes` the word that is taken back, `reason` the slug of why it rejects. */
export type Correction = v.InferOutput<typeof correction> & {
  act?: HoldAct;
  undoes?: string;
  reason?: string;
  /** When it is said, where it must be later than another word. */
  notBeforeMs?: number;
};

export const correctionAnswer = v.object({ status: v.literal("queued"), receipt: v.string() });
export type QueuedView = v.InferOutput<typeof correctionAnswer>;

/** Sends a correction to the ledger; what became of it is told by the receipt. It is logged before it is sent, so that none is unlogged. */
export async function correctConversion(
  env: Env,
  id: string,
  input: Correction,
  change: ChangeStamp,
): Promise<Result<QueuedView, Problem>> {
  const conversion = id.toLowerCase();
  const present = await env.DB.prepare(
    "SELECT advertiser, status, hold, imported, CAST(amount AS TEXT) AS amount, click_id FROM conversions WHERE conversion_id = ?",
  )
    .bind(conversion)
    .first<Present>();
  if (present === null) return refuse(notFound("conversion", id));
  if (present.imported === 1) return refuse(CLOSED);
  const { advertiser } = present;
  const receipt = await correctionReceipt(env, advertiser, conversion, input);
  const content: PostbackContent = {};
  if (input.status !== undefined) content.status = input.status;
  if (input.amount !== undefined) content.amountMicros = input.amount;
  if (input.refund_id !== undefined) content.refundId = input.refund_id;
  const restates = input.amount !== undefined && input.status !== "reversed";
  const { undoes, reason, act, notBeforeMs = 0 } = input;
  const message: PostbackMessage = {
    kind: "postback",
    receipt,
    // Its receipt names it, so that two refunds of one amount are two.
    named: true,
    advertiser,
    receivedAtMs: Math.max(change.atMs, notBeforeMs),
    channel: "console",
    content,
    correction: {
      by: change.by.name,
      note: input.note,
      conversion,
      ...(restates ? { restate: true } : {}),
      ...(act ? { act } : {}),
      ...(undoes === undefined ? {} : { undoes }),
      ...(reason === undefined ? {} : { reason }),
    },
  };
  const log = {
    action: undoes === undefined ? (act ?? "correct") : "undo",
    kind: "conversion",
    subject: conversion,
  } as const;
  await logChange(drizzle(env.DB), change, { ...log, ...beforeAndAfter(present, input, receipt) });
  if (await trySend(env.POSTBACKS, [message])) return accept({ status: "queued", receipt });
  return refuse({ name: "try_again", detail: "The correction could not be queued and has no effect: send it again." });
}

const CLOSED: Problem = {
  name: "fixed",
  detail:
    "Another tracker booked this conversion, and its history was imported: it is closed. Settle it where it was booked.",
};

interface Present {
  advertiser: number;
  status: string;
  hold: string;
  imported: 0 | 1;
  /** Micros. */
  amount: string;
  click_id: string;
}

/**
 * What the log keeps of a correction: what is asked for, and what stood in its place. What is given back stands in the place of nothing. Of a conversion that is erased
 * no words are kept.
 */
function beforeAndAfter({ status, hold, amount, click_id: clickId }: Present, input: Correction, receipt: string) {
  const asked = input.amount === undefined ? null : formatMicros(input.amount);
  const isBack = input.status === "reversed";
  const kept = (text: string) => (isErasedClickId(clickId) ? ERASED_NOTE : text);
  return {
    before: {
      ...(input.act === undefined && hold === "" ? {} : { hold }),
      ...(input.status === undefined ? {} : { status }),
      ...(asked === null || isBack ? {} : { amount: formatMicros(amount) }),
    },
    after: {
      ...(input.status === undefined ? {} : { status: input.status }),
      ...(asked === null ? {} : isBack ? { given_back: asked } : { amount: asked }),
      ...(input.refund_id === undefined ? {} : { refund_id: kept(input.refund_id) }),
      ...(input.reason === undefined ? {} : { reason: input.reason }),
      ...(input.undoes === undefined ? {} : { undoes: input.undoes }),
      note: kept(input.note),
      receipt,
    },
  };
}

async function correctionReceipt(env: Env, advertiser: number, conversion: string, input: Correction): Promise<string> {
  const [key] = await deriveReceiptKeys(await advertiserKeys(env));
  if (!key) throw new Error("the key ring has no keys");
  const { idempotency_key: name, ...rest } = input;
  if (name === undefined)
    return writeReceipt(key, advertiser, crypto.getRandomValues(new Uint8Array(RECEIPT_NAME_BYTES)));
  const parts = [
    "correction",
    conversion,
    name,
    JSON.stringify([
      rest.status,
      rest.amount,
      rest.note,
      ...(rest.refund_id === undefined ? [] : [rest.refund_id]),
      ...(rest.act ? [rest.act] : []),
      ...(rest.reason === undefined ? [] : [rest.reason]),
      ...(rest.undoes === undefined ? [] : [rest.undoes]),
    ]),
  ];
  return writeReceipt(key, advertiser, nameOfMessage(key, advertiser, parts));
}

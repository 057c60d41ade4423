/** The door of batches: `/p/{advertiser}/batch`, many postbacks in one body, a line of answer for each, queued a hundred at a time as they arrive. */
import type { PostbackMessage, RefusalMessage } from "../../../schema/messages.ts";
import { readBody } from "../../core/bounded-body.ts";
import { packMessages } from "../../core/message-packs.ts";
import { decideBatch, MAX_BATCH_BYTES, type OpenedBatch, refuseUnread } from "../../core/postback/batch.ts";
import { type BatchRow, decideRow, type Refused } from "../../core/postback/postback.ts";
import { charsetOf } from "../../core/table-file/encoding.ts";
import { answer, answerLines, type DoorAnswer } from "../answers.ts";
import { refusedReceipt } from "../receipt-names.ts";
import {
  acceptedAs,
  RATE_LIMITED,
  type Reception,
  refuseUnlogged,
  remarksOnRefused,
  turnAway,
  writeMessage,
  writeRefusalMessage,
} from "../reception.ts";
import { trySend } from "../try-send.ts";
import { openRows } from "./batch-rows.ts";
import { type Door, pathOfAdvertiser } from "./door.ts";

/** So many rows are answered at a time. */
const MAX_PENDING = 100;

export const batch: Door = { path: pathOfAdvertiser("/batch"), methods: ["POST"], take, apologise: answer };

/** Answers NDJSON, one line per row in the rows' order: the contract's answer and the row's number. */
async function take(reception: Reception, request: Request, target: string): Promise<Response> {
  const { sender, env, nowMs } = reception;
  const declaredTooLarge = Number(request.headers.get("Content-Length")) > MAX_BATCH_BYTES;
  // In signed mode nothing is read before the whole is verified, and nothing at all of what is not signed; otherwise rows are taken as they come.
  const verifiesWhole = sender.auth === "signed" && request.headers.has("webhook-signature");
  const whole = verifiesWhole || declaredTooLarge ? await readBody(request, MAX_BATCH_BYTES) : null;
  const body = whole ?? { body: new Uint8Array(0) };
  const opened = decideBatch(sender, { method: "POST", target, headers: request.headers, ...body }, nowMs);
  if (!opened.ok) return answer(await turnAway(reception, opened.refusal));
  if (!(await reception.rates.admitSender(env, sender))) return answer(refuseUnlogged(reception, RATE_LIMITED));
  const pieces = whole ? once(whole.body) : (request.body ?? once(body.body));
  // No signature covers the content type.
  const charset = sender.auth === "signed" ? null : charsetOf(request.headers);
  const rows = await openRows(opened.value.format, sender.dialect, pieces, charset);
  if (!rows.ok) return answer(await turnAway(reception, refuseUnread(sender, rows.refusal)));
  return answerLines(takeRows(reception, opened.value, rows.value));
}

/** What a row has become so far: a message that waits for the queue, or a refusal. */
type Pending = { message: PostbackMessage } | { refused: Refused; receipt: string };

async function* takeRows(
  reception: Reception,
  opened: OpenedBatch,
  rows: AsyncIterable<BatchRow>,
): AsyncGenerator<DoorAnswer> {
  const queue = { failed: false };
  let pending: Pending[] = [];
  let number = 0;
  for await (const row of rows) {
    pending.push(takeRow(reception, opened, ++number, row));
    if (pending.length < MAX_PENDING) continue;
    yield* await queueRows(reception, pending, queue);
    pending = [];
  }
  yield* await queueRows(reception, pending, queue);
}

function takeRow(reception: Reception, opened: OpenedBatch, number: number, row: BatchRow): Pending {
  const decision = decideRow(reception.sender, opened, { number, row }, reception);
  if (decision.ok) return { message: { ...writeMessage(reception, decision.value), row: number } };
  return { refused: decision.refusal, receipt: refusedReceipt(reception.receiptKey, reception.sender.advertiser) };
}

/** Queues what waits, and logs what was refused. Once the queue has failed, the rest of the batch is not tried: the sender still has it. */
async function queueRows(
  reception: Reception,
  pending: readonly Pending[],
  queue: { failed: boolean },
): Promise<DoorAnswer[]> {
  const queued = new Set<PostbackMessage>();
  const messages = pending.flatMap((one) => ("message" in one ? [one.message] : []));
  for (const pack of packMessages(messages)) {
    if (!queue.failed) queue.failed = !(await trySend(() => reception.env.POSTBACKS.sendBatch(pack.map(asRequest))));
    if (!queue.failed) for (const message of pack) queued.add(message);
  }
  reception.ctx.waitUntil(logRefused(reception, pending));
  return pending.map((one) => {
    if ("refused" in one) {
      const { refused, receipt } = one;
      return { status: "refused", refusal: refused.refusal, ...remarksOnRefused(reception.sender, refused), receipt };
    }
    return queued.has(one.message)
      ? acceptedAs(one.message)
      : { status: "refused", refusal: { reason: "try_again" }, receipt: one.message.receipt };
  });
}

/** Anyone may send a batch in open mode; its rows must not fill the log. */
async function logRefused(reception: Reception, pending: readonly Pending[]): Promise<void> {
  const { env, strangers, nowMs } = reception;
  const messages: RefusalMessage[] = [];
  let counted = false;
  for (const one of pending) {
    if (!("refused" in one)) continue;
    const { refused, receipt } = one;
    if (refused.proven || (await strangers.keeps(reception, refused)))
      messages.push(writeRefusalMessage(reception, refused, receipt));
    else counted = true;
  }
  for (const pack of packMessages(messages)) await trySend(() => env.REFUSALS.sendBatch(pack.map(asRequest)));
  if (counted) await strangers.tell(env, nowMs);
}

function asRequest<Message>(body: Message): { body: Message } {
  return { body };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

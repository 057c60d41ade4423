/** A batch: many postbacks in one body, a line of answer for each, queued a hundred at a time as they arrive. */
import type { PostbackMessage } from "../../schema/messages.ts";
import { packMessages } from "../core/message-packs.ts";
import { decideBatch, MAX_BATCH_BYTES, type OpenedBatch, refuseUnread } from "../core/postback/batch.ts";
import { decideRow, type Refused, type Row } from "../core/postback/postback.ts";
import { answer, answerLines, type Outcome } from "./answers.ts";
import { readBody } from "./body.ts";
import { isQueued } from "./queueing.ts";
import { randomReceipt } from "./receipts.ts";
import { openRows } from "./rows.ts";
import { RATE_LIMITED, refuseUnlogged, turnAway, type Visit, writeMessage, writeRefusalMessage } from "./visit.ts";

/** So many rows are answered at a time. */
const MAX_PENDING = 100;

/** Answers NDJSON, one line per row in the rows' order: the contract's answer and the row's number. */
export async function takeBatch(visit: Visit, request: Request, target: string): Promise<Response> {
  const { sender, env, nowMs } = visit;
  const declaredTooLarge = Number(request.headers.get("Content-Length")) > MAX_BATCH_BYTES;
  // In signed mode nothing is read before the whole is verified; otherwise rows are taken as they come.
  const whole = sender.auth === "signed" || declaredTooLarge ? await readBody(request, MAX_BATCH_BYTES) : null;
  const body = whole ?? { body: new Uint8Array(0) };
  const batch = decideBatch(sender, { method: "POST", target, headers: request.headers, ...body }, nowMs);
  if (!batch.ok) return answer(await turnAway(visit, batch.refusal));
  if (!(await visit.rates.admitSender(env, sender, "batch"))) return answer(refuseUnlogged(visit, RATE_LIMITED));
  const pieces = whole ? once(whole.body) : (request.body ?? once(body.body));
  const rows = await openRows(batch.value.format, sender.dialect, pieces);
  if (!rows.ok) return answer(await turnAway(visit, refuseUnread(sender, rows.refusal)));
  return answerLines(takeRows(visit, batch.value, rows.value));
}

/** What a row has become so far: a message that waits for the queue, or a refusal. */
type Pending = { message: PostbackMessage } | { refused: Refused; receipt: string };

async function* takeRows(visit: Visit, batch: OpenedBatch, rows: AsyncIterable<Row>): AsyncGenerator<Outcome> {
  const queue = { failed: false };
  let pending: Pending[] = [];
  let number = 0;
  for await (const row of rows) {
    pending.push(takeRow(visit, batch, ++number, row));
    if (pending.length < MAX_PENDING) continue;
    yield* await settle(visit, pending, queue);
    pending = [];
  }
  yield* await settle(visit, pending, queue);
}

function takeRow(visit: Visit, batch: OpenedBatch, number: number, row: Row): Pending {
  const told = { nowMs: visit.nowMs, clickKeys: visit.keys.clicks };
  const decision = decideRow(visit.sender, batch, { number, row }, told);
  if (decision.ok) return { message: { ...writeMessage(visit, decision.value), row: number } };
  return { refused: decision.refusal, receipt: randomReceipt(visit.keys, visit.sender.advertiser) };
}

/** Queues what waits, and logs what was refused. Once the queue has failed, the rest of the batch is not tried: the sender still has it. */
async function settle(visit: Visit, pending: readonly Pending[], queue: { failed: boolean }): Promise<Outcome[]> {
  const queued = new Set<PostbackMessage>();
  const messages = pending.flatMap((one) => ("message" in one ? [one.message] : []));
  for (const pack of packMessages(messages)) {
    if (!queue.failed) queue.failed = !(await isQueued(() => visit.env.POSTBACKS.sendBatch(pack.map(asRequest))));
    if (!queue.failed) for (const message of pack) queued.add(message);
  }
  visit.ctx.waitUntil(logRefused(visit, pending));
  return pending.map((one) => {
    if ("refused" in one) return { status: "refused", refusal: one.refused.refusal, receipt: one.receipt };
    const { receipt } = one.message;
    return queued.has(one.message)
      ? { status: "accepted", receipt }
      : { status: "refused", refusal: { reason: "try_again" }, receipt };
  });
}

async function logRefused(visit: Visit, pending: readonly Pending[]): Promise<void> {
  const refused = pending.flatMap((one) =>
    "refused" in one
      ? [{ proven: one.refused.proven, message: writeRefusalMessage(visit, one.refused, one.receipt) }]
      : [],
  );
  if (refused.length === 0) return;
  // Anyone may send a batch in open mode; its rows must not fill the log.
  const { env, sender, rates } = visit;
  if (!refused[0]?.proven && !(await rates.admitStranger(env, sender, "batch"))) return;
  for (const pack of packMessages(refused.map(({ message }) => message)))
    await isQueued(() => env.REFUSALS.sendBatch(pack.map(asRequest)));
}

function asRequest<Message>(body: Message): { body: Message } {
  return { body };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

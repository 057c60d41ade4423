/**
 * The end of the line for a message that could not be settled for days: it is tried once more, alone; failing that it goes to R2, which
 * takes it when D1 does not, and then to the postback log as `failed` with its error. Nothing is dropped: `failed/{receipt}` can be sent again.
 */
import type { ClicksMessage, PostbackMessage, RefusalMessage, RepairMessage } from "../../schema/messages.ts";
import { backoffSeconds } from "./backoff.ts";
import { type Delivery, type SettleParts, settle } from "./settle.ts";

/** The part of R2 that is used here. */
type Archive = { put(key: string, value: string): Promise<unknown> };

type DeadMessage = PostbackMessage | ClicksMessage | RefusalMessage | RepairMessage;

const WRITE_FAILED = `
  INSERT INTO postbacks (receipt, stage, advertiser, received_at, settled_at, status, reason, click_id, event, txid, channel, test, params, error)
  VALUES (?, 0, ?, ?, ?, 'failed', 'undeliverable', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

/** Takes a batch of the dead-letter queue. A message whose last resort fails too is given back, and is in R2 by then. */
export async function buryBatch(
  parts: SettleParts,
  archive: Archive,
  messages: readonly Message<DeadMessage>[],
): Promise<void> {
  for (const message of messages) {
    try {
      await bury(parts, archive, message);
      message.ack();
    } catch (error) {
      console.error({
        event: "dead_letter_not_kept",
        queueMessage: message.id,
        attempts: message.attempts,
        error: String(error),
      });
      message.retry({ delaySeconds: backoffSeconds(message.attempts, parts.chance()) });
    }
  }
}

async function bury(parts: SettleParts, archive: Archive, { id, body }: Message<DeadMessage>): Promise<void> {
  if (body.kind !== "postback") {
    await archive.put(`failed/${body.kind}/${id}`, JSON.stringify(body));
    return;
  }
  const error = await lastTry(parts, body);
  if (error === null) return;
  await archive.put(`failed/${body.receipt}`, JSON.stringify(body));
  await parts.DB.prepare(WRITE_FAILED)
    .bind(...failedRow(body, parts.nowMs(), error))
    .run();
  console.error({ event: "postback_failed", receipt: body.receipt, error });
}

/** What can be told of a message that may be broken itself: that may be why it is here. */
function failedRow(body: Partial<PostbackMessage>, nowMs: number, error: string) {
  const { receipt = null, advertiser = 0, receivedAtMs = nowMs, channel = "get" } = body;
  const content = body.content ?? {};
  const told = [content.clickId, content.event, content.txid].map((value) => value ?? null);
  return [
    receipt,
    advertiser,
    receivedAtMs,
    nowMs,
    ...told,
    channel,
    Number(content.test === true),
    JSON.stringify(content),
    error,
  ];
}

/** Null when the message could be settled after all, else why not. */
async function lastTry(parts: SettleParts, body: PostbackMessage): Promise<string | null> {
  const delivery: Delivery = {
    body: { ...body, waits: Number.MAX_SAFE_INTEGER },
    attempts: 1,
    ack: () => {},
    retry: () => {},
  };
  return (await settle(parts, [delivery])).get(delivery) ?? null;
}

/**
 * The end of the line for a message that could not be settled for days: it is tried once more, alone; failing that it goes to R2, which takes it when D1
 * does not, and a postback then to its log as `failed` with its error. Nothing is dropped: whatever lies under `failed/` can be sent again.
 */
import type { PostbackMessage } from "../../schema/messages.ts";
import { withoutTarget } from "../core/adoption/unknown-foreign.ts";
import type { PostbackRow } from "../core/books/rows.ts";
import { backoffSeconds } from "./backoff.ts";
import type { AnyMessage } from "./delivery.ts";
import { placeAndWrite } from "./log-writer.ts";

/** What burying needs of the world. */
export interface Graveyard {
  DB: D1Database;
  LOG: D1Database;
  ARCHIVE: { put(key: string, value: string): Promise<unknown> };
  /** The message without what is personal of those who were erased meanwhile. */
  meetLetter: (body: AnyMessage) => Promise<AnyMessage>;
  /** Null when the message could be settled after all, else why not. */
  tryAlone: (body: AnyMessage) => Promise<string | null>;
  nowMs: () => number;
  chance: () => number;
}

const RECEIPT = /^[0-9a-z]{26}$/;

/** Takes a batch of the dead-letter queue. A message whose last resort fails too is given back, and is in R2 by then. */
export async function buryBatch(graveyard: Graveyard, messages: readonly Message<AnyMessage>[]): Promise<void> {
  for (const message of messages) {
    try {
      await bury(graveyard, message);
      message.ack();
    } catch (error) {
      console.error({
        event: "dead_letter_not_kept",
        queueMessage: message.id,
        attempts: message.attempts,
        error: String(error),
      });
      message.retry({ delaySeconds: backoffSeconds(message.attempts, graveyard.chance()) });
    }
  }
}

async function bury(graveyard: Graveyard, { id, body: sent }: Message<AnyMessage>): Promise<void> {
  const { DB, LOG, ARCHIVE, tryAlone, nowMs } = graveyard;
  const error = await tryAlone(sent).catch((thrown: unknown) => String(thrown));
  if (error === null) return;
  const body = asKept(await graveyard.meetLetter(sent));
  const named = body?.kind === "postback" && RECEIPT.test(body.receipt);
  // A postback is there once, whatever the number of its deliveries; the others have the queue's name for them.
  const key = named ? `failed/${body.receipt}` : `failed/${body?.kind ?? "unknown"}/${id}`;
  await ARCHIVE.put(key, JSON.stringify(body));
  if (named) await placeAndWrite({ DB, LOG }, [failedRow(body.receipt, body, nowMs(), error)]);
  console.error({ event: "message_buried", key, error });
}

/** A request as it came is kept nowhere: what is sent again from here is not relayed. */
function asKept(body: AnyMessage): AnyMessage {
  return body?.kind === "postback" && body.tracker ? { ...body, tracker: withoutTarget(body.tracker) } : body;
}

/** What can be told of a message that may be broken itself: that may be why it is here. */
function failedRow(receipt: string, body: Partial<PostbackMessage>, nowMs: number, error: string): PostbackRow {
  const { advertiser = 0, receivedAtMs = nowMs, channel = "get" } = body;
  const content = body.content ?? {};
  return {
    receipt,
    stage: 0,
    advertiser,
    received_at: receivedAtMs,
    settled_at: nowMs,
    status: "failed",
    reason: "undeliverable",
    duplicate_of: null,
    conversion_id: null,
    click_id: content.clickId ?? body.tracker?.clickId ?? null,
    event: content.event ?? null,
    txid: content.txid ?? null,
    channel,
    test: Number(content.test === true),
    params: JSON.stringify(content),
    error,
    credential_version: body.credentialVersion ?? null,
    address_hash: body.addressHash ?? null,
    attempts: null,
  };
}

/** Batches of messages that come by HTTP instead of by a queue, so that what becomes of them is measured by itself. */
import type { ClicksMessage, CourierMessage, PostbackMessage } from "../../schema/messages.ts";

const METADATA = { metrics: { backlogCount: 0, backlogBytes: 0 } };

/** By the names of their queues in wrangler.toml. */
interface Handed {
  postbacks: PostbackMessage;
  clicks: ClicksMessage;
  notices: CourierMessage;
}

/** Hands the request's batches to `take`, one after the other, as if `queue` brought them. The answer tells how many messages were acknowledged. */
export async function handBatches<Name extends keyof Handed = "postbacks">(
  request: Request,
  take: (batch: MessageBatch<Handed[Name]>) => Promise<void>,
  queue?: Name,
): Promise<Response> {
  const batches: Handed[Name][][] = await request.json();
  let acked = 0;
  for (const batch of batches) acked += await handBatch(batch, take, queue ?? "postbacks");
  return new Response(String(acked));
}

/** Hands one batch to `take`. Says how many messages were acknowledged. */
export async function handBatch<Body>(
  batch: readonly Body[],
  take: (batch: MessageBatch<Body>) => Promise<void>,
  queue: keyof Handed,
): Promise<number> {
  let acked = 0;
  const ack = () => {
    acked++;
  };
  const messages = batch.map((body, index) => messageOf(body, String(index), ack));
  await take({ queue, messages, metadata: METADATA, ackAll: () => {}, retryAll: () => {} });
  return acked;
}

function messageOf<Body>(body: Body, id: string, ack: () => void): Message<Body> {
  return { id, timestamp: new Date(), body, attempts: 1, ack, retry: () => {} };
}

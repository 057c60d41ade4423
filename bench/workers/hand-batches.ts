/** Batches of postbacks that come by HTTP instead of by a queue, so that settling is measured by itself. */
import type { PostbackMessage } from "../../schema/messages.ts";

const METADATA = { metrics: { backlogCount: 0, backlogBytes: 0 } };

/** Hands the request's batches to `settle`, one after the other. The answer tells how many messages were acknowledged. */
export async function handBatches(
  request: Request,
  settle: (batch: MessageBatch<PostbackMessage>) => Promise<void>,
): Promise<Response> {
  const batches: PostbackMessage[][] = await request.json();
  let acked = 0;
  const ack = () => {
    acked++;
  };
  for (const batch of batches) {
    const messages = batch.map((body, index) => messageOf(body, String(index), ack));
    await settle({ queue: "postbacks", messages, metadata: METADATA, ackAll: () => {}, retryAll: () => {} });
  }
  return new Response(String(acked));
}

function messageOf(body: PostbackMessage, id: string, ack: () => void): Message<PostbackMessage> {
  return { id, timestamp: new Date(), body, attempts: 1, ack, retry: () => {} };
}

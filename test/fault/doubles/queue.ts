/** Stands in for the postback worker's queue: refuses, or hangs, as told with `POST /{mode}`; otherwise passes on to the real one. */
import { WorkerEntrypoint } from "cloudflare:workers";

interface Env {
  POSTBACKS: Queue;
}

let mode = "well";

export default class FaultyQueue extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    mode = new URL(request.url).pathname.slice(1);
    return new Response(mode);
  }

  async send(message: unknown, options?: QueueSendOptions): Promise<void> {
    if (mode === "refuse") throw new Error("Queue send failed: Internal Server Error");
    if (mode === "hang") await new Promise(() => {});
    await this.env.POSTBACKS.send(message, options);
  }

  async sendBatch(messages: MessageSendRequest[], options?: QueueSendBatchOptions): Promise<void> {
    if (mode === "refuse") throw new Error("Queue send failed: Internal Server Error");
    if (mode === "hang") await new Promise(() => {});
    await this.env.POSTBACKS.sendBatch(messages, options);
  }
}

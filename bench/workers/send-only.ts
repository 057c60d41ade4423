/** The reference for a postback: the smallest worker that puts a message of the same size into the same queue and answers when it is there. */
import type { PostbackMessage } from "../../schema/messages.ts";

interface Env {
  POSTBACKS: Queue<PostbackMessage>;
  /** A message as JSON. */
  MESSAGE: string;
}

let message: PostbackMessage | null = null;

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    message ??= JSON.parse(env.MESSAGE);
    if (message) await env.POSTBACKS.send(message);
    return new Response("ok");
  },
};

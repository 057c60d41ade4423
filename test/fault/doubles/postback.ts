/** The real postback worker with a queue that fails as told with `/faults?queue=refuse` or `hang`; anything else mends it. */
import type { Env } from "../../../workers/postback/env.ts";
import worker from "../../../workers/postback/index.ts";

let mode: string | null = null;

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/faults")
      return worker.fetch(request, { ...env, POSTBACKS: faultyQueue(env.POSTBACKS) }, context);
    mode = searchParams.get("queue");
    return new Response(mode);
  },
};

function faultyQueue(real: Env["POSTBACKS"]): Env["POSTBACKS"] {
  return {
    metrics: () => real.metrics(),
    send: (message, options) => inMode(() => real.send(message, options)),
    sendBatch: (messages, options) => inMode(() => real.sendBatch(messages, options)),
  };
}

async function inMode<Sent>(send: () => Promise<Sent>): Promise<Sent> {
  if (mode === "refuse") throw new Error("Queue send failed: Internal Server Error");
  if (mode === "hang") await new Promise(() => {});
  return send();
}

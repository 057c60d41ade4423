/** A receiver on this machine: keeps what it is told, and answers as the test says. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { text } from "node:stream/consumers";

export interface Told {
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: string;
  atMs: number;
}

/** Status and body; `hang` never answers, `cut` breaks off once the request is read. */
export type ReceiverAnswer = { status: number; body?: string; headers?: Record<string, string> } | "hang" | "cut";

export interface Receiver {
  origin: string;
  port: number;
  told: Told[];
  answer: (told: Told) => ReceiverAnswer | Promise<ReceiverAnswer>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const receiver: Omit<Receiver, "origin" | "port"> = {
    told: [],
    answer: () => ({ status: 200, body: "OK" }),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const server: Server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://receiver");
    const told: Told = {
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: await text(request),
      atMs: Date.now(),
    };
    receiver.told.push(told);
    const answer = await receiver.answer(told);
    if (answer === "hang") return;
    if (answer === "cut") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return Object.assign(receiver, { origin: `http://127.0.0.1:${port}`, port });
}

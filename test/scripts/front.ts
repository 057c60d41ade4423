/** Real sockets before the workers of a system, for programs that know nothing of the harness they are tested in. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type System, type SystemFetch, startSystem } from "../flow/system.ts";

const HOST = "127.0.0.1";
/** Between two hops only, or made anew by each. */
const OWN_TO_THE_HOP = ["host", "connection", "content-length", "transfer-encoding", "content-encoding", "expect"];

export interface Fronted {
  system: System;
  origins: { click: string; postback: string; console: string };
  /** Breaks the connection of the next answer of the postback worker after so many bytes; 0: before it begins. */
  breakNextAnswerAfter(bytes: number): void;
  /** Requests that reached the postback worker. */
  postbackRequests(): number;
  stop(): Promise<void>;
}

/** Starts a system whose console names these sockets as the public addresses. */
export async function startFronted(): Promise<Fronted> {
  const servers = { click: await listen(), postback: await listen(), console: await listen() };
  const origins = {
    click: originOf(servers.click),
    postback: originOf(servers.postback),
    console: originOf(servers.console),
  };
  const vars = { console: { CLICK_ORIGIN: origins.click, POSTBACK_ORIGIN: origins.postback } };
  const system = await startSystem({ vars });
  let breakAfter: number | null = null;
  let requests = 0;
  servers.click.on(
    "request",
    forward(system.fetchClick, () => null),
  );
  servers.console.on(
    "request",
    forward(system.fetchConsole, () => null),
  );
  servers.postback.on(
    "request",
    forward(system.fetchPostback, () => {
      requests++;
      const bytes = breakAfter;
      breakAfter = null;
      return bytes;
    }),
  );
  return {
    system,
    origins,
    breakNextAnswerAfter: (bytes) => {
      breakAfter = bytes;
    },
    postbackRequests: () => requests,
    stop: async () => {
      for (const server of Object.values(servers)) {
        server.close();
        server.closeAllConnections();
      }
      await system.stop();
    },
  };
}

function forward(fetchWorker: SystemFetch, breakAfter: () => number | null) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray());
    const method = request.method ?? "GET";
    const answer = await fetchWorker(request.url ?? "/", {
      method,
      // Without one, the system's own would stand in for it.
      headers: { authorization: "", ...headersOf(request) },
      ...(body.length > 0 ? { body } : {}),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const limit = breakAfter();
    const headers = [...answer.headers].filter(([name]) => !OWN_TO_THE_HOP.includes(name));
    if (limit === 0) return response.destroy();
    response.writeHead(answer.status, Object.fromEntries(headers));
    if (limit === null) return response.end(bytes);
    response.write(bytes.subarray(0, limit), () => response.destroy());
  };
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      OWN_TO_THE_HOP.includes(name) || typeof value !== "string" ? [] : [[name, value]],
    ),
  );
}

async function listen(): Promise<Server> {
  const server = createServer();
  server.listen(0, HOST);
  await once(server, "listening");
  return server;
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return `http://${HOST}:${address.port}`;
}

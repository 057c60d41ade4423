/** A receiver of deliveries on this machine: keeps what it is told, in the order in which it came, and answers as its owner would. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { codeOf } from "../file-lock.ts";
import { HOST } from "../local/options.ts";

/** One request as it came, with how often the same delivery had come before it. */
export interface Call {
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  before: number;
}

/** What one request said; null where it is none of ours. */
export interface Told {
  deliveryId: string;
  conversionId: string;
  sequence: number;
  status: string;
  payoutMicros: number | null;
  payoutDeltaMicros: number | null;
}

/** A status and the answer's body; `hang` never answers, `break` reads the request and breaks off. */
export type ReceiversWord = { status: number; body?: string; afterMs?: number } | "hang" | "break";

export interface ReceiverManner {
  read(call: Call): Told | null;
  answer(call: Call, told: Told): ReceiversWord;
  /** Whether this answer takes what was told. */
  takes(word: ReceiversWord): boolean;
}

export interface LocalReceiver {
  /** What it took, the first time it did, in that order. */
  taken: Told[];
  /** Deliveries that it took a second time, since nothing says that it did. */
  again: string[];
  /** What it could not read: requests that nobody should have sent, such as with a wrong signature. */
  strange: string[];
  /** Requests that it did not take. */
  turnedAway: number;
  /** Nobody listens there until it is back; what it heard it still knows. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/** Listens on this port. Throws one line where that is not to be had. */
export async function startReceiver(port: number, manner: ReceiverManner): Promise<LocalReceiver> {
  const seen = new Map<string, number>();
  const takenIds = new Set<string>();
  const leave = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new Error(`no receiver can listen on port ${port} (${codeOf(error)})`)));
      server.listen(port, HOST, resolve);
    });
  const receiver: LocalReceiver = {
    taken: [],
    again: [],
    strange: [],
    turnedAway: 0,
    leave,
    comeBack: listen,
    stop: leave,
  };
  const hear = (told: Told, word: ReceiversWord): void => {
    if (!manner.takes(word)) receiver.turnedAway++;
    else if (takenIds.has(told.deliveryId)) receiver.again.push(told.deliveryId);
    else {
      takenIds.add(told.deliveryId);
      receiver.taken.push(told);
    }
  };
  const server = createServer(async (request, response) => {
    const { searchParams: query } = new URL(request.url ?? "/", "http://receiver");
    const call: Call = { query, headers: request.headers, body: await text(request), before: 0 };
    const told = manner.read(call);
    if (!told) {
      receiver.strange.push(`${request.method} ${request.url}`);
      response.writeHead(400).end();
      return;
    }
    const before = seen.get(told.deliveryId) ?? 0;
    seen.set(told.deliveryId, before + 1);
    const word = manner.answer({ ...call, before }, told);
    hear(told, word);
    if (word === "hang") return;
    if (word === "break") {
      request.socket.destroy();
      return;
    }
    setTimeout(() => response.writeHead(word.status).end(word.body ?? ""), word.afterMs ?? 0);
  });
  await listen();
  return receiver;
}

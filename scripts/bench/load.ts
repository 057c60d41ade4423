/** The load: as many requests as a worker answers, or so many a second. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import autocannon, { type Request } from "autocannon";
import { Pool } from "undici";

export type { Request };

/** Requests under way at once. */
export const CONNECTIONS = 32;
const SAMPLE_MS = 50;
/** On a busy machine an answer may take long; it counts all the same. */
const TIMEOUT_S = 60;

/** What answers: an origin, what it is asked in turn, and the one status that counts as an answer. */
export interface Target {
  origin: string;
  requests: readonly Request[];
  status: number;
}

export interface Saturation {
  answered: number;
  seconds: number;
}

/** Sends `amount` requests over a fixed number of connections, each as soon as the one before it is answered. Throws when one is not answered as it must be. */
export async function saturate({ origin, requests, status }: Target, amount: number): Promise<Saturation> {
  let startedMs = 0;
  let answeredMs = 0;
  let answered = 0;
  let shift = 0;
  const run = autocannon({
    url: origin,
    connections: CONNECTIONS,
    amount,
    sampleInt: SAMPLE_MS,
    timeout: TIMEOUT_S,
    requests,
    // Connections begin at different places of the list, so that they do not all send the same at the same time.
    setupClient: (client) =>
      client.setRequests(rotate(requests, Math.floor((shift++ * requests.length) / CONNECTIONS))),
  });
  run.on("start", () => {
    startedMs = performance.now();
  });
  run.on("response", (_client, code) => {
    answeredMs = performance.now();
    if (code === status) answered++;
  });
  const { errors } = await run;
  if (answered !== amount) throw new Error(`${origin}: ${answered} of ${amount} answered ${status}, ${errors} errors`);
  return { answered, seconds: (answeredMs - startedMs) / 1000 };
}

/**
 * Connections to a target that stay open, so that the load may be cut into turns as short as one likes. It takes more of the processor for a request than `saturate`, which
 * is too much beside a redirect and little beside a postback.
 */
export interface OpenLoad {
  /** Sends `amount` requests, each connection one as soon as it has the answer to the one before. Throws when one is not answered as it must be. */
  saturate(amount: number): Promise<Saturation>;
  close(): Promise<void>;
}

export function openLoad({ origin, requests, status }: Target): OpenLoad {
  const pool = new Pool(origin, { connections: CONNECTIONS, keepAliveTimeout: TIMEOUT_S * 1000 });
  let sent = 0;

  async function ask(): Promise<void> {
    const asked = requests[sent++ % requests.length];
    if (!asked) throw new Error(`there is nothing to ask ${origin}`);
    const { method = "GET", path, headers, body } = asked;
    const answer = await pool.request({ method, path, headers: headers ?? null, body: body ?? null });
    await answer.body.dump();
    if (answer.statusCode !== status) throw new Error(`${origin} answered ${answer.statusCode}`);
  }

  return {
    async saturate(amount) {
      const startedMs = performance.now();
      const end = sent + amount;
      const asking = async () => {
        while (sent < end) await ask();
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, asking));
      return { answered: amount, seconds: (performance.now() - startedMs) / 1000 };
    },
    close: () => pool.close(),
  };
}

/** Milliseconds from sending to answer, at a fixed rate, in no order. Sending never waits for an answer, so a stall is seen by all that it holds up. */
export async function latenciesAt(target: Target, perSecond: number, seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
  const { hostname, port } = new URL(target.origin);
  const latencies: number[] = [];
  const startedMs = performance.now();
  let sent = 0;
  let open = 0;
  let failure: Error | null = null;
  const send = (asked: Request) => {
    const atMs = performance.now();
    const { method = "GET", path, headers = {} } = asked;
    open++;
    request({ agent, hostname, port, method, path, headers }, (answer) => {
      answer.resume().on("end", () => {
        latencies.push(performance.now() - atMs);
        open--;
        if (answer.statusCode !== target.status) failure = new Error(`${target.origin} answered ${answer.statusCode}`);
      });
    })
      .on("error", (error) => {
        failure = error;
      })
      .end(asked.body);
  };
  while (sent < perSecond * seconds && !failure) {
    const due = Math.min(perSecond * seconds, ((performance.now() - startedMs) / 1000) * perSecond);
    for (; sent < due; sent++) {
      const asked = target.requests[sent % target.requests.length];
      if (asked) send(asked);
    }
    await sleep(1);
  }
  while (open > 0 && !failure) await sleep(1);
  agent.destroy();
  if (failure) throw failure;
  return latencies;
}

function rotate<Value>(list: readonly Value[], by: number): Value[] {
  return [...list.slice(by), ...list.slice(0, by)];
}

/**
 * The local platform's door around each worker: it is shut until the databases are migrated and again while the queues drain, it knows what
 * the queues still owe, since the simulator keeps them in memory only, and it remembers the edge's records. Production has no door: there the worker itself is the entry.
 */

import { WorkerEntrypoint } from "cloudflare:workers";
import worker from "clickback-worker";
import { createEdgeMemory, EDGE_READER, type EdgeReads, type EdgeWrites, toldWrites } from "./edge-memory.ts";
import type { Held, LocalQueues } from "./held.ts";

export * from "clickback-worker";

type Env = Record<string, unknown>;

/** Nobody comes in before the databases are migrated. */
let shut: "starting" | "stopping" | null = "starting";
let keeping = false;
/** Batches that the worker is working on. */
const working = new Set<Held[]>();
/** Messages that come back later: retries and sends with a delay. */
let later: Held[] = [];
/** Messages that came after the order to keep them. */
const kept: Held[] = [];
const memory = createEdgeMemory();
/** The bindings as the worker gets them, by those that the platform gives. */
const watchedEnvs = new WeakMap<Env, Env>();

/** What the platform may ask of a door; no request from outside reaches it. */
export class Door extends WorkerEntrypoint {
  open(): void {
    shut = null;
  }

  shut(): void {
    shut = "stopping";
  }

  batches(): number {
    return working.size;
  }

  /** From now on the worker gets no messages: they are held here. */
  keep(): void {
    keeping = true;
  }

  /** Another worker has written this record of the edge. */
  forget(key: string): void {
    memory.forget(key);
  }

  /** Everything that has not been settled: it is sent again at the next start. */
  held(): Held[] {
    forgetDelivered();
    return [...kept, ...later, ...[...working].flat()];
  }
}

export default {
  fetch(request, env, context) {
    if (shut) return closedAnswer(shut);
    return worker.fetch ? worker.fetch(request, watchedEnv(env), context) : new Response(null, { status: 404 });
  },

  async queue(batch, env, context) {
    const bodies = batch.messages.map((message) => ({ queue: batch.queue, body: message.body, dueMs: 0 }));
    if (keeping) {
      kept.push(...bodies);
      return;
    }
    forgetDelivered();
    working.add(bodies);
    try {
      await worker.queue?.(watchedBatch(batch, env), watchedEnv(env), context);
    } catch (error) {
      for (const { body } of bodies) comesLater(batch.queue, body, retryDelayS(env, batch.queue));
      throw error;
    } finally {
      working.delete(bodies);
    }
  },

  async scheduled(controller, env, context) {
    await worker.scheduled?.(controller, watchedEnv(env), context);
  },
} satisfies ExportedHandler<Env>;

/** The postback worker's own words for "not now", so that a sender keeps the message and sends it again. */
function closedAnswer(why: "starting" | "stopping"): Response {
  const body = { status: "refused", reason: "try_again", message: `The local platform is ${why}: send it again.` };
  return Response.json(body, { status: 503, headers: { "retry-after": why === "starting" ? "1" : "10" } });
}

function comesLater(queue: string, body: unknown, delayS: number | undefined): void {
  if (delayS) later.push({ queue, body, dueMs: Date.now() + delayS * 1000 });
}

function forgetDelivered(): void {
  const nowMs = Date.now();
  later = later.filter(({ dueMs }) => dueMs > nowMs);
}

function watchedBatch(batch: MessageBatch, env: Env): MessageBatch {
  const usualDelayS = retryDelayS(env, batch.queue);
  const noteRetry = (body: unknown, options?: QueueRetryOptions) =>
    comesLater(batch.queue, body, options?.delaySeconds ?? usualDelayS);
  return {
    queue: batch.queue,
    metadata: batch.metadata,
    messages: batch.messages.map((message) => ({
      id: message.id,
      timestamp: message.timestamp,
      body: message.body,
      attempts: message.attempts,
      ack: () => message.ack(),
      retry: (options?: QueueRetryOptions) => {
        noteRetry(message.body, options);
        message.retry(options);
      },
    })),
    ackAll: () => batch.ackAll(),
    retryAll: (options?: QueueRetryOptions) => {
      for (const { body } of batch.messages) noteRetry(body, options);
      batch.retryAll(options);
    },
  };
}

/** The worker's bindings, with its queues watched for sends that arrive later, and the edge's records read from memory or written with word of it. */
function watchedEnv(env: Env): Env {
  const known = watchedEnvs.get(env);
  if (known) return known;
  const watched = { ...env };
  for (const [binding, queue] of Object.entries(localQueues(env).producers)) {
    const producer = env[binding];
    if (isQueue(producer)) watched[binding] = watchedQueue(producer, queue);
  }
  if (isEdge(env.EDGE)) watched.EDGE = watchedEdge(env.EDGE, env);
  watchedEnvs.set(env, watched);
  return watched;
}

/** Whoever has the setting how long a record is good for reads them; the others write them, and look at what is really there. */
function watchedEdge(edge: KVNamespace, env: Env): KVNamespace {
  if ("EDGE_CACHE_S" in env) return replaced<KVNamespace, EdgeReads>(edge, memory.reading(edge));
  const readers = Object.entries(env).flatMap(([name, door]) =>
    name.startsWith(EDGE_READER) && isDoor(door) ? [door] : [],
  );
  const tell = (key: string) => Promise.all(readers.map((door) => door.forget(key)));
  return replaced<KVNamespace, EdgeWrites>(edge, toldWrites(edge, tell));
}

/** `whole` with some of its methods in another way. */
function replaced<Whole extends object, Part extends object>(whole: Whole, part: Part): Whole {
  return new Proxy(whole, {
    get(target, name) {
      const own: unknown = Reflect.get(part, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      // The platform's methods work on their own object only.
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function watchedQueue(producer: Queue, queue: string): Queue {
  return {
    metrics: () => producer.metrics(),
    send: (body, options) => {
      comesLater(queue, body, options?.delaySeconds);
      return producer.send(body, options);
    },
    sendBatch: (messages, options) => {
      const list = [...messages];
      for (const { body, delaySeconds } of list) comesLater(queue, body, delaySeconds ?? options?.delaySeconds);
      return producer.sendBatch(list, options);
    },
  };
}

function isQueue(value: unknown): value is Queue {
  return typeof value === "object" && value !== null && "sendBatch" in value;
}

function isEdge(value: unknown): value is KVNamespace {
  return typeof value === "object" && value !== null && "getWithMetadata" in value;
}

function isDoor(value: unknown): value is Pick<Door, "forget"> {
  return typeof value === "object" && value !== null;
}

function retryDelayS(env: Env, queue: string): number {
  return localQueues(env).retryDelaysS[queue] ?? 0;
}

function localQueues(env: Env): LocalQueues {
  return isLocalQueues(env.LOCAL_QUEUES) ? env.LOCAL_QUEUES : { producers: {}, retryDelaysS: {} };
}

function isLocalQueues(value: unknown): value is LocalQueues {
  return typeof value === "object" && value !== null && "producers" in value && "retryDelaysS" in value;
}

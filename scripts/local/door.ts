/**
 * The local platform's door around each worker: it is shut until the databases are migrated and again while the queues drain, it keeps on disk what
 * the queues still owe, since the simulator keeps them in memory only, and it remembers the edge's records. Production has no door: there the worker itself is the entry.
 */

import { WorkerEntrypoint } from "cloudflare:workers";
import worker from "clickback-worker";
import { createEdgeMemory, EDGE_READER, type EdgeReads, type EdgeWrites, toldWrites } from "./edge-memory.ts";
import { Journal, type JournalStub } from "./journal.ts";
import type { LocalQueues } from "./local-queues.ts";

export * from "clickback-worker";
export { Journal };

type Env = Record<string, unknown>;

/** Nobody comes in before the databases are migrated. */
let shut: "starting" | "stopping" | null = "starting";
/** How many batches the worker is working on. */
let working = 0;
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
    return working;
  }

  /** Another worker has written this record of the edge. */
  forget(key: string): void {
    memory.forget(key);
  }
}

export default {
  fetch(request, env, context) {
    if (shut) return closedAnswer(shut);
    return worker.fetch ? worker.fetch(request, watchedEnv(env), context) : new Response(null, { status: 404 });
  },

  async queue(batch, env, context) {
    const { watched, settled } = watchedBatch(batch);
    working++;
    try {
      await worker.queue?.(watched, watchedEnv(env), context);
      await journalOf(env)?.settle(settled(true));
    } catch (error) {
      await journalOf(env)?.settle(settled(false));
      throw error;
    } finally {
      working--;
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

/** The batch, and afterwards the texts of what the worker has settled: what it says of a message first holds; of the others, that it took them, unless it failed. */
function watchedBatch(batch: MessageBatch): { watched: MessageBatch; settled(isTaken: boolean): string[] } {
  const said = new Map<string, "ack" | "retry">();
  let all: "ack" | "retry" | undefined;
  const say = (id: string, word: "ack" | "retry") => {
    if (!said.has(id)) said.set(id, word);
  };
  const watched: MessageBatch = {
    queue: batch.queue,
    metadata: batch.metadata,
    messages: batch.messages.map((message) => ({
      id: message.id,
      timestamp: message.timestamp,
      body: message.body,
      attempts: message.attempts,
      ack: () => {
        say(message.id, "ack");
        message.ack();
      },
      retry: (options?: QueueRetryOptions) => {
        say(message.id, "retry");
        message.retry(options);
      },
    })),
    ackAll: () => {
      all = "ack";
      batch.ackAll();
    },
    retryAll: (options?: QueueRetryOptions) => {
      all = "retry";
      batch.retryAll(options);
    },
  };
  const settled = (isTaken: boolean) =>
    batch.messages
      .filter(({ id }) => (said.get(id) ?? all ?? (isTaken ? "ack" : "retry")) === "ack")
      .map(({ body }) => JSON.stringify(body));
  return { watched, settled };
}

/** The worker's bindings, with its queues kept on disk, and the edge's records read from memory or written with word of it. */
function watchedEnv(env: Env): Env {
  const known = watchedEnvs.get(env);
  if (known) return known;
  const watched = { ...env };
  for (const [binding, queue] of Object.entries(localQueues(env).producers)) {
    const producer = env[binding];
    const journals = env.LOCAL_JOURNAL;
    if (isQueue(producer) && isJournals(journals)) watched[binding] = journalledQueue(producer, queue, journals);
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

/** A send is answered once its messages are on disk. What the queue then refuses was not taken, and is the sender's again. */
function journalledQueue(producer: Queue, queue: string, journals: Journals): Queue {
  const journalled = async <Answer>(bodies: readonly unknown[], send: () => Promise<Answer>): Promise<Answer> => {
    const texts = bodies.map((body) => JSON.stringify(body));
    // A stub of one request is none of another.
    const journal = journalIn(journals);
    await journal.keep(queue, texts);
    try {
      return await send();
    } catch (error) {
      await journal.settle(texts);
      throw error;
    }
  };
  return {
    metrics: () => producer.metrics(),
    send: (body, options) => journalled([body], () => producer.send(body, options)),
    sendBatch: (messages, options) => {
      const list = [...messages];
      const bodies = list.map(({ body }) => body);
      return journalled(bodies, () => producer.sendBatch(list, options));
    },
  };
}

type Journals = DurableObjectNamespace<Journal>;

function journalOf(env: Env): JournalStub | null {
  return isJournals(env.LOCAL_JOURNAL) ? journalIn(env.LOCAL_JOURNAL) : null;
}

function journalIn(journals: Journals): JournalStub {
  return journals.get(journals.idFromName("journal"));
}

function isJournals(value: unknown): value is Journals {
  return typeof value === "object" && value !== null && "idFromName" in value;
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

function localQueues(env: Env): LocalQueues {
  return isLocalQueues(env.LOCAL_QUEUES) ? env.LOCAL_QUEUES : { producers: {} };
}

function isLocalQueues(value: unknown): value is LocalQueues {
  return typeof value === "object" && value !== null && "producers" in value;
}

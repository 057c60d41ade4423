/** One isolate of the click worker in the test's own process: the real handler, with KV, queue and waitUntil played by objects that can be broken at will. */

import type { ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import { type CapRecord, capKey, type LinkRecord, linkKey } from "../../schema/records.ts";
import type { Env } from "../../workers/click/env.ts";
import { createHandler } from "../../workers/click/handler.ts";
import type { ClickRequest } from "../../workers/click/source.ts";

export const CLICK_KEYS = JSON.stringify({ signing: 1, keys: { 1: Buffer.alloc(32, 1).toString("base64") } });
export const BROWSER =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

export const LINK: LinkRecord = {
  link: 7,
  offer: 3,
  affiliate: 2,
  advertiser: 1,
  offerSlug: "shoes",
  affiliateSlug: "blog",
  advertiserSlug: "acme",
  destination: "https://shop.example/shoes?click_id={click_id}&from={affiliate}",
  redirectStatus: 302,
  referrerPolicy: "strict-origin-when-cross-origin",
  deepLinkHosts: [],
};

export interface Visit {
  method?: string;
  headers?: Record<string, string>;
  cf?: Record<string, string>;
}

/** What happens before an answer: what throws or never ends takes its place. */
export interface Faults {
  kv: ((key: string) => Promise<undefined> | undefined) | null;
  queue: ((message: ClicksMessage) => Promise<undefined> | undefined) | null;
}

export interface Edge {
  env: Env;
  /** What KV holds. */
  stored: Map<string, unknown>;
  /** Keys that KV was asked for. */
  reads: string[];
  faults: Faults;
  sent: ClicksMessage[];
  /** Addresses, with their methods, that the postback worker got. */
  handedOver: string[];
  publish(slug: string, record: Partial<LinkRecord>): void;
  publishCap(offer: number, record: CapRecord): void;
  visit(path: string, visit?: Visit): Promise<Response>;
  /** Waits until everything that requests left behind is done, the click log's sending too. */
  settle(): Promise<void>;
  clicks(): LoggedClick[];
}

/** An isolate that has just started, with link `demo` published. `cacheS` as EDGE_CACHE_S. */
export function startEdge(cacheS = "30"): Edge {
  const stored = new Map<string, unknown>([[linkKey("demo"), LINK]]);
  const reads: string[] = [];
  const sent: ClicksMessage[] = [];
  const handedOver: string[] = [];
  const faults: Faults = { kv: null, queue: null };
  const left: Promise<unknown>[] = [];
  const kv = {
    async get(key: string) {
      reads.push(key);
      await faults.kv?.(key);
      const record = stored.get(key);
      return record === undefined ? null : JSON.stringify(record);
    },
  };
  const queue = {
    async send(message: ClicksMessage) {
      await faults.queue?.(message);
      sent.push(structuredClone(message));
    },
  };
  const ctx = { waitUntil: (promise: Promise<unknown>) => void left.push(promise) };
  const postback = {
    async fetch(request: Request) {
      handedOver.push(`${request.method} ${request.url}`);
      return new Response("of the postback worker");
    },
  };
  const env = {
    EDGE: kv,
    CLICK_LOG: queue,
    POSTBACK: postback,
    CLICK_KEYS,
    EDGE_CACHE_S: cacheS,
    CLICK_LOG_MS: "1000",
  };
  if (!isEnv(env) || !isContext(ctx)) throw new Error("not reached");
  const { fetch } = createHandler();
  return {
    env,
    stored,
    reads,
    faults,
    sent,
    handedOver,
    publish: (slug, record) => void stored.set(linkKey(slug), { ...LINK, ...record }),
    publishCap: (offer, record) => void stored.set(capKey(offer), record),
    visit: async (path, visit) => fetch(requestOf(path, visit), env, ctx),
    async settle() {
      while (left.length > 0) await left.shift();
    },
    clicks: () => sent.flatMap((message) => message.clicks),
  };
}

/** The address that an answer leads to. Throws when it leads nowhere. */
export function locationOf(answer: Response): URL {
  const location = answer.headers.get("location");
  if (location === null) throw new Error(`answered ${answer.status} without Location`);
  return new URL(location);
}

function requestOf(path: string, { method = "GET", headers = {}, cf = {} }: Visit = {}): ClickRequest {
  const request = new Request(new URL(path, "https://go.example"), {
    method,
    headers: { "user-agent": BROWSER, ...headers },
  });
  const arrived = Object.assign(request, { cf });
  if (!isClickRequest(arrived)) throw new Error("not reached");
  return arrived;
}

// The platform's types are far wider than what the worker uses of them, so they are vouched for here, once.
function isEnv(env: object): env is Env {
  return "EDGE" in env;
}

function isContext(ctx: object): ctx is ExecutionContext {
  return "waitUntil" in ctx;
}

function isClickRequest(request: object): request is ClickRequest {
  return request instanceof Request;
}

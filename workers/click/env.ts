/** What the click worker may touch: exactly what its section of wrangler.toml grants. */
import type { MessageSink } from "./click-collector.ts";

export interface Env {
  EDGE: KVNamespace;
  CLICK_LOG: MessageSink;
  /** The postback worker: what comes to another tracker's host and is no click is its. */
  POSTBACK: { fetch(request: Request): Promise<Response> };
  /** Key ring (`core/key-ring.ts`) that click IDs are sealed with. */
  CLICK_KEYS: string;
  /** Seconds that a link record counts as fresh in memory; `0` where a change must show at once. */
  EDGE_CACHE_S: string;
  /** Milliseconds for which clicks are gathered in memory before they are sent together. */
  CLICK_LOG_MS: string;
}

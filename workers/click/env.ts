/** What the click worker may touch: exactly what its section of wrangler.toml grants. */
import type { ClicksMessage } from "../../schema/messages.ts";

export interface Env {
  EDGE: KVNamespace;
  CLICK_LOG: Queue<ClicksMessage>;
  /** Key ring (`core/key-ring.ts`) that click IDs are sealed with. */
  CLICK_KEYS: string;
  /** Seconds that a link record counts as fresh in memory; `0` where a change must show at once. */
  EDGE_CACHE_S: string;
}

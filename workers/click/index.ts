/** The edge's door: GET /c/{slug} → a redirect with a click ID. What one isolate remembers between requests lives in the handler. */
import type { ClicksMessage } from "../../schema/messages.ts";
import { createHandler } from "./handler.ts";

export interface Env {
  EDGE: KVNamespace;
  CLICK_LOG: Queue<ClicksMessage>;
  /** Key ring (`core/key-ring.ts`) that click IDs are sealed with. */
  CLICK_KEYS: string;
  /** Seconds that a link record counts as fresh in memory; `0` where a change must show at once. */
  EDGE_CACHE_S: string;
}

export default createHandler();

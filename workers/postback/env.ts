/** What the postback worker may touch: exactly what its section of wrangler.toml grants. */
import type { PostbackMessage, RefusalMessage } from "../../schema/messages.ts";

export interface Env {
  EDGE: KVNamespace;
  POSTBACKS: Queue<PostbackMessage>;
  REFUSALS: Queue<RefusalMessage>;
  /** The budget of senders, per advertiser; one unit is five hundred requests. */
  SENDER_RATE: RateLimit;
  /** The budget of what is kept of those who did not prove to be the sender, per advertiser. */
  STRANGER_RATE: RateLimit;
  /** Seconds that an advertiser's record counts as fresh in memory; `0` where a change must show at once. */
  EDGE_CACHE_S: string;
  /** Key ring (`core/key-ring.ts`) that click IDs are sealed with. */
  CLICK_KEYS: string;
  /** Key ring that advertisers' secrets and receipts are derived from. */
  ADVERTISER_KEYS: string;
  /** Private keys that open shops' secrets; no other worker has them. */
  SOURCE_KEYS: string;
  /** The keys that promises are signed with. */
  PROOF_KEYS: string;
}

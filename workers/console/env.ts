/** What the console may touch: exactly what its section of wrangler.toml grants. */
import type {
  AdoptionMessage,
  ClicksMessage,
  ErasureMessage,
  PostbackMessage,
  RefusalMessage,
  RepairMessage,
  StatementMessage,
} from "../../schema/messages.ts";
import type { StoredBooks } from "../core/books/stored.ts";
import type { StoredClicks } from "../core/click-log/click-days.ts";
import type { CourierCalls } from "../core/courier/courier-calls.ts";
import type { ReadCells } from "../core/metrics/click-cells.ts";

export interface Env {
  DB: D1Database;
  LOG: D1Database;
  EDGE: KVNamespace;
  ARCHIVE: R2Bucket;
  CONVERSIONS: DurableObjectNamespace<StoredBooks>;
  CLICK_DAYS: DurableObjectNamespace<StoredClicks>;
  CLICK_READERS: DurableObjectNamespace<ReadCells>;
  COURIER_CALLS: Service<CourierCalls>;
  POSTBACKS: Queue<PostbackMessage | RepairMessage | ErasureMessage | AdoptionMessage | StatementMessage>;
  /** Asked how far behind the ledger is; sent is only what failed, once more. */
  REFUSALS: Queue<RefusalMessage>;
  CLICK_LOG: Queue<ClicksMessage>;
  ADVERTISER_KEYS: string;
  /** Public halves of the postback worker's `SOURCE_KEYS`: they seal shops' secrets, and open nothing. */
  SOURCE_SEALING_KEYS: string;
  /** Public halves of the `PROOF_KEYS` of ledger and postback worker, by which everybody checks what these sign. */
  PROOF_PUBLIC_KEYS: string;
  CONSOLE_TOKEN: string;
  CLICK_ORIGIN: string;
  POSTBACK_ORIGIN: string;
  ACCESS_ISSUER: string;
  ACCESS_AUDIENCE: string;
  ACCESS_ROLES: string;
  /** Where the bank's daily rates are fetched from; empty fetches none. */
  RATES_URL: string;
  /** Ports of this machine that the courier may tell, `any`, or empty. */
  LOOPBACK_PORTS: string;
}

/** The books, and the log of postbacks and refusals. */
export type Databases = Pick<Env, "DB" | "LOG">;

/** What rows are looked up by: the databases, and the objects, which know orders. */
export type Readable = Databases & Pick<Env, "CONVERSIONS">;

/** What the ledger may touch: exactly what its section of wrangler.toml grants. */
import type {
  ArchiveMessage,
  CourierMessage,
  ErasureMessage,
  PostbackMessage,
  StatementMessage,
} from "../../schema/messages.ts";
import type { ClickDay } from "./click-day.ts";
import type { Conversions } from "./conversions-object.ts";

export interface Env {
  DB: D1Database;
  LOG: D1Database;
  EDGE: KVNamespace;
  ARCHIVE: R2Bucket;
  CONVERSIONS: DurableObjectNamespace<Conversions>;
  CLICK_DAYS: DurableObjectNamespace<ClickDay>;
  POSTBACKS: Queue<PostbackMessage | ErasureMessage | StatementMessage>;
  /** To itself: pieces of the archive to be written. */
  CLICK_LOG: Queue<ArchiveMessage>;
  NOTICES: Queue<CourierMessage>;
  CLICK_KEYS: string;
  /** Under it names that are erased become what replaces them. */
  ERASURE_KEY: string;
  /** The keys that the log's checkpoints are signed with. */
  PROOF_KEYS: string;
  /** How many days the click log answers from objects. */
  CLICK_DAYS_HOT: string;
  /** How many gigabytes an object of the click log takes. */
  CLICK_DAY_GB: string;
  /** `exact` or `none`. */
  VISITS: string;
  /** `on` or `off`. */
  JOURNAL: string;
  /** How many gigabytes the postback log may have in D1. */
  LOG_KEPT_GB: string;
}

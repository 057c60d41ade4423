/** What a run of an outbox needs of the world. */
import type { Notice } from "../../schema/messages.ts";
import type { ReceiversAnswer } from "../core/courier/receivers-answer.ts";
import type { Outgoing } from "../core/courier/template.ts";
import type { BreakerMemory } from "./breaker-memory.ts";
import type { Composed } from "./composed.ts";
import type { StoredDelivery } from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";

/** When the next request may leave, between runs: it is not stored, since a second more or less after a crash matters to nobody. */
export interface PaceMemory {
  nextMs: number;
}

/** What a run needs of the world. */
export interface DeliveringParts {
  sql: OutboxSql;
  transaction: <Value>(work: () => Value) => Value;
  setUp: DestinationSetUp;
  compose: (setUp: DestinationSetUp, delivery: StoredDelivery, nowMs: number) => Promise<Composed>;
  send: (setUp: DestinationSetUp, request: Outgoing) => Promise<ReceiversAnswer>;
  breaker: BreakerMemory;
  pace: PaceMemory;
  /** What the books say now of these entries. */
  notices: (deliveries: readonly StoredDelivery[]) => Promise<Notice[]>;
  /** Writes to `COURIER`; done once it is there. */
  write: (deliveries: readonly StoredDelivery[]) => Promise<void>;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
  chance: () => number;
}

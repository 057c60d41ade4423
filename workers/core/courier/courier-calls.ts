/** What the console may ask of the courier: the contract of its entrypoint, `CourierDoor`. Times are Unix milliseconds. */
import type { NoticedAlert } from "../../../schema/messages.ts";
import type { DeliveryCell, DeliveryQuestion } from "../metrics/delivery-cells.ts";
import type { AlertNews } from "./alert-notice.ts";
import type { DeliveryReason, DeliveryState } from "./delivery-reasons.ts";
import type { Leads } from "./name-lookup.ts";

/** One try: what was sent, secrets blanked, what came back, and what that meant. */
export interface DeliveryAttempt {
  /** From 1. */
  number: number;
  atMs: number;
  /** How long it took. */
  ms: number;
  /** `taken`: the receiver has it, and says later what became of it. */
  outcome: "sent" | "taken" | "failed" | "in_doubt";
  reason: DeliveryReason | null;
  http: number | null;
  /** Null once its person is erased. A body longer than 2 KB is cut. */
  request: { method: string; url: string; headers: { name: string; value: string }[]; body: string | null } | null;
  /** The first 512 bytes of the answer's body. */
  answer: string | null;
  /** Of the destination's set-up. */
  version: number;
}

/** A delivery in a list. */
export interface DeliveryView {
  deliveryId: string;
  destination: number;
  conversionId: string;
  /** Of the entry that it tells. */
  seq: number;
  /** How often it was to be told anew after it had been told. */
  replay: number;
  type: string;
  state: DeliveryState;
  reason: DeliveryReason | null;
  attempts: number;
  createdAtMs: number;
  lastAtMs: number | null;
  http: number | null;
  nextAtMs: number | null;
  deadlineAtMs: number | null;
  test: boolean;
  origin: string;
}

export interface DeliveryDetail extends DeliveryView {
  /** All tries of the last thirty days, else the last one. */
  tries: DeliveryAttempt[];
}

/** Of these destinations, newest first; `before` is the last ID of the page before. */
export interface DeliveryQuery {
  destinations: number[];
  states?: DeliveryState[];
  types?: string[];
  conversionId?: string;
  fromMs?: number;
  toMs?: number;
  before?: string;
  limit: number;
}

export type Gate = "open" | "failing" | "off" | "paused" | "ended";

/** How a destination fares. `gate` says whether anything goes there, `reason` why not. */
export interface DestinationStatus {
  destination: number;
  gate: Gate;
  reason: DeliveryReason | null;
  sinceMs: number;
  /** In a row. */
  failures: number;
  /** Deliveries that have something before them, and since when the oldest has. */
  waiting: number;
  oldestAtMs: number | null;
  /** When the next one goes, or probes. */
  nextAtMs: number | null;
  backfill: BackfillProgress | null;
  /** Deliveries that ended since their deadline had passed, and when the last one did. */
  late: number;
  lateAtMs: number | null;
}

/** A destination that fails, is off, or that deliveries came too late for; `lateAtMs` is null where none did lately. */
export interface DestinationTrouble {
  destination: number;
  gate: Gate;
  sinceMs: number;
  failures: number;
  waiting: number;
  late: number;
  lateAtMs: number | null;
}

/** What came of a destination's last thousand deliveries. `medianMs` and `slowMs` are how long a last try took: half took no longer, and 95 of 100. */
export interface DeliveryFigures {
  sent: number;
  /** Failed so far, given up, expired or in doubt. */
  failed: number;
  medianMs: number | null;
  slowMs: number | null;
}

/** Which of a destination's deliveries: those of these IDs, or all in these states, made between these times. */
export interface DeliverySelection {
  ids?: string[];
  states?: DeliveryState[];
  fromMs?: number;
  toMs?: number;
}

/** Entries received between these times; `toMs` exclusive. */
export interface BackfillRange {
  fromMs: number;
  toMs: number;
}

/** What a backfill would do: how many entries there are, how many would be told, were told already, or are past their deadline; and a request for one of them, secrets blanked. */
export interface BackfillPlan {
  entries: number;
  toTell: number;
  toldAlready: number;
  pastDeadline: number;
  sampleUrl: string | null;
  /** True where there are more entries than were looked at. */
  isPartial: boolean;
}

export interface BackfillProgress extends BackfillRange {
  ratePerSecond: number;
  startedAtMs: number;
  /** Entries looked at so far, and how many of them became deliveries. */
  seen: number;
  taken: number;
}

/** News of an alert, as of when it was. */
export interface ToldNews {
  alert: NoticedAlert;
  news: AlertNews;
  atMs: number;
}

export interface CourierCalls extends Rpc.WorkerEntrypointBranded {
  /** What secrets are sealed with, as `readSealingKey` of `sealed-secrets.ts` reads it. */
  sealingKeys(): Promise<string>;
  /** The numbers of the master keys that webhooks' secrets are derived of. */
  keyNumbers(): Promise<number[]>;
  /** The secrets of a destination sealed under the highest key, and the names of those that no key opens. */
  reseal(
    destination: number,
    secrets: Record<string, string>,
  ): Promise<{ secrets: Record<string, string>; lost: string[] }>;
  /** Where a host's name leads: asked where an address is saved. */
  leadsTo(host: string): Promise<Leads>;
  /** What a webhook's receiver verifies by, `whsec_…` or `whpk_…`; null where there is no such destination. */
  webhookSecret(destination: number): Promise<string | null>;
  /** After its set-up was saved. What waits goes by the new one. */
  changed(destination: number): Promise<void>;
  /** How each of these fares that was ever told anything. */
  statuses(destinations: number[]): Promise<DestinationStatus[]>;
  /** Destinations that fail or are off, and those for which a deadline passed since then. */
  troubles(lateSinceMs: number): Promise<DestinationTrouble[]>;
  figures(destination: number): Promise<DeliveryFigures>;
  /** How many deliveries were made when, and how they stand, for reports; null where that are too many cells. */
  countDeliveries(question: DeliveryQuestion): Promise<DeliveryCell[] | null>;
  deliveries(query: DeliveryQuery): Promise<DeliveryView[]>;
  delivery(destination: number, deliveryId: string): Promise<DeliveryDetail | null>;
  /** Turns on what was off, and closes the breaker. */
  resume(destination: number): Promise<void>;
  /** Sends again: under a new ID what was told, under its own what was not. Says how many. */
  replay(destination: number, which: DeliverySelection): Promise<number>;
  /** Ends what has not been told. Says how many. */
  cancel(destination: number, which: DeliverySelection): Promise<number>;
  /** Tells each destination that hears of it of this; says how many those are. What comes again changes nothing. */
  tellAlerts(news: ToldNews[]): Promise<number>;
  /** Sends a made-up conversion, or to who hears of alerts alone an alert, marked as a test, and gives its delivery's ID. */
  sendTest(destination: number): Promise<string>;
  /** What a backfill would do; changes nothing. */
  planBackfill(destination: number, range: BackfillRange): Promise<BackfillPlan>;
  /** Tells history, at this rate; in the place of a backfill that is under way. */
  startBackfill(destination: number, range: BackfillRange & { ratePerSecond: number }): Promise<void>;
  stopBackfill(destination: number): Promise<void>;
}

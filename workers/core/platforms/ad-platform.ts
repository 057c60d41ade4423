/** What an ad platform is to us: what it needs and takes, how an event is written for it, and how its answers are read. One entry of `PLATFORMS`. */
import type { ExternalKind } from "../click/external-kind.ts";
import type { DeliveryReason } from "../courier/delivery-reasons.ts";
import type { ReceiversAnswer } from "../courier/receivers-answer.ts";
import type { Outgoing } from "../courier/template.ts";
import type { Result } from "../result.ts";
import type { ExactJson } from "./exact-json.ts";
import type { PlatformFacts } from "./platform-facts.ts";
import type { PlatformMove } from "./platform-moves.ts";
import type { AdConsent, PlatformSettings } from "./platform-target.ts";

/** The version of an API that this code speaks. Dates are days, `2026-11-30`. */
export interface VersionPin {
  api: string;
  version: string;
  /** When the vendor's pages were read. */
  verifiedOn: string;
  /** When the vendor ends it; null where no end is known. */
  sunsetOn: string | null;
  /** Where that day comes from, if it is not one that the vendor names. */
  note?: string;
}

/** What a destination of the platform asks for besides what all of them do; sealed where it is secret. */
export interface PlatformField {
  name: string;
  label: string;
  secret?: true;
  required: boolean;
  form: RegExp;
  options?: readonly string[];
  help: string;
}

/** What is to be told, as far as it is the same for all platforms. */
export interface ToldEvent {
  facts: PlatformFacts;
  move: PlatformMove;
  /** What the platform calls the event. */
  name: string;
  /** Null at a platform that goes by something else. */
  click: { id: string; kind: ExternalKind } | null;
  /** When it happened: not before its click. */
  atMs: number;
  /** What the conversion is worth behind this entry, as a decimal number; null where that is not told, or not known. */
  value: string | null;
  /** What the entry took away or added of it, without a sign. */
  change: string | null;
  /** The name of the event, the same over all tries. */
  eventId: string;
  /** The name of the order, the same in all that is told of the conversion. */
  orderId: string;
  /** The order's number, where it may be told. */
  orderNumber: string | null;
  consent: AdConsent;
  /** When a change is told to have been made: later than the conversion, and than the change before. */
  changedAtMs: number;
}

/** Where an event goes; only events of one lane may share a request. */
export interface EventLane {
  /** Which of the platform's calls. */
  call: string;
  /** What of the request depends on the event, such as Google's conversion action. */
  target: string;
  isTest: boolean;
}

/** An event that passed every check that can be made before it is sent. */
export interface PreparedEvent {
  deliveryId: string;
  lane: EventLane;
  move: PlatformMove;
  /** As it stands in the request's body. */
  json: string;
  /** It is refused before. */
  notBeforeMs: number;
  /** It is refused after. */
  deadlineMs: number;
}

/** A secret by its name. */
export type SecretOf = (name: string) => string;

/** What a request is written with. */
export interface RequestParts {
  settings: PlatformSettings;
  secretOf: SecretOf;
  /** Whether a secret that nobody must enter was entered. */
  hasSecret: (name: string) => boolean;
}

export type PlatformRequest = Omit<Outgoing, "shown">;

/** An answer that came, with its body read as JSON; undefined where it is none. */
export interface SaidThere {
  status: number;
  text: string;
  json: unknown;
  /** How long it asks to wait, milliseconds. */
  afterMs: number | null;
}

/**
 * What became of one event. `retry`: it certainly was not taken; `short` ends after five hours. `refused` is final, with what the platform said. `off`: no event would be
 * taken, so the destination waits for its operator, and the event with it. `ask_later`: `receipt` is what to ask by. `split`: the batch was refused for one of its events
 * and none was taken, so each half is sent by itself.
 */
export type PlatformVerdict =
  | { outcome: "delivered" }
  | { outcome: "retry"; reason: DeliveryReason; afterMs: number | null; schedule: "full" | "short" }
  | { outcome: "refused"; reason: DeliveryReason; said: string }
  | { outcome: "in_doubt"; reason: DeliveryReason }
  | { outcome: "off"; reason: DeliveryReason; said: string }
  | { outcome: "ask_later"; receipt: string; afterMs: number }
  | { outcome: "split" };

/** A token that a platform hands out for an hour or so. */
export interface AccessToken {
  token: string;
  expiresAtMs: number;
  /** The new refresh token, where the old one gave way to it. */
  refreshToken: string | null;
}

/** How access is fetched; the token is the secret `access_token` of a request. */
export interface PlatformAccess {
  request(parts: RequestParts, nowMs: number): Promise<PlatformRequest>;
  read(
    answer: ReceiversAnswer,
    nowMs: number,
  ): Result<AccessToken, Extract<PlatformVerdict, { reason: DeliveryReason }>>;
}

/** How the answer to an event that was taken is asked for later. */
export interface PlatformInquiry {
  request(receipt: string, parts: RequestParts): PlatformRequest;
  /** A verdict for each event that was taken under the receipt. */
  read(batch: readonly unknown[], receipt: string, said: SaidThere): PlatformVerdict[];
}

export interface AdPlatform {
  label: string;
  /** The pages that bodies and answers were typed from. */
  pages: readonly string[];
  pins: readonly VersionPin[];
  /** Kinds of click IDs that it knows as its own; none where it goes by something else, or takes nothing that we have. */
  clickIds: readonly ExternalKind[];
  fields: readonly PlatformField[];
  /** What events are called there. */
  eventName: { label: string; form: RegExp; help: string };
  /** How long it takes an event: counted from the event's time, or from the click's. */
  window: { ms: number; from: "event" | "click" };
  /** A refund is an event of its own time, which no window closes for. */
  refundsAnyTime?: true;
  /** How old a click must be before it is known there. */
  clickRestMs: number;
  /** At most so many events in a request, and whether one that is bad refuses all. */
  batch: { events: number; refusal: "event" | "batch" };
  /** What is done with an event of which nobody knows whether it was taken; `withinMs` of the first try the platform drops repeats. */
  doubt: { next: "repeat"; withinMs: number | null } | { next: "hold" };
  /** Whether it hears of refunds, and how; null where it does not. */
  refunds: string | null;
  /** How a test is told; null where it cannot be. `field` must be filled for it. */
  test: { how: string; field: string | null } | null;
  /** What it could do and we do not, and what it needs and we do not have. */
  missing: readonly string[];
  /** What could not be verified without an account, and how to test it. */
  unsure: readonly string[];
  access?: PlatformAccess;
  inquiry?: PlatformInquiry;
  lane(told: ToldEvent, parts: Omit<RequestParts, "secretOf">): Result<Omit<EventLane, "isTest">, DeliveryReason>;
  event(told: ToldEvent, settings: PlatformSettings): ExactJson;
  request(batch: readonly PreparedEvent[], lane: EventLane, parts: RequestParts): PlatformRequest;
  /** A verdict for each event of the batch, in its order. Whatever was answered, it does not throw. */
  read(batch: readonly PreparedEvent[], said: SaidThere): PlatformVerdict[];
}

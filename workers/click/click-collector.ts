/**
 * The click log's way out: an isolate gathers clicks for a moment (`CLICK_LOG_MS`) and sends many in one message, after their answers.
 *
 * What an isolate holds when it dies is lost, and only that: at most a moment of its clicks, no more than one message of them, and what is under way.
 * No money hangs on it.
 */
import type { ClicksMessage, LoggedClick } from "../../schema/messages.ts";
import type { LinkRecord } from "../../schema/records.ts";
import type { ClickParameters } from "../core/click/click-parameters.ts";
import type { KeyRing } from "../core/key-ring.ts";
import { sendPatiently } from "../core/queue-send.ts";
import type { ClickSource } from "./source.ts";
import { createVisitorHash } from "./visitor.ts";

/** A request that promised to send may be cut off; this long after the moment the next one takes over. */
const TAKE_OVER_MS = 4_000;
const TOLD_EVERY_MS = 60_000;
/** The queue bills each begun 64 KB and takes 128: so much fits one unit, and a wrong guess still fits the limit. */
const MAX_MESSAGE_BYTES = 60_000;
/** A message that arrives twice changes nothing, since the log ignores clicks it has. */
const PATIENCE = { tries: 2, limitMs: 10_000, clock: globalThis };
/** While the queue hangs clicks wait in memory; so many messages of them, then the next ones are given up at once. */
const MAX_UNDER_WAY = 50;
const MAX_HOST_LENGTH = 253;
/** A logged click without its texts: names, numbers at their longest, quotes. */
const CLICK_BYTES = 323;
const QUOTED_BYTES = 3;
/** Name and value of the longest kind of an external ID. */
const KIND_BYTES = 27;

/** A click as the request knows it. */
export interface PendingClick {
  clickId: string;
  atMs: number;
  record: LinkRecord;
  parameters: ClickParameters;
  source: ClickSource;
}

/** Takes messages of clicks: a queue, or whatever stands behind a binding with this call. A message may come twice. */
export interface MessageSink {
  send(message: ClicksMessage): Promise<unknown>;
}

/** Where clicks go, as one request can reach it, and for how long they are gathered. */
export interface ClickSink {
  queue: MessageSink;
  momentMs: number;
  ring: KeyRing;
  ctx: Pick<ExecutionContext, "waitUntil">;
}

export interface ClickCollector {
  /** Takes a click and returns at once; it never throws on the queue's account. */
  add(click: PendingClick, sink: ClickSink): void;
}

export function createClickCollector(): ClickCollector {
  const hash = createVisitorHash();
  let pending: PendingClick[] = [];
  let pendingBytes = 0;
  /** When a request last promised to send; 0 when none has. */
  let promisedAtMs = 0;
  let underWay = 0;
  let lostSinceStart = 0;
  /** What was sent since it was told last: how many clicks a message has decides what the log costs. */
  let sent = { clicks: 0, messages: 0, sinceMs: 0 };

  function count(clicks: readonly PendingClick[]): void {
    const nowMs = clicks.at(-1)?.atMs ?? 0;
    sent.clicks += clicks.length;
    sent.messages++;
    if (sent.sinceMs === 0) sent.sinceMs = nowMs;
    if (nowMs - sent.sinceMs < TOLD_EVERY_MS) return;
    console.log({ event: "clicks_sent", clicks: sent.clicks, messages: sent.messages });
    sent = { clicks: 0, messages: 0, sinceMs: nowMs };
  }

  function take(): PendingClick[] {
    const taken = pending;
    pending = [];
    pendingBytes = 0;
    return taken;
  }

  async function send(clicks: PendingClick[], sink: ClickSink): Promise<void> {
    if (clicks.length === 0) return;
    underWay++;
    try {
      if (underWay > MAX_UNDER_WAY) throw new Error(`${MAX_UNDER_WAY} messages are under way`);
      const logged = await Promise.all(clicks.map(async (click) => logClick(click, await visitorOf(click, sink.ring))));
      await sendPatiently(() => sink.queue.send({ kind: "clicks", clicks: logged }), PATIENCE);
      count(clicks);
    } catch (error) {
      // An exception in waitUntil vanishes; this line is all that tells of the loss.
      lostSinceStart += clicks.length;
      console.error({ event: "clicks_lost", clicks: clicks.length, lostSinceStart, error: String(error) });
    } finally {
      underWay--;
    }
  }

  async function sendAfterMoment(sink: ClickSink): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, sink.momentMs));
    promisedAtMs = 0;
    await send(take(), sink);
  }

  async function visitorOf(click: PendingClick, ring: KeyRing): Promise<string | undefined> {
    if (!click.parameters.consent) return undefined;
    return hash(ring, {
      address: click.source.address,
      userAgent: click.source.userAgent,
      link: click.record.link,
      atMs: click.atMs,
    });
  }

  return {
    add(click, sink) {
      const bytes = sizeOf(click);
      if (pendingBytes + bytes > MAX_MESSAGE_BYTES) sink.ctx.waitUntil(send(take(), sink));
      pending.push(click);
      pendingBytes += bytes;
      if (click.atMs < promisedAtMs + sink.momentMs + TAKE_OVER_MS) return;
      promisedAtMs = click.atMs;
      sink.ctx.waitUntil(sendAfterMoment(sink));
    },
  };
}

function logClick(click: PendingClick, visitor: string | undefined): LoggedClick {
  const { record, parameters, source } = click;
  const referrer = hostOf(source.referrer);
  return {
    clickId: click.clickId,
    offer: record.offer,
    affiliate: record.affiliate,
    advertiser: record.advertiser,
    ...(source.provisional && { provisional: true }),
    ...(source.embedded && { embedded: true }),
    ...(source.bot && { bot: true }),
    ...(source.country !== undefined && { country: source.country }),
    device: source.device,
    os: source.os,
    ...(source.userAgent !== "" && { userAgent: source.userAgent }),
    ...(referrer !== "" && { referrer }),
    ...(parameters.externalId !== undefined && { externalId: parameters.externalId }),
    ...(parameters.externalKind !== undefined && { externalKind: parameters.externalKind }),
    ...(parameters.adConsent !== undefined && { adConsent: parameters.adConsent }),
    ...(parameters.subs.length > 0 && { subs: Array.from(parameters.subs, (sub) => sub ?? "") }),
    ...(visitor !== undefined && { visitor }),
  };
}

function hostOf(referrer: string): string {
  const host = referrer === "" ? "" : (URL.parse(referrer)?.hostname ?? "");
  return host.length > MAX_HOST_LENGTH ? "" : host;
}

/** At most what the click takes in the message, in bytes. */
function sizeOf({ source: { userAgent, referrer }, parameters }: PendingClick): number {
  let bytes = CLICK_BYTES + textSize(userAgent) + Math.min(referrer.length, MAX_HOST_LENGTH);
  for (const sub of parameters.subs) bytes += QUOTED_BYTES + textSize(sub ?? "");
  return parameters.externalId === undefined ? bytes : bytes + KIND_BYTES + textSize(parameters.externalId);
}

/** JSON writes a plain character as one byte, and any other as at most six. */
function textSize(text: string): number {
  return /^[ !#-[\]-~]*$/.test(text) ? text.length : text.length * 6;
}

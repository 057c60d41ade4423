/** Steady load: visitors click, some of their orders are told in postbacks, some of it twice, and some rubbish comes too. What was answered is kept for the reckoning. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../demo/random.ts";
import { DEMO_ADVERTISER, DEMO_LINK } from "../programme.ts";
import { type Booked, type Message, rubbish, writeStory } from "./stories.ts";

/** More visitors at once than this are more than the load is meant to be: the next ones stay away. */
const MOST_AT_ONCE = 300;
const STORY_SHARE = 0.4;
const RUBBISH_SHARE = 0.05;
/** The books go by the time of receipt, in milliseconds: what follows is received later. */
const BETWEEN_MESSAGES_MS = 25;
const TRY_AGAIN_MS = 500;
const PATIENCE_MS = 15_000;
const CLICK_ID = /[0-9a-hjkmnp-tv-z]{36}/;
const BROWSER =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/** A postback that was answered with a receipt. */
export interface Accepted {
  parameters: Record<string, string>;
  /** When it was last accepted. */
  atMs: number;
}

/** What was sent and answered. */
export interface Sent {
  /** Redirected clicks and when, by ID. */
  clicks: Map<string, number>;
  /** By receipt. */
  accepted: Map<string, Accepted>;
  booked: Booked[];
  refused: number;
  /** Answers that should not have been, such as 500, or another receipt for the same message. */
  wrong: string[];
  /** Tries that were turned away or broke off, and were made again. */
  retries: number;
  stayedAway: number;
}

export interface Load {
  sent: Sent;
  /** Nobody sends while it is shut; whoever is under way waits with the next request. */
  shut(): void;
  open(): void;
  /** Sends an accepted postback once more. */
  resend(accepted: Accepted): Promise<void>;
  /** No more visitors; comes when the last one has told everything. */
  stop(): Promise<void>;
}

interface Target {
  click: string;
  postback: string;
  token: string;
}

/** Begins with `perSecond` visitors. */
export function startLoad(target: Target, perSecond: number, random: Random): Load {
  const sent: Sent = {
    clicks: new Map(),
    accepted: new Map(),
    booked: [],
    refused: 0,
    wrong: [],
    retries: 0,
    stayedAway: 0,
  };
  const gate = createGate();
  const visitors = new Set<Promise<void>>();
  const sender = { target, sent, gate };
  const timer = setInterval(() => {
    if (!gate.isOpen()) return;
    if (visitors.size >= MOST_AT_ONCE) {
      sent.stayedAway++;
      return;
    }
    const visitor = visit(sender, random).catch((error: unknown) => {
      sent.wrong.push(String(error));
    });
    visitors.add(visitor);
    visitor.finally(() => visitors.delete(visitor));
  }, 1_000 / perSecond);
  return {
    sent,
    shut: gate.shut,
    open: gate.open,
    resend: ({ parameters }) => deliver({ ...sender, gate: null }, parameters),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(visitors);
    },
  };
}

interface Gate {
  isOpen(): boolean;
  passed(): Promise<void>;
  shut(): void;
  open(): void;
}

interface Sender {
  target: Target;
  sent: Sent;
  /** Null for who need not wait at it. */
  gate: Gate | null;
}

async function visit(sender: Sender, random: Random): Promise<void> {
  const { target, sent } = sender;
  const clickId = await click(target);
  if (clickId === null) return;
  sent.clicks.set(clickId, Date.now());
  const txid = `soak-${randomUUID()}`;
  if (random.next() < RUBBISH_SHARE) await sendRubbish(sender, rubbish(clickId, txid, target.token));
  if (random.next() >= STORY_SHARE) return;
  const { messages, booked } = writeStory(clickId, txid, random);
  for (const message of messages) {
    await tell(sender, message);
    await sleep(BETWEEN_MESSAGES_MS);
  }
  if (booked) sent.booked.push(booked);
}

/** Null where the visitor was not redirected: then there is no click. */
async function click({ click }: Target): Promise<string | null> {
  try {
    const address = `${click}/c/${DEMO_LINK.slug}?sub1=soak`;
    const init = { headers: { "user-agent": BROWSER }, signal: AbortSignal.timeout(PATIENCE_MS) };
    const answer = await fetch(address, { redirect: "manual", ...init });
    return answer.status === 302 ? (CLICK_ID.exec(answer.headers.get("location") ?? "")?.[0] ?? null) : null;
  } catch {
    return null;
  }
}

async function tell(sender: Sender, { parameters, twice, again }: Message): Promise<void> {
  const named = { ...parameters, idempotency_key: randomUUID() };
  await Promise.all([deliver(sender, named), ...(twice ? [deliver(sender, named)] : [])]);
  if (again) {
    await sleep(BETWEEN_MESSAGES_MS);
    await deliver(sender, { ...parameters, idempotency_key: randomUUID() });
  }
}

/** Sends a postback until it is accepted, as a sender does that has patience. */
async function deliver({ target, sent, gate }: Sender, parameters: Record<string, string>): Promise<void> {
  for (;;) {
    await gate?.passed();
    const answer = await post(target, parameters);
    if (answer?.status === 200) return note(sent, answer.receipt, parameters);
    if (answer && answer.status !== 503) {
      sent.wrong.push(`${answer.status} for ${JSON.stringify(parameters)}`);
      return;
    }
    sent.retries++;
    await sleep(TRY_AGAIN_MS);
  }
}

function note(sent: Sent, receipt: string, parameters: Record<string, string>): void {
  const before = sent.accepted.get(receipt);
  if (before && before.parameters.idempotency_key !== parameters.idempotency_key)
    sent.wrong.push(`two messages have the receipt ${receipt}`);
  sent.accepted.set(receipt, { parameters, atMs: Date.now() });
}

/** Null where no answer came. */
async function post(
  { postback, token }: Target,
  parameters: Record<string, string>,
): Promise<{ status: number; receipt: string } | null> {
  try {
    const query = new URLSearchParams({ ...parameters, token });
    const init = { signal: AbortSignal.timeout(PATIENCE_MS) };
    const answer = await fetch(`${postback}/p/${DEMO_ADVERTISER.slug}?${query}`, init);
    const body: { receipt?: string } = JSON.parse(await answer.text());
    return { status: answer.status, receipt: body.receipt ?? "" };
  } catch {
    return null;
  }
}

async function sendRubbish({ target, sent, gate }: Sender, requests: readonly { path: string; status: number }[]) {
  for (const { path, status } of requests) {
    await gate?.passed();
    const answer = await fetch(`${target.postback}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
      () => null,
    );
    await answer?.body?.cancel();
    if (answer?.status === status) sent.refused++;
    else if (answer) sent.wrong.push(`${answer.status} instead of ${status} for ${path}`);
  }
}

function createGate(): Gate {
  let waiting: { promise: Promise<void>; resolve: () => void } | null = null;
  return {
    isOpen: () => waiting === null,
    passed: async () => waiting?.promise,
    shut: () => {
      waiting ??= Promise.withResolvers<void>();
    },
    open: () => {
      waiting?.resolve();
      waiting = null;
    },
  };
}

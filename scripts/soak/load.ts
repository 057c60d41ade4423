/** Steady load: visitors click, some of their orders are told in postbacks, some of it twice, and some rubbish comes too. What was answered is kept for the reckoning. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Origins } from "../local/origins.ts";
import { type DoorAnswer, sendPostback } from "../programme/postbacks.ts";
import type { Credentials } from "../programme/programme.ts";
import type { ExpectedConversion, Postback } from "../programme/scene.ts";
import { KINDS, tellStory } from "../programme/stories.ts";
import { drawVisit, sendVisit } from "../programme/visitors.ts";
import type { Random } from "../random.ts";
import { reach } from "../reach.ts";

/** More visitors at once than this are more than the load is meant to be: the next ones stay away. */
const MOST_AT_ONCE = 300;
const STORY_SHARE = 0.4;
const RUBBISH_SHARE = 0.05;
/** The books go by the time of receipt, in milliseconds: what follows is received later. */
const BETWEEN_MESSAGES_MS = 25;
const TRY_AGAIN_MS = 500;
const PATIENCE_MS = 15_000;
/** A postback is sent twice at once; one is sent again under a name of its own. */
const TWICE_SHARE = 0.2;
const AGAIN_SHARE = 0.1;
export const ORDERS = "soak-";
/** What knocks at every door, and what it must be told: who proves nothing does not learn whether there is such an advertiser. */
const STRAYS = [
  ["/p/nobody?txid=1", 401],
  ["/wp-login.php", 404],
] as const;

/** A postback that was answered with a receipt. */
export interface Accepted {
  postback: Postback;
  /** When it was last accepted. */
  atMs: number;
}

/** What was sent and answered. */
export interface Sent {
  /** Redirected clicks and when, by ID. */
  clicks: Map<string, number>;
  /** By receipt. */
  accepted: Map<string, Accepted>;
  conversions: ExpectedConversion[];
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
  /** No more visitors; comes when the last one has told everything. */
  stop(): Promise<void>;
}

interface Target {
  origins: Origins;
  credentials: ReadonlyMap<string, Credentials>;
}

/** Begins with `perSecond` visitors. */
export function startLoad(target: Target, perSecond: number, random: Random): Load {
  const sent: Sent = {
    clicks: new Map(),
    accepted: new Map(),
    conversions: [],
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
  const { sent, target } = sender;
  const one = drawVisit(random);
  // Where the visitor is not redirected there is no click.
  const answer = await sendVisit(target.origins.click, one, { sub1: "soak" }, patience()).catch(() => null);
  const clickId = answer?.clickId;
  if (!clickId) return;
  sent.clicks.set(clickId, Date.now());
  if (random.next() < RUBBISH_SHARE) await sendStrays(sender);
  if (one.kind !== "counted" || random.next() >= STORY_SHARE) return;
  const click = { link: one.link, clickId, test: one.test };
  const { rounds, conversions } = tellStory(random.pick(KINDS), click, `${ORDERS}${randomUUID()}`, random);
  for (const postback of rounds.flat()) {
    await tell(sender, postback, random);
    await sleep(BETWEEN_MESSAGES_MS);
  }
  sent.conversions.push(...conversions);
}

async function tell(sender: Sender, postback: Postback, random: Random): Promise<void> {
  if (postback.expect.startsWith("refused")) return expectRefusal(sender, postback);
  const named = (): Postback => ({ ...postback, params: { idempotency_key: randomUUID(), ...postback.params } });
  const first = named();
  const twice = random.next() < TWICE_SHARE;
  await Promise.all([deliver(sender, first), ...(twice ? [deliver(sender, first)] : [])]);
  if (random.next() >= AGAIN_SHARE) return;
  await sleep(BETWEEN_MESSAGES_MS);
  await deliver(sender, named());
}

/** Sends a postback until it is accepted, as a sender does that has patience. */
async function deliver(sender: Sender, postback: Postback): Promise<void> {
  const { sent } = sender;
  for (;;) {
    const answer = await post(sender, postback);
    if (answer?.status === 200) return note(sent, answer.receipt, postback);
    if (answer && answer.status !== 503) {
      sent.wrong.push(`${answer.status} for ${JSON.stringify(postback.params)}`);
      return;
    }
    sent.retries++;
    await sleep(TRY_AGAIN_MS);
  }
}

function note(sent: Sent, receipt: string, postback: Postback): void {
  const before = sent.accepted.get(receipt)?.postback;
  if (before && before.params.idempotency_key !== postback.params.idempotency_key)
    sent.wrong.push(`two messages have the receipt ${receipt}`);
  sent.accepted.set(receipt, { postback, atMs: Date.now() });
}

async function expectRefusal(sender: Sender, postback: Postback): Promise<void> {
  const answer = await post(sender, postback);
  if (answer?.said === postback.expect) sender.sent.refused++;
  else if (answer) sender.sent.wrong.push(`${answer.said} instead of ${postback.expect}`);
}

/** Null where no answer came. */
async function post({ target, gate }: Sender, postback: Postback): Promise<DoorAnswer | null> {
  await gate?.passed();
  return sendPostback(target.origins.postback, postback, target.credentials, { signal: patience() }).catch(() => null);
}

async function sendStrays({ target, sent, gate }: Sender): Promise<void> {
  for (const [path, status] of STRAYS) {
    await gate?.passed();
    const answer = await reach(`${target.origins.postback}${path}`, { signal: patience() }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status === status) sent.refused++;
    else if (answer) sent.wrong.push(`${answer.status} instead of ${status} for ${path}`);
  }
}

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
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

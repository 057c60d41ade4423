/** The kinds of messages that the queues bring, each with how those of a batch are taken and how one is tried alone. */
import type { AdoptionMessage, ErasureMessage, RepairMessage, StatementMessage } from "../../schema/messages.ts";
import { objectName } from "../core/books/stored.ts";
import type { PersonNames } from "../core/erasure/erased-names.ts";
import { POSTBACKS_KEPT_MS } from "../core/retention.ts";
import { takeArchive } from "./archive/due-pieces.ts";
import { addLateClicks } from "./archive/late-pieces.ts";
import { PIECE_LIMITS } from "./archive/tend.ts";
import { backoffSeconds } from "./backoff.ts";
import { type LoggingParts, logClicks } from "./click-log.ts";
import { clickDaysOf } from "./day-objects.ts";
import type { AnyMessage, DeliveryOf } from "./delivery.ts";
import type { Env } from "./env.ts";
import { type ErasureParts, takeErasure } from "./erasure/take-erasure.ts";
import { writeLog } from "./log-batch.ts";
import type { ErasedBooks, ErasedClaims } from "./object-erasure.ts";
import { logRefusals } from "./refusals.ts";
import { repair } from "./repair.ts";
import { settleAlone, settleOrRetry } from "./settle.ts";
import { readClickKeys, settleParts } from "./settle-parts.ts";
import type { Delivery } from "./settle-step.ts";
import { takeStatement } from "./statements/take-statement.ts";
import { takeAdoption } from "./take-adoption.ts";

type KindName = AnyMessage["kind"];
type BodyOf<Name extends KindName> = Extract<AnyMessage, { kind: Name }>;

interface MessageKind<Body> {
  /** Acknowledges or gives back each of these. */
  take: (env: Env, deliveries: readonly DeliveryOf<Body>[]) => Promise<void>;
  /** Null when it went well, else why not; throws as well. */
  tryAlone: (env: Env, body: Body) => Promise<string | null>;
}

/** In the order in which a batch's are taken. */
const KINDS: { [Name in KindName]: MessageKind<BodyOf<Name>> } = {
  // Before the postbacks: what one batch brings of a click that it adopts is known then.
  adoption: writtenAlone(adopt),
  postback: { take: takePostbacks, tryAlone: async (env, body) => settleAlone(await settleParts(env), body) },
  clicks: writtenTogether((env, bodies) => logClicks(loggingParts(env), bodies, Date.now())),
  refusal: writtenTogether((env, bodies) => logRefusals(env, bodies)),
  archive: writtenAlone((env, body) => takeArchive(archiveOf(env), env.CLICK_LOG, body, PIECE_LIMITS, Date.now())),
  repair: writtenAlone(repairFromObject),
  erasure: writtenAlone(eraseEverywhere),
  // Behind the postbacks: what one batch brings is in the books then.
  statement: writtenAlone(takeCommand),
};
const NAMES = Object.keys(KINDS).filter((name): name is KindName => name in KINDS);

/** Takes a batch of all kinds. What is none of ours may be of a deploy that is younger than this one: it waits, and in the end is kept with the dead letters. */
export async function takeBatch(env: Env, messages: readonly Message<AnyMessage>[]): Promise<void> {
  for (const name of NAMES) await takeKind(env, name, messages);
  for (const one of messages.filter(({ body }) => !NAMES.some((name) => isOf(name, body))))
    one.retry({ delaySeconds: backoffSeconds(one.attempts, Math.random()) });
}

/** Tries a message without its batch: null when that went well, else why not. Throws as well. */
export async function tryAlone(env: Env, body: AnyMessage): Promise<string | null> {
  for (const name of NAMES) {
    const tried = tryKind(env, name, body);
    if (tried) return tried;
  }
  return "nothing is known of messages of this kind";
}

async function takeKind<Name extends KindName>(env: Env, name: Name, messages: readonly Message<AnyMessage>[]) {
  const own = messages.flatMap((message) => (isOf(name, message.body) ? deliveryOf(message, message.body) : []));
  if (own.length > 0) await KINDS[name].take(env, own);
}

/** Null where it is not of this kind. */
function tryKind<Name extends KindName>(env: Env, name: Name, body: AnyMessage): Promise<string | null> | null {
  return isOf(name, body) ? KINDS[name].tryAlone(env, body) : null;
}

/** A body that is broken may be nothing at all. */
function isOf<Name extends KindName>(name: Name, body: AnyMessage | null): body is BodyOf<Name> {
  return body?.kind === name;
}

function deliveryOf<Body>(message: Message, body: Body): DeliveryOf<Body> {
  return {
    body,
    attempts: message.attempts,
    ack: () => message.ack(),
    retry: (options) => message.retry(options),
  };
}

/** Without its keys postbacks wait, as in an outage. */
async function takePostbacks(env: Env, deliveries: readonly Delivery[]): Promise<void> {
  const parts = await settleParts(env).catch((error: unknown) => {
    console.error({ event: "keys_unreadable", messages: deliveries.length, error: String(error) });
    return null;
  });
  if (parts) await settleOrRetry(parts, deliveries);
  else for (const one of deliveries) one.retry({ delaySeconds: backoffSeconds(one.attempts, Math.random()) });
}

function writtenTogether<Body>(write: (env: Env, bodies: readonly Body[]) => Promise<void>): MessageKind<Body> {
  return {
    take: (env, deliveries) => writeLog(deliveries, (bodies) => write(env, bodies), Math.random),
    tryAlone: async (env, body) => {
      await write(env, [body]);
      return null;
    },
  };
}

/** Each as a batch of its own. */
function writtenAlone<Body>(write: (env: Env, body: Body) => Promise<void>): MessageKind<Body> {
  const { take, tryAlone } = writtenTogether<Body>(async (env, bodies) => {
    for (const body of bodies) await write(env, body);
  });
  return {
    take: async (env, deliveries) => {
      for (const one of deliveries) await take(env, [one]);
    },
    tryAlone,
  };
}

function loggingParts(env: Env): LoggingParts {
  const parts = archiveOf(env);
  return { ...parts, VISITS: env.VISITS, addLate: (rows, nowMs) => addLateClicks(parts, rows, nowMs) };
}

function archiveOf({ DB, LOG, ARCHIVE, CLICK_DAYS }: Env) {
  return { DB, LOG, ARCHIVE, days: clickDaysOf(CLICK_DAYS) };
}

async function adopt(env: Env, body: AdoptionMessage): Promise<void> {
  const { DB, LOG, ERASURE_KEY } = env;
  const ring = await readClickKeys(env.CLICK_KEYS);
  await takeAdoption({ DB, LOG, ERASURE_KEY, ring, nowMs: Date.now }, body);
}

async function eraseEverywhere(env: Env, body: ErasureMessage): Promise<void> {
  const { ERASURE_KEY, POSTBACKS, NOTICES } = env;
  const eraseBooks = async (advertiser: number, names: PersonNames): Promise<ErasedBooks> =>
    env.CONVERSIONS.getByName(objectName(advertiser)).erase(advertiser, names);
  const findBooks: ErasureParts["findBooks"] = async (advertiser, receipts, conversions) =>
    env.CONVERSIONS.getByName(objectName(advertiser)).find([...receipts], [...conversions]);
  const eraseClaims = async (advertiser: number, names: PersonNames, after: string): Promise<ErasedClaims> =>
    env.CONVERSIONS.getByName(objectName(advertiser)).eraseClaims(advertiser, names, after);
  const eraseCommands = async (advertiser: number, names: PersonNames, after: number): Promise<number | null> =>
    env.CONVERSIONS.getByName(objectName(advertiser)).eraseArchived(advertiser, names, after);
  await takeErasure(
    { ...archiveOf(env), ERASURE_KEY, POSTBACKS, NOTICES, eraseBooks, eraseClaims, eraseCommands, findBooks },
    body,
  );
}

function takeCommand({ DB, POSTBACKS }: Env, body: StatementMessage): Promise<void> {
  return takeStatement({ DB, POSTBACKS, nowMs: Date.now }, body);
}

function repairFromObject(env: Env, body: RepairMessage): Promise<void> {
  const object = env.CONVERSIONS.getByName(objectName(body.advertiser));
  return repair(
    archiveOf(env),
    async (receipts, conversions) => {
      const { messages, conversions: found } = await object.find(receipts, conversions);
      return { messages, conversions: found };
    },
    body,
    Date.now() - POSTBACKS_KEPT_MS,
  );
}

/** Counters: what of everything that the platform bills one click, one postback and one conversion take, counted and not timed. */
import { join } from "node:path";
import type { ClicksMessage } from "../../schema/messages.ts";
import { linkKey } from "../../schema/records.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { LINKS, seedProgramme } from "../programme/in-sql.ts";
import { type Cast, startCast } from "./cast.ts";
import { type ClickBatch, createClicks } from "./click-batches.ts";
import { LINK, requestOf, SLUG } from "./clicks.ts";
import { countDeliveries, type DeliveryCounters } from "./count-deliveries.ts";
import { ringOf } from "./keys.ts";
import { saturate } from "./load.ts";
import { BATCH, clicksThrough, createOrders } from "./orders.ts";
import type { Findings } from "./rows.ts";
import { hand } from "./settle.ts";
import { type Counted, more, NO_USAGE, times, type Usage, usageOf } from "./usage.ts";
import { waitFor } from "./wait-for.ts";

export interface Counters extends DeliveryCounters {
  /** A click of a visitor who was on the link that day before. Besides: what is as much for each click whatever it comes with, and grows with nothing but clicks. */
  perClick: Usage & { clicksPerMessage: number; bytesInMessage: number };
  /** What a click takes more that is its visitor's first of the day. */
  perFirstVisit: Usage;
  /** What a queue's batch of clicks takes, however many are in it. */
  perClickBatch: Usage;
  /** What a minute takes in which clicks came, and of it for each link, country and device apart. */
  perClickMinute: Usage;
  perClickMinuteCell: Usage;
  /** What becomes later of the clicks of an hour, in archive and retention, at most for each of its links. */
  perClickHourLink: Usage;
  /** Taking a postback in. */
  perPostback: Usage;
  /** Settling it, as a fresh order in a full batch. */
  perConversion: Usage & { batch: number };
}

const CLICKS = 5_000;
const BATCHES = 20;
const QUEUE_UNIT_BYTES = 64_000;
const WRITE_READ_DELETE = 3;
const READ_DELETE = 2;
/** The most messages that a batch has. */
const MESSAGES = 100;
const FEW = 2;
const MANY = 10;
const CLICK_BATCHES = 5;
/** By then every hour is archived, and everything is past its time. */
const LATER_MS = 400 * DAY_MS;
/** A run of the cron does some at once. */
const LATER_RUNS = 4;

/** What the counting worker tells. */
type Told = Counted & { queueMessages: number; queueBytes: number; clicks: number };

/** Counts on casts of their own; `cpuMs` is what the timed rounds found. */
export async function countUsage(directory: string, cpuMs: Findings["cpuMs"]): Promise<Counters> {
  return {
    ...(await countClicksAndConversions(directory, cpuMs)),
    ...(await countDeliveries(join(directory, "deliveries"))),
  };
}

async function countClicksAndConversions(
  directory: string,
  cpuMs: Findings["cpuMs"],
): Promise<Omit<Counters, keyof DeliveryCounters>> {
  const cast = await startCast(
    [
      { name: "click", section: "click", entry: "workers/click/index.ts" },
      { name: "count", section: "ledger", entry: "bench/workers/count.ts" },
    ],
    directory,
  );
  try {
    await seedProgramme(await cast.miniflare.getD1Database("DB", "count"));
    const message = await measureMessages(cast);
    // Before what counting clicks ends with, when every day is past its time.
    const perConversion = await countConversions(cast, cpuMs.settledPostback ?? 0);
    const { perClick, ...clicks } = await countClicks(cast);
    return {
      perClick: { ...perClick, ...message, requests: 1, cpuMs: cpuMs.loggedClick ?? 0 },
      ...clicks,
      perPostback: { ...NO_USAGE, requests: 1, cpuMs: cpuMs.postback ?? 0, queueOperations: 1 },
      perConversion,
    };
  } finally {
    await cast.stop();
  }
}

/** The queue operations of a click in messages of so many. */
export function queueOperationsOf(clicksPerMessage: number, bytesInMessage: number): number {
  const units = Math.ceil((clicksPerMessage * bytesInMessage) / QUEUE_UNIT_BYTES);
  return (units * WRITE_READ_DELETE) / clicksPerMessage;
}

/** What the real edge puts into messages when one isolate has as many clicks as it can take, which is the most that a message ever has. */
async function measureMessages(cast: Cast) {
  const edge = await cast.miniflare.getKVNamespace("EDGE", "click");
  await edge.put(linkKey(SLUG), JSON.stringify(LINK));
  const requests = Array.from({ length: CLICKS }, (_, index) => requestOf(index));
  await saturate({ origin: cast.origin("click"), requests, status: 302 }, CLICKS);
  let [messages, bytes, clicks] = [0, 0, 0];
  await waitFor(async () => {
    const counted = await ask(cast);
    messages += counted.queueMessages;
    bytes += counted.queueBytes;
    clicks += counted.clicks;
    return clicks === CLICKS;
  }, `${CLICKS} clicks in the queue`);
  const clicksPerMessage = clicks / messages;
  const bytesInMessage = bytes / clicks;
  return {
    clicksPerMessage,
    bytesInMessage,
    queueOperations: queueOperationsOf(clicksPerMessage, bytesInMessage),
  };
}

/**
 * What clicks take apart from their queue: batches that differ in one thing, so that what they differ by is that thing's. Clicks of other days lie apart, so each
 * part begins with nothing.
 */
async function countClicks(cast: Cast) {
  const clicks = await createClicks(await ringOf(cast.secrets.CLICK_KEYS));
  const take = async (daysAgo: number, given: Partial<ClickBatch>) => {
    const batch = { perMessage: FEW, messages: MESSAGES, links: 1, areFirst: false, ...given };
    await handClicks(cast, await clicks.take(daysAgo, { ...batch, messages: 1 }, 1));
    await ask(cast);
    await handClicks(cast, await clicks.take(daysAgo, batch, CLICK_BATCHES));
    const taken = times(usageOf(await ask(cast)), 1 / CLICK_BATCHES);
    await command(cast, "/minute");
    return { taken, minute: usageOf(await ask(cast)) };
  };
  const few = await take(1, {});
  const many = await take(2, { perMessage: MANY });
  const first = await take(3, { areFirst: true });
  const wide = await take(4, { links: LINKS });
  const perClick = times(more(many.taken, few.taken), 1 / (MESSAGES * (MANY - FEW)));
  const perCell = times(more(wide.minute, few.minute), 1 / (LINKS - 1));
  // One hour of each part.
  const hourLinks = 3 + LINKS;
  for (let run = 0; run < LATER_RUNS; run++) await command(cast, `/upkeep?at=${Date.now() + LATER_MS}`);
  const later = usageOf(await ask(cast));
  return {
    perClick,
    perFirstVisit: times(more(first.taken, few.taken), 1 / (MESSAGES * FEW)),
    perClickBatch: more(few.taken, times(perClick, MESSAGES * FEW)),
    perClickMinute: more(few.minute, perCell),
    perClickMinuteCell: perCell,
    perClickHourLink: times(later, 1 / hourLinks),
  };
}

async function handClicks(cast: Cast, batches: readonly ClicksMessage[][]): Promise<void> {
  const answer = await fetch(`${cast.origin("count")}/clicks`, { method: "POST", body: JSON.stringify(batches) });
  const taken = await answer.text();
  const messages = batches.flat().length;
  if (taken !== String(messages)) throw new Error(`${taken} of ${messages} messages of clicks were taken`);
}

async function command(cast: Cast, path: string): Promise<void> {
  const answer = await fetch(`${cast.origin("count")}${path}`, { method: "POST" });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
}

async function countConversions(cast: Cast, cpuMs: number): Promise<Counters["perConversion"]> {
  const orders = createOrders(await ringOf(cast.secrets.CLICK_KEYS), clicksThrough(cast.origin("count")));
  const taken = await orders.take(BATCHES);
  // Their clicks are counted apart.
  await ask(cast);
  await hand(cast, "count", taken);
  const perConversion = times(usageOf(await ask(cast)), 1 / (BATCHES * BATCH));
  return { ...perConversion, cpuMs, queueOperations: READ_DELETE, batch: BATCH };
}

/** What was counted since it was last asked. */
async function ask(cast: Cast): Promise<Told> {
  return JSON.parse(await (await fetch(cast.origin("count"))).text());
}

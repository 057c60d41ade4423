/** Counters: what of everything that the platform bills one click, one postback and one conversion take, counted and not timed. */
import type { ClicksMessage } from "../../schema/messages.ts";
import { linkKey } from "../../schema/records.ts";
import { DAY_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { LINKS, seedProgramme } from "../programme/in-sql.ts";
import { reach } from "../reach.ts";
import { inTemporaryDirectory } from "../temporary-directory.ts";
import { type Cast, type Part, startCast } from "./cast.ts";
import { type ClickBatch, createClicks, noonOf } from "./click-batches.ts";
import { LINK, requestOf, SLUG } from "./clicks.ts";
import { countDeliveries, type DeliveryCounters } from "./count-deliveries.ts";
import { type IndexRows, indexRows } from "./index-rows.ts";
import { ringOf } from "./keys.ts";
import { saturate } from "./load.ts";
import { BATCH, clicksThrough, createOrders } from "./orders.ts";
import type { Findings } from "./rows.ts";
import { hand } from "./settle.ts";
import { add, type Counted, more, NO_USAGE, times, type Usage, usageOf } from "./usage.ts";
import { waitFor } from "./wait-for.ts";

export interface Counters extends DeliveryCounters {
  /** A click of a visitor who was on the link that day before. Besides: what is as much for each click whatever it comes with, and grows with nothing but clicks. */
  perClick: Usage & { clicksPerMessage: number; bytesInMessage: number };
  /** What a click takes more that is its visitor's first of the day. */
  perFirstVisit: Usage;
  /** What a queue's batch of clicks takes, however many are in it. */
  perClickBatch: Usage;
  /** What a minute takes in which clicks came, the mean of a quarter-hour's; and what is written of each link, country and device apart, whenever counts are. */
  perClickMinute: Usage;
  perClickCell: Usage;
  /** What becomes later of the clicks of an hour, in sums, archive and retention, at most: each is counted as if it were its day's only one. And of it for each link. */
  perClickHour: Usage;
  perClickHourLink: Usage;
  /** Taking a postback in. */
  perPostback: Usage;
  /**
   * Settling it, as a fresh order in a full batch; `lies` says in which tables and indexes of D1 it then lies. What is written besides adds up and marks. `databaseBytes` lie in
   * the databases of books and log, sums and lists among them, `objectBytes` in its advertiser's object.
   */
  perConversion: Usage & { batch: number; lies: IndexRows; databaseBytes: number; objectBytes: number };
  /** What becomes of it later, in archive and retention. */
  perConversionLater: Usage;
  /** The same of an hour in which conversions came, at most for each of its links. */
  perConversionHourLink: Usage;
}

const CLICKS = 5_000;
const BATCHES = 20;
/** A twentieth of them, to tell what is for each conversion from what is for its hour. */
const FEW_BATCHES = 1;
const QUEUE_UNIT_BYTES = 64_000;
const WRITE_READ_DELETE = 3;
const READ_DELETE = 2;
/** The most messages that a batch has. */
const MESSAGES = 100;
const FEW = 2;
const MANY = 10;
/** One in each minute, as many minutes as lie between two times that counts are written. */
const CLICK_BATCHES = 15;
/** By then every hour is archived, and the clicks' days are past their time; then postbacks are too. */
const LATER_MS = 20 * DAY_MS;
const MUCH_LATER_MS = 200 * DAY_MS;
/** A run of the cron does some at once, and leaves a pause before a day of clicks is final. */
const BETWEEN_RUNS_MS = 10 * MINUTE_MS;
const LATER_RUNS = 20;
/** What a run leaves to the queue comes within that time, or there is none. */
const QUIET_MS = 1_500;

/** What the counting worker tells. */
type Told = Counted & { queueMessages: number; queueBytes: number; clicks: number; objectBytes: number };

const EDGE: Part = { name: "click", section: "click", entry: "workers/click/index.ts" };
const COUNT: Part = { name: "count", section: "ledger", entry: "bench/workers/count.ts" };

/**
 * Each on a cast of its own, since minutes, crons and retention work off whatever is there: what they take is then of nothing else. `cpuMs` is what the timed rounds
 * found.
 */
export async function countUsage(cpuMs: Findings["cpuMs"]): Promise<Counters> {
  const message = await onCast([EDGE, COUNT], measureMessages);
  const { perClick, ...clicks } = await onCast([COUNT], countClicks);
  const hourOf = (links: number) => onCast([COUNT], (cast) => countHour(cast, links));
  const hour = await hourOf(1);
  const perClickHourLink = times(more(await hourOf(LINKS), hour), 1 / (LINKS - 1));
  const perClickHour = more(hour, perClickHourLink);
  const few = await onCast([COUNT], (cast) => countConversions(cast, FEW_BATCHES));
  const many = await onCast([COUNT], (cast) => countConversions(cast, BATCHES));
  const perConversionLater = times(more(many.later, few.later), 1 / (BATCH * (BATCHES - FEW_BATCHES)));
  const ofHour = more(few.soon, add(perClickHour, times(perClickHourLink, LINKS)));
  const settled = times(many.settled, 1 / (BATCH * BATCHES));
  const lies = Object.fromEntries(Object.entries(many.lies).map(([name, rows]) => [name, rows / (BATCH * BATCHES)]));
  const bytes = (of: "databaseBytes" | "objectBytes") => (many[of] - few[of]) / (BATCH * (BATCHES - FEW_BATCHES));
  return {
    perClick: { ...perClick, ...message, requests: 1, cpuMs: cpuMs.loggedClick ?? 0 },
    ...clicks,
    perClickHour,
    perClickHourLink,
    perPostback: { ...NO_USAGE, requests: 1, cpuMs: cpuMs.postback ?? 0, queueOperations: 1 },
    perConversion: {
      ...settled,
      cpuMs: cpuMs.settledPostback ?? 0,
      queueOperations: READ_DELETE,
      batch: BATCH,
      lies,
      databaseBytes: bytes("databaseBytes"),
      objectBytes: bytes("objectBytes"),
    },
    perConversionLater,
    perConversionHourLink: times(ofHour, 1 / LINKS),
    ...(await inTemporaryDirectory("clickback-count-", countDeliveries)),
  };
}

function onCast<Value>(parts: readonly Part[], work: (cast: Cast) => Promise<Value>): Promise<Value> {
  return inTemporaryDirectory("clickback-count-", async (directory) => {
    const cast = await startCast(parts, directory);
    try {
      await seedProgramme(await cast.miniflare.getD1Database("DB", COUNT.name));
      return await work(cast);
    } finally {
      await cast.stop();
    }
  });
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
    let [taken, minute] = [NO_USAGE, NO_USAGE];
    const fromMs = Date.now();
    await command(cast, `/minute?at=${fromMs}`);
    await ask(cast);
    for (const [index, one] of (await clicks.take(daysAgo, batch, CLICK_BATCHES)).entries()) {
      await handClicks(cast, [one]);
      taken = add(taken, usageOf(await ask(cast)));
      await command(cast, `/minute?at=${fromMs + (index + 1) * MINUTE_MS}`);
      minute = add(minute, usageOf(await ask(cast)));
    }
    return { taken: times(taken, 1 / CLICK_BATCHES), minute: times(minute, 1 / CLICK_BATCHES) };
  };
  const few = await take(1, {});
  const many = await take(2, { perMessage: MANY });
  const first = await take(3, { areFirst: true });
  const wide = await take(4, { links: LINKS });
  const perClick = times(more(many.taken, few.taken), 1 / (MESSAGES * (MANY - FEW)));
  const perMinuteCell = times(more(wide.minute, few.minute), 1 / (LINKS - 1));
  return {
    perClick,
    perFirstVisit: times(more(first.taken, few.taken), 1 / (MESSAGES * FEW)),
    perClickBatch: more(few.taken, times(perClick, MESSAGES * FEW)),
    perClickMinute: more(few.minute, perMinuteCell),
    perClickCell: times(perMinuteCell, CLICK_BATCHES),
  };
}

/** What becomes later of an hour with clicks on so many links. */
async function countHour(cast: Cast, links: number): Promise<Usage> {
  const clicks = await createClicks(await ringOf(cast.secrets.CLICK_KEYS));
  await handClicks(cast, await clicks.take(1, { perMessage: FEW, messages: MESSAGES, links, areFirst: false }, 1));
  await command(cast, `/minute?at=${Date.now()}`);
  await ask(cast);
  return takeLater(cast, Date.now() + LATER_MS);
}

async function handClicks(cast: Cast, batches: readonly ClicksMessage[][]): Promise<void> {
  const answer = await reach(`${cast.origin("count")}/clicks`, { method: "POST", body: JSON.stringify(batches) });
  const taken = await answer.text();
  const messages = batches.flat().length;
  if (taken !== String(messages)) throw new Error(`${taken} of ${messages} messages of clicks were taken`);
}

async function command(cast: Cast, path: string): Promise<void> {
  const answer = await reach(`${cast.origin("count")}${path}`, { method: "POST" });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
}

/** What settling so many full batches takes, and what becomes of them later: soon, their clicks' hours in it, and in all; and what lies in databases and object until the log's time is over. */
async function countConversions(
  cast: Cast,
  batches: number,
): Promise<
  Record<"settled" | "soon" | "later", Usage> & { lies: IndexRows; databaseBytes: number; objectBytes: number }
> {
  // Of a day that is over, as its clicks'.
  const orders = createOrders(await ringOf(cast.secrets.CLICK_KEYS), clicksThrough(cast.origin("count")), noonOf(1));
  const taken = await orders.take(batches);
  // Their clicks are counted apart.
  await command(cast, `/minute?at=${Date.now()}`);
  await ask(cast);
  await hand(cast, "count", taken);
  const told = await ask(cast);
  const settled = usageOf(told);
  const { objectBytes } = told;
  const [books, log] = await Promise.all(["DB", "LOG"].map((name) => cast.miniflare.getD1Database(name, COUNT.name)));
  const lies = {
    ...(books && (await indexRows(books, ["conversions", "entries"]))),
    ...(log && (await indexRows(log, ["postbacks"]))),
  };
  const soon = await takeLater(cast, Date.now() + LATER_MS);
  let databaseBytes = 0;
  for (const database of [books, log])
    databaseBytes += Number((await database?.prepare("SELECT 1").all())?.meta.size_after ?? 0);
  return {
    settled,
    lies,
    soon,
    databaseBytes,
    objectBytes,
    later: add(soon, await takeLater(cast, Date.now() + MUCH_LATER_MS)),
  };
}

/** What upkeep takes from this time on, in runs and what these leave to the queue, until one finds nothing to do. */
async function takeLater(cast: Cast, fromMs: number): Promise<Usage> {
  let later = NO_USAGE;
  for (let run = 0; run < LATER_RUNS; run++) {
    await command(cast, `/upkeep?at=${fromMs + run * BETWEEN_RUNS_MS}`);
    const own = await untilQuiet(cast);
    if (own.rowsWritten + own.objectRowsWritten === 0) return later;
    later = add(later, own);
  }
  throw new Error(`${LATER_RUNS} runs of upkeep were not enough`);
}

async function untilQuiet(cast: Cast): Promise<Usage> {
  let taken = usageOf(await ask(cast));
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const more = await ask(cast);
    if (more.rowsRead + more.rowsWritten + more.queueMessages === 0) return taken;
    taken = add(taken, usageOf(more));
  }
}

/** What was counted since it was last asked. */
async function ask(cast: Cast): Promise<Told> {
  return JSON.parse(await (await reach(cast.origin("count"))).text());
}

/** Counters: what of everything that the platform bills one click, one postback and one conversion take, counted and not timed. */
import { linkKey } from "../../schema/records.ts";
import { seedProgramme } from "../programme/in-sql.ts";
import { type Cast, startCast } from "./cast.ts";
import { LINK, requestOf, SLUG } from "./clicks.ts";
import { ringOf } from "./keys.ts";
import { saturate } from "./load.ts";
import { BATCH, clicksThrough, createOrders } from "./orders.ts";
import type { Findings } from "./rows.ts";
import { hand } from "./settle.ts";
import { waitFor } from "./wait-for.ts";

/** Per one of what it is about. Rows are D1's, as D1 bills them; the objects have rows of their own. */
export interface Usage {
  /** Requests that come from outside. */
  requests: number;
  /** At most: time of the workers' whole process, its HTTP, queue and databases included. */
  cpuMs: number;
  /** Writing, reading and deleting, one for every begun 64 KB. */
  queueOperations: number;
  rowsRead: number;
  rowsWritten: number;
  objectCalls: number;
  objectRowsRead: number;
  objectRowsWritten: number;
}

export interface Counters {
  /** A click with its log row. */
  perClick: Usage & { clicksPerMessage: number; bytesInMessage: number };
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
const NONE: Usage = {
  requests: 0,
  cpuMs: 0,
  queueOperations: 0,
  rowsRead: 0,
  rowsWritten: 0,
  objectCalls: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
};

/** What the counting worker tells. */
type Counted = Omit<Usage, "requests" | "cpuMs" | "queueOperations"> & {
  queueMessages: number;
  queueBytes: number;
  clicks: number;
};

/** Counts on a cast of its own; `cpuMs` is what the timed rounds found. */
export async function countUsage(directory: string, cpuMs: Findings["cpuMs"]): Promise<Counters> {
  const cast = await startCast(
    [
      { name: "click", section: "click", entry: "workers/click/index.ts" },
      { name: "count", section: "ledger", entry: "bench/workers/count.ts" },
    ],
    directory,
  );
  try {
    return {
      perClick: await countClicks(cast, cpuMs.loggedClick ?? 0),
      perPostback: { ...NONE, requests: 1, cpuMs: cpuMs.postback ?? 0, queueOperations: 1 },
      perConversion: await countConversions(cast, cpuMs.settledPostback ?? 0),
    };
  } finally {
    await cast.stop();
  }
}

async function countClicks(cast: Cast, cpuMs: number): Promise<Counters["perClick"]> {
  const edge = await cast.miniflare.getKVNamespace("EDGE", "click");
  await edge.put(linkKey(SLUG), JSON.stringify(LINK));
  // Hardly anyone comes twice: each click also writes its first visit, which is the most that a click can write.
  const requests = Array.from({ length: CLICKS }, (_, index) => requestOf(index));
  await saturate({ origin: cast.origin("click"), requests, status: 302 }, CLICKS);
  const table = await cast.miniflare.getD1Database("CLICKS", "count");
  const rows = async () => (await table.prepare("SELECT count(*) AS n FROM clicks").first<number>("n")) ?? 0;
  await waitFor(async () => (await rows()) === CLICKS, `${CLICKS} clicks in the table`);
  const { queueMessages, queueBytes, clicks, ...counted } = await ask(cast);
  const units = Math.ceil(queueBytes / queueMessages / QUEUE_UNIT_BYTES);
  return {
    ...per(clicks, counted),
    requests: 1,
    cpuMs,
    queueOperations: (queueMessages * units * WRITE_READ_DELETE) / clicks,
    clicksPerMessage: clicks / queueMessages,
    bytesInMessage: queueBytes / clicks,
  };
}

async function countConversions(cast: Cast, cpuMs: number): Promise<Counters["perConversion"]> {
  await seedProgramme(await cast.miniflare.getD1Database("DB", "count"));
  const orders = createOrders(await ringOf(cast.secrets.CLICK_KEYS), clicksThrough(cast.origin("count")));
  const taken = await orders.take(BATCHES);
  // Their clicks are counted apart.
  await ask(cast);
  await hand(cast, "count", taken);
  const { queueMessages, queueBytes, clicks, ...counted } = await ask(cast);
  return { ...per(BATCHES * BATCH, counted), cpuMs, queueOperations: READ_DELETE, batch: BATCH };
}

function per(number: number, counted: Omit<Counted, "queueMessages" | "queueBytes" | "clicks">): Usage {
  const shares = Object.entries(counted).map(([name, count]) => [name, count / number]);
  return { ...NONE, ...Object.fromEntries(shares) };
}

/** What was counted since it was last asked. */
async function ask(cast: Cast): Promise<Counted> {
  return JSON.parse(await (await fetch(cast.origin("count"))).text());
}

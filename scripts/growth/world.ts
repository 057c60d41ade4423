/** A system of a certain age: the real workers on real databases, migrated, with a programme in the books and as many clicks and conversions behind it as are asked for. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cast, startCast } from "../bench/cast.ts";
import { ringOf } from "../bench/keys.ts";
import { clicksThrough, createOrders, type OrderSource } from "../bench/orders.ts";
import { consoleFetch, type FullFetch } from "../console-api.ts";
import { childrenOf, residentBytes } from "../process-table.ts";
import { seedProgramme } from "../programme/in-sql.ts";
import { reach } from "../reach.ts";
import { seedBooks } from "./seed-books.ts";
import { type AskLedger, archiveClicks, monthOfClicks, seedClicks } from "./seed-clicks.ts";

const LEDGER = "clickback-ledger";
const CONSOLE = "clickback-console";
/** A run of the cron closes 400,000 rows of books and log each, and adds up a hundred hours of clicks. More than this are a fault. */
const MOST_SEALING_RUNS = 100;

/** Clicks of a batch, as an hour of ten clicks a second has them. */
const PER_BATCH = 500;

/** What lies behind it. */
export interface Size {
  clicks: number;
  conversions: number;
}

type Books = Awaited<ReturnType<Cast["miniflare"]["getD1Database"]>>;

/** The workers of a measurement, with nothing behind them. */
export interface System {
  cast: Cast;
  books: Books;
  log: Books;
  fetchConsole: FullFetch;
  /** What its workerd holds in memory. */
  residentBytes(): number;
  ask: AskLedger;
}

export interface World extends System {
  size: Size;
  orders: OrderSource;
}

/** Starts it in `directory`, migrated. */
export async function startSystem(directory: string): Promise<System> {
  const earlier = childrenOf(process.pid);
  const cast = await startCast(
    [
      { name: LEDGER, section: "ledger", entry: "bench/workers/grown-ledger.ts", queueConsumers: {} },
      { name: CONSOLE, section: "console", entry: "workers/console/index.ts" },
    ],
    directory,
  );
  const children = childrenOf(process.pid).filter((pid) => !earlier.includes(pid));
  return {
    cast,
    books: await cast.miniflare.getD1Database("DB", LEDGER),
    log: await cast.miniflare.getD1Database("LOG", LEDGER),
    fetchConsole: consoleFetch(cast.origin(CONSOLE), cast.secrets.CONSOLE_TOKEN),
    residentBytes: () => children.reduce((sum, pid) => sum + residentBytes(pid, true), 0),
    ask: async (path, body = "") => {
      const answer = await reach(`${cast.origin(LEDGER)}${path}`, { method: "POST", body });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 500)}`);
      return JSON.parse(text);
    },
  };
}

/** Starts it in `directory`, and seeds it unless it was there already. */
export async function startWorld(directory: string, size: Size): Promise<World> {
  const system = await startSystem(directory);
  const { cast } = system;
  const logging = clicksThrough(`${cast.origin(LEDGER)}/settle`);
  const world = { ...system, size, orders: createOrders(await ringOf(cast.secrets.CLICK_KEYS), logging) };
  await seedOnce(directory, JSON.stringify(size), () => seed(world));
  return world;
}

/** Seeds what is in a directory, unless it was seeded. Throws where it holds something else. */
export async function seedOnce(directory: string, what: string, seedAll: () => Promise<void>): Promise<void> {
  const note = join(directory, "seeded.json");
  if (!existsSync(note)) {
    await seedAll();
    writeFileSync(note, what);
  } else if (readFileSync(note, "utf8") !== what) throw new Error(`${directory} holds something else: name another`);
}

async function seed({ size, books, log, orders, ask }: World): Promise<void> {
  await seedProgramme(books);
  const month = monthOfClicks(size.clicks);
  await seedClicks(ask, month, PER_BATCH);
  await archiveClicks(ask, month);
  await seedBooks({ books, log, ask, order: () => firstOrder(orders) }, size.conversions);
  await sealAll(ask);
}

/** As often as the cron has something to close or to add up: a report over what is not would measure how far behind it is. */
async function sealAll(ask: AskLedger): Promise<void> {
  let before = "";
  for (let run = 0; run < MOST_SEALING_RUNS; run++) {
    const state = JSON.stringify(await ask("/seal"));
    if (state === before) return;
    before = state;
  }
  throw new Error(`after ${MOST_SEALING_RUNS} runs of the cron there is still something to close: ${before}`);
}

async function firstOrder(orders: OrderSource) {
  const order = (await orders.take(1)).flat()[0];
  if (!order) throw new Error("there is no order to copy");
  return order;
}

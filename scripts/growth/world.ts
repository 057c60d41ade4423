/** A system of a certain age: the real workers on real databases, migrated, with a programme in the books and as many clicks and conversions behind it as are asked for. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cast, startCast } from "../bench/cast.ts";
import { ringOf } from "../bench/keys.ts";
import { clicksThrough, createOrders, type OrderSource } from "../bench/orders.ts";
import { consoleFetch, type FullFetch } from "../console-api.ts";
import { childrenOf, residentBytes } from "../process-table.ts";
import { seedProgramme } from "../programme/in-sql.ts";
import { seedBooks } from "./seed-books.ts";
import { seedClicks } from "./seed-clicks.ts";

const LEDGER = "clickback-ledger";
const CONSOLE = "clickback-console";
/** A run of the cron seals a month at most, hours and days each. */
const SEALING_RUNS = 3;

/** What lies behind it. */
export interface Size {
  clicks: number;
  conversions: number;
}

type Books = Awaited<ReturnType<Cast["miniflare"]["getD1Database"]>>;

export interface World {
  size: Size;
  cast: Cast;
  books: Books;
  log: Books;
  clickLog: Books;
  orders: OrderSource;
  fetchConsole: FullFetch;
  /** What its workerd holds in memory. */
  residentBytes(): number;
  /** Asks the ledger: see bench/workers/grown-ledger.ts. */
  ask<Answer>(path: string, body?: string): Promise<Answer>;
}

/** Starts it in `directory`, and seeds it unless it was there already. */
export async function startWorld(directory: string, size: Size): Promise<World> {
  const earlier = childrenOf(process.pid);
  const cast = await startCast(
    [
      { name: LEDGER, section: "ledger", entry: "bench/workers/grown-ledger.ts", queueConsumers: {} },
      { name: CONSOLE, section: "console", entry: "workers/console/index.ts" },
    ],
    directory,
  );
  const books = await cast.miniflare.getD1Database("DB", LEDGER);
  const log = await cast.miniflare.getD1Database("LOG", LEDGER);
  const clickLog = await cast.miniflare.getD1Database("CLICKS", CONSOLE);
  const children = childrenOf(process.pid).filter((pid) => !earlier.includes(pid));
  const world: World = {
    size,
    cast,
    books,
    log,
    clickLog,
    orders: createOrders(await ringOf(cast.secrets.CLICK_KEYS), clicksThrough(`${cast.origin(LEDGER)}/settle`)),
    fetchConsole: consoleFetch(cast.origin(CONSOLE), cast.secrets.CONSOLE_TOKEN),
    residentBytes: () => children.reduce((sum, pid) => sum + residentBytes(pid, true), 0),
    ask: async (path, body = "") => {
      const answer = await fetch(`${cast.origin(LEDGER)}${path}`, { method: "POST", body });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 500)}`);
      return JSON.parse(text);
    },
  };
  await seed(directory, world);
  return world;
}

async function seed(directory: string, { size, books, log, clickLog, orders, ask }: World): Promise<void> {
  const note = join(directory, "seeded.json");
  if (existsSync(note)) {
    if (readFileSync(note, "utf8") !== JSON.stringify(size)) throw new Error(`${directory} holds another size`);
    return;
  }
  await seedProgramme(books);
  await seedClicks(clickLog, size.clicks);
  await seedBooks({ books, log, ask, order: () => firstOrder(orders) }, size.conversions);
  for (let run = 0; run < SEALING_RUNS; run++) await ask("/seal");
  writeFileSync(note, JSON.stringify(size));
}

async function firstOrder(orders: OrderSource) {
  const order = (await orders.take(1)).flat()[0];
  if (!order) throw new Error("there is no order to copy");
  return order;
}

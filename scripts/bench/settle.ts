/** What settling costs: batches of fresh orders through ledger, object and database, against the bare writing of the same rows, and against a naive consumer. */
import { join } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { PostbackMessage } from "../../schema/messages.ts";
import type { Database } from "../local/migrate.ts";
import { seedProgramme } from "../programme/in-sql.ts";
import { reach } from "../reach.ts";
import { type Cast, startCast } from "./cast.ts";
import type { Effort } from "./effort.ts";
import { ringOf } from "./keys.ts";
import { BATCH, clicksThrough, createOrders, type OrderSource } from "./orders.ts";
import { openReference } from "./reference-database.ts";
import { alternate, type Both, compare, median } from "./rounds.ts";
import type { Findings, Measured } from "./rows.ts";

/** The naive consumer takes so much longer that a small share of a round tells as much. */
const NAIVE_SHARE = 0.1;
const TABLES = ["conversions", "entries", "postbacks"] as const;
/** Where each lies. */
const LIES_IN = { conversions: "books", entries: "books", postbacks: "log" } as const;

/** Something for each of the two databases that settling writes to. */
type InEach<Value> = Record<"books" | "log", Value>;

/** Rows `settle`, `settle-naive` and `settle-journal`. */
export async function measureSettling(directory: string, effort: Effort): Promise<Findings> {
  if (!effort.wants("settle", "settle-naive", "settle-journal")) return { rows: {}, cpuMs: {} };
  const cast = await startCast(
    [
      { name: "settle", section: "ledger", entry: "bench/workers/settle.ts", queueConsumers: {} },
      {
        name: "unjournaled",
        section: "ledger",
        entry: "bench/workers/settle.ts",
        queueConsumers: {},
        bindings: { JOURNAL: "off" },
      },
      { name: "naive", section: "ledger", entry: "bench/workers/settle-naive.ts", queueConsumers: {} },
    ],
    directory,
  );
  const reference = {
    books: openReference(join(directory, "settled.sqlite")),
    log: openReference(join(directory, "settled-log.sqlite"), "log"),
  };
  try {
    const books = await cast.miniflare.getD1Database("DB", "settle");
    const log = await cast.miniflare.getD1Database("LOG", "settle");
    const databases = { books, log };
    const orders = createOrders(await ringOf(cast.secrets.CLICK_KEYS), clicksThrough(cast.origin("settle")));
    await seedProgramme(books);
    const cpuMs: number[] = [];
    const ours = async () => {
      const batches = await orders.take(effort.batches);
      const before = cast.cpuSeconds();
      const perSecond = await hand(cast, "settle", batches);
      cpuMs.push(((cast.cpuSeconds() - before) / (batches.length * BATCH)) * 1000);
      return perSecond;
    };
    const naive = async () => hand(cast, "naive", await orders.take(Math.ceil(effort.batches * NAIVE_SHARE)));
    const unjournaled = async () => hand(cast, "unjournaled", await orders.take(effort.batches));
    await ours();
    const rows: Measured = {};
    if (effort.wants("settle"))
      rows.settle = compare(await raceReference({ databases, orders, ours, reference, rounds: effort.rounds }));
    if (effort.wants("settle-naive")) rows["settle-naive"] = compare(await alternate(effort.rounds, naive, ours));
    if (effort.wants("settle-journal")) {
      await unjournaled();
      rows["settle-journal"] = compare(await alternate(effort.rounds, unjournaled, ours));
    }
    return { rows, cpuMs: { settledPostback: median(cpuMs) } };
  } finally {
    reference.books.close();
    reference.log.close();
    await cast.stop();
  }
}

/** Hands batches to a worker, which settles one after the other; gives messages per second. Throws when one was not settled. */
export async function hand(cast: Cast, name: string, batches: readonly PostbackMessage[][]): Promise<number> {
  const body = JSON.stringify(batches);
  const messages = batches.length * BATCH;
  const startedMs = performance.now();
  const settled = await (await reach(cast.origin(name), { method: "POST", body })).text();
  const seconds = (performance.now() - startedMs) / 1000;
  if (settled !== String(messages)) throw new Error(`${settled} of ${messages} messages were settled`);
  return messages / seconds;
}

interface Race {
  databases: InEach<Database>;
  orders: OrderSource;
  ours: () => Promise<number>;
  reference: InEach<DatabaseSync>;
  rounds: number;
}

/** Each round ours settles fresh orders, and the reference then writes the very rows that this left in books and log. */
async function raceReference({ databases, orders, ours, reference, rounds }: Race): Promise<Both<number>[]> {
  const done: Both<number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const fromMs = orders.nextMs();
    const perSecond = await ours();
    done.push({ ours: perSecond, reference: writeReference(reference, await rowsFrom(databases, fromMs)) });
  }
  return done;
}

type Row = Record<string, SQLInputValue>;
type TableRows = { table: keyof typeof LIES_IN; rows: Row[] }[];

/** The rows of messages received since then, in the order in which they were received. */
async function rowsFrom(databases: InEach<Database>, fromMs: number): Promise<TableRows> {
  const tables: TableRows = [];
  for (const table of TABLES) {
    const { results } = await databases[LIES_IN[table]]
      .prepare(`SELECT * FROM ${table} WHERE received_at >= ? ORDER BY received_at`)
      .bind(fromMs)
      .all();
    tables.push({ table, rows: JSON.parse(JSON.stringify(results)) });
  }
  // First entries lie in their conversions' rows.
  return tables.filter(({ rows }) => rows.length > 0);
}

/** Writes rows in transactions of a hundred messages, with one prepared insert a table; gives messages per second. */
function writeReference(reference: InEach<DatabaseSync>, tables: TableRows): number {
  const writers = tables.map(({ table, rows }) => {
    const columns = Object.keys(rows[0] ?? {});
    const places = columns.map(() => "?").join(", ");
    const insert = reference[LIES_IN[table]].prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`);
    return { insert, values: rows.map((row) => columns.map((column) => row[column] ?? null)) };
  });
  const messages = tables[0]?.rows.length ?? 0;
  const startedMs = performance.now();
  for (let start = 0; start < messages; start += BATCH) {
    for (const db of [reference.books, reference.log]) db.exec("BEGIN");
    for (const { insert, values } of writers) for (const row of values.slice(start, start + BATCH)) insert.run(...row);
    for (const db of [reference.books, reference.log]) db.exec("COMMIT");
  }
  return messages / ((performance.now() - startedMs) / 1000);
}

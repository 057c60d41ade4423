/** The whole system on this machine: the workers of wrangler.toml in one process of workerd, each on its own port, with their storage in a directory. */

import { join } from "node:path";
import { Miniflare } from "miniflare";
import { must } from "../workers/core/must.ts";
import { buildSections, type Entries } from "./local/build.ts";
import { fireCrons } from "./local/cron.ts";
import { type DoorStub, drain } from "./local/drain.ts";
import { forgetHeld, readHeld } from "./local/held.ts";
import type { JournalStub } from "./local/journal.ts";
import { type Database, migrate } from "./local/migrate.ts";
import { leftBehind } from "./local/older-state.ts";
import { CARETAKER, HOST, miniflareOptions } from "./local/options.ts";
import { type Origins, originsOf } from "./local/origins.ts";
import type { Secrets } from "./local/secrets.ts";
import {
  type Configs,
  configOf,
  databasesOf,
  nameOf,
  queueNames,
  ROOT,
  readSections,
  SECTIONS,
  type Section,
} from "./sections.ts";

export interface PlatformOptions {
  /** Where data lies, as an absolute path; the bundles go into its folder `build`. */
  stateDir: string;
  /** The click worker's port; postback has the next one, console the one after it. */
  port: number;
  secrets: Secrets;
  /** Vars instead of wrangler.toml's and of what is usual on one machine, in every section that has them. */
  vars?: Record<string, string>;
  /** Entries instead of the workers' own, relative to the project: such as the workers with faults around them. */
  entries?: Entries;
}

export interface Platform {
  origins: Origins;
  /** What of an older version's state is not taken over; null where nothing is. */
  leftBehind: string | null;
  /** The books. */
  database: Database;
  /** The postback log. */
  log: Database;
  /** Sends to a queue by its name. */
  send(queue: string, body: object): Promise<void>;
  /** Sends some at once, which are 256 KB at most. */
  sendAll(queue: string, bodies: readonly object[]): Promise<void>;
  /** How many messages of a queue are not settled yet. */
  waiting(queue: string): Promise<number>;
  /** What the courier told. */
  courier: Database;
  /** Asks a worker by its name, also one that faces nobody, and gives the text of its answer. */
  ask(section: Section, path: string): Promise<string>;
  /** Takes no more requests, lets the queues run dry and ends workerd. Gives how many messages wait for the next start. */
  stop(): Promise<{ held: number }>;
}

type Caretaker = Record<Section, DoorStub> &
  Record<"DB" | "LOG" | "COURIER", Database> & { LOCAL_JOURNAL: Journals } & { [queue: string]: Queue };

interface Journals {
  idFromName(name: string): unknown;
  get(id: unknown): JournalStub;
}

/** Builds the workers, starts them, migrates their databases, sends what was not settled before and opens the doors. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const buildDir = join(options.stateDir, "build");
  await buildSections(buildDir, options.entries);
  const configs = readSections();
  const origins = originsOf(options.port);
  const miniflare = new Miniflare(miniflareOptions(configs, { ...options, buildDir, origins }));
  await miniflare.ready;
  const caretaker = await miniflare.getBindings<Caretaker>(CARETAKER);
  const applied = await migrateAll(caretaker, configs);
  const journal = caretaker.LOCAL_JOURNAL.get(caretaker.LOCAL_JOURNAL.idFromName("journal"));
  await sendUnsettled(caretaker, journal, options.stateDir);
  const doors = SECTIONS.map((section) => caretaker[section]);
  await Promise.all(doors.map((door) => door.open()));
  const askByName = async (worker: string, path: string) => {
    const init = { headers: { "MF-Route-Override": worker } };
    return (await miniflare.dispatchFetch(`http://${HOST}${path}`, init)).text();
  };
  const stopCrons = fireCrons(crons(configs), async (worker, expression, timeMs) => {
    const query = new URLSearchParams({ cron: expression, time: String(timeMs) });
    await askByName(worker, `/cdn-cgi/local/scheduled?${query}`);
  });
  const queues = queueNames(configs).map((queue) => caretaker[queue]);
  return {
    origins,
    leftBehind: leftBehind(applied.get("DB") ?? []),
    database: caretaker.DB,
    log: caretaker.LOG,
    send: async (queue, body) => {
      await journal.keep(queue, [JSON.stringify(body)]);
      await must(caretaker[queue], "the queue", queue).send(body);
    },
    sendAll: async (queue, bodies) => {
      await journal.keep(
        queue,
        bodies.map((body) => JSON.stringify(body)),
      );
      await must(caretaker[queue], "the queue", queue).sendBatch(bodies.map((body) => ({ body })));
    },
    waiting: (queue) => journal.countOf(queue),
    courier: caretaker.COURIER,
    ask: (section, path) => askByName(nameOf(configOf(configs, section)), path),
    stop: async () => {
      stopCrons();
      await drain(doors, queues.filter(isPresent));
      const held = await journal.count();
      await miniflare.dispose();
      return { held };
    },
  };
}

/** The migrations that were applied now, by the database's binding. */
async function migrateAll(caretaker: Caretaker, configs: Configs): Promise<ReadonlyMap<string, string[]>> {
  const applied = new Map<string, string[]>();
  for (const { binding, migrationsDir } of databasesOf(configs))
    applied.set(binding, await migrate(databaseOf(caretaker, binding), join(ROOT, migrationsDir)));
  return applied;
}

function databaseOf({ DB, LOG, COURIER }: Caretaker, binding: string): Database {
  const database = new Map([
    ["DB", DB],
    ["LOG", LOG],
    ["COURIER", COURIER],
  ]).get(binding);
  if (!database) throw new Error(`nothing is known of a database ${binding}`);
  return database;
}

/** Sends what was not settled before the last end, however that came: sent twice, it still has one effect. */
async function sendUnsettled(caretaker: Caretaker, journal: JournalStub, stateDir: string): Promise<void> {
  for (const { queue, body } of readHeld(stateDir)) await journal.keep(queue, [JSON.stringify(body)]);
  forgetHeld(stateDir);
  for (let page = await journal.waiting(""); page.length > 0; page = await journal.waiting(page.at(-1)?.key ?? ""))
    for (const { queue, text } of page) await caretaker[queue]?.send(JSON.parse(text));
}

function crons(configs: Configs): { worker: string; expression: string }[] {
  return [...configs.values()].flatMap((config) =>
    (config.triggers.crons ?? []).map((expression) => ({ worker: config.name ?? "", expression })),
  );
}

function isPresent<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

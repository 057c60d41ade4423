/**
 * Workers of wrangler.toml in one workerd, with storage of their own: wrangler's test harness as far as tests use it, so that one reads like the other, but ready in half the time,
 * since there are bundles that were made before, one start instead of one for each worker, and no proxy before them.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, NoOpLog, type V4WorkerOptions } from "miniflare";
import { writeBundle } from "../../scripts/kept-bundles.ts";
import { modulesIn } from "../../scripts/local/build.ts";
import { localBindings } from "../../scripts/local/options.ts";
import { type Config, configOf, nameOf, ROOT, readSections, type Section } from "../../scripts/sections.ts";

// Nothing is fetched from outside: no sample of request.cf, no usage statistics; and wrangler stays quiet.
process.env.WRANGLER_LOG ??= "error";
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
process.env.WRANGLER_SEND_METRICS = "false";

/** For so long a queue waits for more messages; as deployed it is a second, which nearly every test would spend asleep. */
const BATCH_TIMEOUT_S = 0.05;

export interface HarnessWorker {
  /** Its section of wrangler.toml. */
  env: Section;
  /** Instead of the section's, for a worker beside that one. */
  name?: string;
  /** Its first file, relative to the project: the section's own unless said here. */
  main?: string;
  secrets?: Record<string, string>;
  /** Beside or instead of wrangler.toml's. */
  vars?: Record<string, string>;
  /** A binding, and the name of the worker that stands in for it: its calls arrive there as RPC (`send`, `sendBatch`, …). */
  bindingOverrides?: Record<string, string>;
}

export interface HarnessOptions {
  workers: HarnessWorker[];
}

export interface Log {
  level: string;
  message: string;
  timestamp: number;
}

type DispatchFetch = Miniflare["dispatchFetch"];
export type HarnessResponse = Awaited<ReturnType<DispatchFetch>>;
export type HarnessInit = NonNullable<Parameters<DispatchFetch>[1]>;
type Headed = Omit<HarnessInit, "headers"> & { headers?: Record<string, string> };

/** Bindings of which a test knows more than can be said: unchecked, as what is parsed is. */
type AnyEnv = Record<string, ReturnType<JSON["parse"]>>;

export interface WorkerHandle<Env> {
  /** Asks it, whatever it has of routes. */
  fetch(path: string, init?: Headed): Promise<HarnessResponse>;
  scheduled(event: { cron: string; scheduledTime: Date }): Promise<void>;
  getEnv(): Promise<Env>;
  /** Applies the migrations of a database that this worker is bound to. */
  applyD1Migrations(binding: string): Promise<void>;
  listDurableObjectIds(className: string): ReturnType<Miniflare["listDurableObjectIds"]>;
  getDurableObjectStorage(
    className: string,
    of: { id: string },
  ): ReturnType<Miniflare["unsafeGetDurableObjectStorage"]>;
}

export interface TestHarness {
  /** Builds and starts the workers; gives the address that they all answer at. */
  listen(): Promise<{ url: URL }>;
  getWorker<Env = AnyEnv>(name: string): WorkerHandle<Env>;
  /** What a deploy does: the workers go on as said now, their data stays. What queues hold is lost. */
  update(change: (current: HarnessOptions) => HarnessOptions): Promise<void>;
  /** What the workers logged so far. */
  getLogs(): Log[];
  close(): Promise<void>;
}

/** Nothing is built or started before `listen`. */
export function createTestHarness(options: HarnessOptions): TestHarness {
  const configs = readSections();
  const bundles = mkdtempSync(join(tmpdir(), "clickback-harness-"));
  const logs: Log[] = [];
  let current = options;
  let miniflare: Miniflare | null = null;

  function running(): Miniflare {
    if (!miniflare) throw new Error("the harness does not run: call listen() first");
    return miniflare;
  }

  async function miniflareOptions() {
    return convertV4MiniflareOptions({
      host: "127.0.0.1",
      cf: false,
      log: new NoOpLog(),
      logRequests: false,
      unsafeTriggerHandlers: true,
      unsafeInspectDurableObjects: true,
      handleStructuredLogs: (log) => logs.push(log),
      workers: await Promise.all(current.workers.map(workerOptions)),
    });
  }

  async function workerOptions(worker: HarnessWorker): Promise<V4WorkerOptions> {
    const config = configOf(configs, worker.env);
    const entry = worker.main ?? `workers/${worker.env}/index.ts`;
    const bundle = join(bundles, worker.name ?? worker.env);
    await writeBundle({ section: worker.env, entry }, bundle);
    return {
      ...localBindings(testedConfig(config, worker.bindingOverrides ?? {})),
      name: worker.name ?? nameOf(config),
      modules: modulesIn(bundle, `${basename(entry, ".ts")}.js`),
      modulesRoot: bundle,
      bindings: { ...config.vars, ...worker.secrets, ...worker.vars },
    };
  }

  /** Where the objects of a binding live. */
  function objectsOf(worker: string, binding: string): { script: string; className: string } {
    for (const config of configs.values())
      for (const { name, class_name, script_name } of config.durable_objects.bindings)
        if (config.name === worker && name === binding)
          return { script: script_name ?? worker, className: class_name ?? name };
    throw new Error(`${worker} has no objects ${binding}`);
  }

  return {
    async listen() {
      miniflare = new Miniflare(await miniflareOptions());
      return { url: await miniflare.ready };
    },
    getWorker: <Env>(name: string): WorkerHandle<Env> => ({
      fetch: async (path, init = {}) => {
        const { href } = new URL(path, (await running().ready).href);
        return running().dispatchFetch(href, { ...init, headers: { ...init.headers, "MF-Route-Override": name } });
      },
      async scheduled({ cron, scheduledTime }) {
        const query = new URLSearchParams({ cron, time: String(scheduledTime.getTime()), format: "json" });
        const answer = await this.fetch(`/cdn-cgi/local/scheduled?${query}`);
        await answer.text();
      },
      getEnv: () => running().getBindings<Env>(name),
      async applyD1Migrations(binding) {
        const database = await running().getD1Database(binding, name);
        // In few calls, where one for each of two hundred statements took more than a second.
        for (const sql of migrationsOf(binding)) await database.prepare(sql).run();
      },
      listDurableObjectIds: (binding) => running().listDurableObjectIds(binding, name),
      getDurableObjectStorage: (binding, of) => {
        const { script, className } = objectsOf(name, binding);
        return running().unsafeGetDurableObjectStorage(script, className, of);
      },
    }),
    async update(change) {
      current = change(current);
      await running().setOptions(await miniflareOptions());
    },
    getLogs: () => structuredClone(logs),
    async close() {
      await miniflare?.dispose();
      rmSync(bundles, { recursive: true, force: true });
    },
  };

  /** As few texts as D1 takes, whose statements have 100 KB at most. */
  function migrationsOf(binding: string): string[] {
    const databases = [...configs.values()].flatMap((config) => config.d1_databases);
    const dir = databases.find((database) => database.binding === binding)?.migrations_dir;
    if (!dir) throw new Error(`wrangler.toml has no migrations of ${binding}`);
    const files = readdirSync(join(ROOT, dir)).filter((file) => file.endsWith(".sql"));
    const texts: string[] = [];
    for (const file of files.sort()) {
      const sql = readFileSync(join(ROOT, dir, file), "utf8");
      const last = texts.at(-1);
      if (last === undefined || last.length + sql.length > MOST_SQL) texts.push(sql);
      else texts[texts.length - 1] = `${last}\n${sql}`;
    }
    return texts;
  }
}

const MOST_SQL = 80_000;

/** The section with impatient queues, and with other workers in the places of some bindings. */
function testedConfig(config: Config, overrides: Record<string, string>): Config {
  const { producers = [], consumers = [] } = config.queues;
  const standIns = Object.entries(overrides).map(([binding, service]) => ({ binding, service }));
  return {
    ...config,
    queues: {
      producers: producers.filter(({ binding }) => !(binding in overrides)),
      consumers: consumers.map((consumer) => ({ ...consumer, max_batch_timeout: BATCH_TIMEOUT_S })),
    },
    services: [...(config.services ?? []), ...standIns],
  };
}

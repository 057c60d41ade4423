/** The workers of wrangler.toml as Miniflare's options: wrangler's own reading of their bindings, their bundles, secrets and ports. */
import { join } from "node:path";
import { convertV4MiniflareOptions, type MiniflareOptions, NoOpLog, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import {
  type Config,
  type Configs,
  configOf,
  databasesOf,
  nameOf,
  queueNames,
  ROOT,
  SECTIONS,
  type Section,
} from "../sections.ts";
import { modulesOf } from "./build.ts";
import { EDGE_READER } from "./edge-memory.ts";
import type { LocalQueues } from "./local-queues.ts";
import { type Origins, PORT_OFFSETS } from "./origins.ts";
import type { Secrets } from "./secrets.ts";

export const HOST = "127.0.0.1";
/** A worker without code whose bindings are the platform's own way to the others. */
export const CARETAKER = "clickback-caretaker";

/** Nothing is fetched from outside, and the simulator's log, which halves its speed, is off: only what workers warn of is shown. */
export const QUIET_SIMULATOR = {
  host: HOST,
  cf: false,
  log: new NoOpLog(),
  logRequests: false,
  handleStructuredLogs: ({ level, message }: { level: string; message: string }) => {
    if (level === "warn" || level === "error") console.error(message);
  },
} as const;

interface WorkerOptions {
  stateDir: string;
  buildDir: string;
  port: number;
  origins: Origins;
  secrets: Secrets;
  vars?: Record<string, string>;
}

/** The whole system for Miniflare: the workers and their caretaker, quiet and without a look outside. */
export function miniflareOptions(configs: Configs, options: WorkerOptions): MiniflareOptions {
  const workers = SECTIONS.map((section) => {
    const journal = journalWorker(configs);
    const worker = workerOf(section, configOf(configs, section), { ...options, journal });
    return { ...worker, serviceBindings: { ...worker.serviceBindings, ...edgeReaders(configs) } };
  });
  return convertV4MiniflareOptions({
    ...QUIET_SIMULATOR,
    unsafeTriggerHandlers: true,
    resourcePersistencePath: join(options.stateDir, "storage"),
    workers: [...workers, caretakerOf(configs)],
  });
}

/** One section as Miniflare takes it: wrangler's own reading of its bindings, its bundle, its secrets, and a port that skips the simulator's front. */
function workerOf(section: Section, config: Config, options: WorkerOptions & { journal: string }): V4WorkerOptions {
  const bindings = localBindings(config);
  const offset = PORT_OFFSETS[section];
  return {
    ...bindings,
    name: nameOf(config),
    rootPath: ROOT,
    modules: modulesOf(options.buildDir, section),
    modulesRoot: join(options.buildDir, section),
    bindings: {
      ...config.vars,
      ...localVars(config, options),
      ...secretsOf(config, options.secrets),
      LOCAL_QUEUES: { ...localQueues(config) },
    },
    durableObjects: {
      ...Object.fromEntries(Object.entries(bindings.durableObjects ?? {})),
      LOCAL_JOURNAL: journalOf(options.journal),
    },
    ...(offset === undefined ? {} : { unsafeDirectSockets: [{ host: HOST, port: options.port + offset }] }),
  };
}

/** Wrangler's own reading of a section's bindings. */
export function localBindings(config: Config) {
  const { modulesRules: _, ...bindings } = unstable_getMiniflareWorkerOptions(localConfig(config)).workerOptions;
  return bindings;
}

/** Without the ids and routes that a deploy has written down, so that data on this machine is found again after it. */
function localConfig(config: Config): Config {
  return {
    ...config,
    routes: [],
    kv_namespaces: config.kv_namespaces.map(({ binding }) => ({ binding })),
    d1_databases: config.d1_databases.map(({ binding, migrations_dir = "" }) => ({ binding, migrations_dir })),
  };
}

/** What differs from a deploy, in every section that has such a var: the public addresses, and that a change in the console shows at once. */
function localVars(config: Config, { origins, vars: given }: WorkerOptions): Record<string, string> {
  const vars = { CLICK_ORIGIN: origins.click, POSTBACK_ORIGIN: origins.postback, EDGE_CACHE_S: "0", ...given };
  return Object.fromEntries(Object.entries(vars).filter(([name]) => name in config.vars));
}

export function secretsOf(config: Config, secrets: Secrets): Record<string, string> {
  const required = config.secrets?.required ?? [];
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => required.includes(name)));
}

function localQueues({ queues: { producers = [] } }: Config): LocalQueues {
  return { producers: Object.fromEntries(producers.map(({ binding, queue }) => [binding, queue ?? binding])) };
}

/** The journal lies with one worker, whichever; all doors keep theirs there. */
function journalOf(worker: string) {
  return { className: "Journal", scriptName: worker, useSQLite: true } as const;
}

/** The doors of the workers that read the edge's records, for those who write them. */
function edgeReaders(configs: Configs) {
  const readers = SECTIONS.filter((section) => "EDGE_CACHE_S" in configOf(configs, section).vars);
  return Object.fromEntries(readers.map((section) => [`${EDGE_READER}${section}`, doorOf(configs, section)]));
}

function doorOf(configs: Configs, section: Section) {
  return { name: nameOf(configOf(configs, section)), entrypoint: "Door" };
}

function journalWorker(configs: Configs): string {
  return nameOf(configOf(configs, "ledger"));
}

function caretakerOf(configs: Configs): V4WorkerOptions {
  // The console sees every database.
  const widest = configOf(configs, "console");
  const doors = SECTIONS.map((section) => [section, doorOf(configs, section)]);
  return {
    name: CARETAKER,
    modules: true,
    script: "export default { fetch: () => new Response(null, { status: 404 }) };",
    compatibilityDate: widest.compatibility_date ?? "",
    serviceBindings: Object.fromEntries(doors),
    queueProducers: Object.fromEntries(queueNames(configs).map((queue) => [queue, { queueName: queue }])),
    durableObjects: { LOCAL_JOURNAL: journalOf(journalWorker(configs)) },
    d1Databases: Object.fromEntries(databasesOf(configs).map(({ binding }) => [binding, binding])),
  };
}

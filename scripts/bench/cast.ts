/** The workers that take part in a measurement: built as for a deploy, in one workerd, each on a port of its own that skips the simulator's front. */
import { basename, join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { writeBundle } from "../kept-bundles.ts";
import { modulesIn } from "../local/build.ts";
import { migrate } from "../local/migrate.ts";
import { HOST, localBindings, QUIET_SIMULATOR, secretsOf } from "../local/options.ts";
import { generateSecrets, type Secrets } from "../local/secrets.ts";
import { childrenOf, cpuSecondsOf } from "../process-table.ts";
import { configOf, nameOf, ROOT, readSections, type Section } from "../sections.ts";

/** A worker in a measurement: the bindings of a section of wrangler.toml, and the entry that is measured with them. */
export interface Part {
  name: string;
  section: Section;
  /** Relative to the project. */
  entry: string;
  /** Besides the section's vars and secrets, or instead of them. */
  bindings?: Record<string, string>;
  /** Instead of the section's. */
  queueConsumers?: NonNullable<V4WorkerOptions["queueConsumers"]>;
}

/** The parts at work. */
export interface Cast {
  secrets: Secrets;
  origin(name: string): string;
  miniflare: Miniflare;
  /** CPU seconds that workerd has used so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const configs = readSections();

/** The console with those that it finds by their names: without them it does not start. */
export function consoleParts(): Part[] {
  const named = (section: Section): Part => ({
    name: nameOf(configOf(configs, section)),
    section,
    entry: `workers/${section}/index.ts`,
  });
  return [{ ...named("console"), name: "console" }, named("ledger"), named("courier")];
}

/** Builds the parts into `directory` and starts them on empty storage there, databases migrated. Records count as fresh for as long as in production. */
export async function startCast(parts: readonly Part[], directory: string): Promise<Cast> {
  const secrets = generateSecrets();
  const names = parts.map(({ name }) => name);
  const builds = new Set(parts.map(({ section, entry }) => JSON.stringify([section, entry])));
  await Promise.all([...builds].map((key) => build(JSON.parse(key), directory)));
  const before = childrenOf(process.pid);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...QUIET_SIMULATOR,
      resourcePersistencePath: join(directory, "storage"),
      workers: parts.map((part) => optionsOf(part, directory, secrets, names)),
    }),
  );
  await miniflare.ready;
  const workerd = childrenOf(process.pid).filter((pid) => !before.includes(pid));
  if (workerd.length === 0)
    throw new Error("there is no process of workerd to be seen: what it uses is read as Linux shows it");
  await migrateAll(miniflare, parts);
  const origins = new Map<string, string>();
  for (const { name } of parts) origins.set(name, (await miniflare.unsafeGetDirectURL(name)).origin);
  return {
    secrets,
    origin: (name) => origins.get(name) ?? "",
    miniflare,
    cpuSeconds: () => workerd.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0),
    stop: () => miniflare.dispose(),
  };
}

function build([section, entry]: [Section, string], directory: string): Promise<void> {
  return writeBundle({ section, entry }, bundleOf(directory, section, entry));
}

function bundleOf(directory: string, section: string, entry: string): string {
  return join(directory, "build", `${section}-${entry.replaceAll("/", "-")}`);
}

function optionsOf(part: Part, directory: string, secrets: Secrets, names: readonly string[]): V4WorkerOptions {
  const config = configOf(configs, part.section);
  const bindings = localBindings(config);
  const bundle = bundleOf(directory, part.section, part.entry);
  return {
    ...bindings,
    // The simulator does not start with a service that is bound and not there; nothing that is measured calls one.
    serviceBindings: Object.fromEntries(
      Object.entries(bindings.serviceBindings ?? {}).filter(([, service]) => names.includes(serviceName(service))),
    ),
    name: part.name,
    rootPath: ROOT,
    modules: modulesIn(bundle, `${basename(part.entry, ".ts")}.js`),
    modulesRoot: bundle,
    bindings: { ...config.vars, ...secretsOf(config, secrets), ...part.bindings },
    unsafeDirectSockets: [{ host: HOST, port: 0 }],
    ...(part.queueConsumers && { queueConsumers: part.queueConsumers }),
  };
}

function serviceName(service: NonNullable<V4WorkerOptions["serviceBindings"]>[string]): string {
  if (typeof service === "string") return service;
  return typeof service === "object" && "name" in service && typeof service.name === "string" ? service.name : "";
}

async function migrateAll(miniflare: Miniflare, parts: readonly Part[]): Promise<void> {
  const owner = parts.find(({ section }) => ["ledger", "console", "courier"].includes(section));
  if (!owner) return;
  for (const { binding, migrations_dir } of configOf(configs, owner.section).d1_databases)
    await migrate(await miniflare.getD1Database(binding, owner.name), join(ROOT, migrations_dir ?? ""));
}

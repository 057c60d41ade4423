/** What the workers stand on: one KV namespace, the databases, a bucket, the queues. Each is looked up by its name and made when it is missing. */
import { type Configs, configOf, databasesOf, nameOf, queueNames } from "../sections.ts";
import { type Account, create, exists, listAll } from "./cloudflare.ts";

/** The namespace that the console writes and that click and postback read, named as the click worker is. */
export function edgeTitle(configs: Configs): string {
  return nameOf(configOf(configs, "click")).replace(/click$/, "edge");
}
/** Fourteen days: as long as there may be no ledger at all before a message is lost. One that runs and fails keeps it in R2 long before. */
const RETENTION_S = 14 * 24 * 3_600;

export interface Ids {
  edge: string;
  /** Database name → id. */
  databases: Map<string, string>;
}

/** Names of what a deploy needs, from wrangler.toml. */
export interface Needed {
  namespace: string;
  databases: string[];
  buckets: string[];
  queues: string[];
}

export function neededResources(configs: Configs): Needed {
  const ledger = configOf(configs, "ledger");
  return {
    namespace: edgeTitle(configs),
    databases: databasesOf(configs).map(({ name }) => name),
    buckets: ledger.r2_buckets.map(({ bucket_name }) => bucket_name ?? ""),
    queues: queueNames(configs),
  };
}

/** Makes what is missing, says so through `tell`, and gives the ids. */
export async function ensureResources(account: Account, needed: Needed, tell: (line: string) => void): Promise<Ids> {
  const edge = await ensureNamespace(account, needed.namespace, tell);
  const databases = await ensureDatabases(account, needed.databases, tell);
  await ensureBuckets(account, needed.buckets, tell);
  await ensureQueues(account, needed.queues, tell);
  return { edge, databases };
}

async function ensureNamespace(account: Account, title: string, tell: (line: string) => void): Promise<string> {
  const path = "/storage/kv/namespaces";
  const found = (await listAll(account, path)).find((one) => one.title === title);
  if (found) return String(found.id);
  tell(`creating the KV namespace ${title}`);
  return String((await create(account, path, { title })).id);
}

async function ensureDatabases(
  account: Account,
  names: readonly string[],
  tell: (line: string) => void,
): Promise<Map<string, string>> {
  const path = "/d1/database";
  const ids = new Map((await listAll(account, path)).map(({ name, uuid }) => [String(name), String(uuid)]));
  for (const name of names) {
    if (ids.has(name)) continue;
    tell(`creating the database ${name}`);
    ids.set(name, String((await create(account, path, { name })).uuid));
  }
  return new Map([...ids].filter(([name]) => names.includes(name)));
}

async function ensureBuckets(account: Account, names: readonly string[], tell: (line: string) => void): Promise<void> {
  const path = "/r2/buckets";
  for (const name of names) {
    if (await exists(account, `${path}/${name}`)) continue;
    tell(`creating the bucket ${name}`);
    await create(account, path, { name });
  }
}

async function ensureQueues(account: Account, names: readonly string[], tell: (line: string) => void): Promise<void> {
  const present = (await listAll(account, "/queues")).map(({ queue_name }) => queue_name);
  for (const name of names) {
    if (present.includes(name)) continue;
    tell(`creating the queue ${name}`);
    await create(account, "/queues", { queue_name: name, settings: { message_retention_period: RETENTION_S } });
  }
}

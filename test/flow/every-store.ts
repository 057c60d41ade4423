/** Everything that a running system holds, as text: stores are found as they are bound, so that later ones join by themselves. */
import { gunzipSync } from "node:zlib";
import { configOf, readSections } from "../../scripts/sections.ts";
import { openParquet } from "../../workers/core/parquet-reader.ts";
import { clicksIn } from "./held-clicks.ts";
import type { System } from "./system.ts";

/** Everything that every store says, each piece with where it lies. */
export async function everything(system: System): Promise<[place: string, text: string][]> {
  const all: [string, string][] = [];
  for (const section of ["ledger", "courier", "console"] as const) {
    const config = configOf(readSections(), section);
    const env = await system.harness.getWorker(`clickback-${section}`).getEnv();
    for (const { binding } of config.d1_databases) all.push(...(await inDatabase(binding, env[binding])));
    for (const { binding } of config.kv_namespaces) all.push(...(await inNamespace(binding, env[binding])));
    for (const { binding } of config.r2_buckets) all.push(...(await inBucket(binding, env[binding])));
    if (section !== "console")
      for (const { name } of config.durable_objects.bindings) all.push(...(await inObjects(system, section, name)));
  }
  return all;
}

const TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";

async function inDatabase(binding: string, db: D1Database): Promise<[string, string][]> {
  const { results: tables } = await db.prepare(TABLES).all<{ name: string }>();
  const found: [string, string][] = [];
  for (const { name } of tables) {
    const { results } = await db.prepare(`SELECT * FROM "${name}"`).all();
    found.push(...results.map((row): [string, string] => [`${binding}/${name}`, JSON.stringify(row)]));
  }
  return found;
}

async function inNamespace(binding: string, kv: KVNamespace): Promise<[string, string][]> {
  const { keys } = await kv.list();
  return Promise.all(
    keys.map(async ({ name }): Promise<[string, string]> => [`${binding}/${name}`, `${name} ${await kv.get(name)}`]),
  );
}

/** Bytes as they are, and the rows of Parquet, which are packed there. */
async function inBucket(binding: string, bucket: R2Bucket): Promise<[string, string][]> {
  const { objects } = await bucket.list({ include: ["customMetadata"] });
  return Promise.all(
    objects.map(async ({ key, customMetadata }): Promise<[string, string]> => {
      const bytes = new Uint8Array(await ((await bucket.get(key))?.arrayBuffer() ?? new ArrayBuffer(0)));
      const rows: unknown[] = [];
      if (key.endsWith(".jsonl.gz")) rows.push(gunzipSync(bytes).toString("utf8"));
      if (key.endsWith(".parquet")) for await (const group of openParquet(bytes).groups()) rows.push(...group);
      return [`${binding}/${key}`, JSON.stringify([Buffer.from(bytes).toString("latin1"), rows, customMetadata])];
    }),
  );
}

async function inObjects(system: System, section: string, binding: string): Promise<[string, string][]> {
  const worker = system.harness.getWorker(`clickback-${section}`);
  const found: [string, string][] = [];
  for (const id of await worker.listDurableObjectIds(binding)) {
    const storage = await worker.getDurableObjectStorage(binding, { id });
    for (const { name } of await storage.exec(TABLES)) {
      const rows = await storage.exec(`SELECT * FROM "${name}"`);
      // Clicks are packed.
      const said = rows.map((row) => JSON.stringify(name === "packs" ? [row, clicksIn(row)] : row));
      found.push(...said.map((text): [string, string] => [`${binding}/${name}`, text]));
    }
  }
  return found;
}

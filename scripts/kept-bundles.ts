/** Bundles of workers, made by wrangler as for a deploy and kept: one is used again while everything that it was made of is as it was. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { parse } from "smol-toml";
import { isRecord } from "../workers/core/is-record.ts";
import { CONFIG_FILE, ROOT, type Section } from "./sections.ts";
import { runWrangler } from "./wrangler.ts";

/** In `node_modules`, so that `npm ci`, which may bring another wrangler, forgets them. */
const KEPT = join(ROOT, "node_modules/.cache/clickback-bundles");
/** What a bundle is made of besides the files in it. */
const MAKERS = ["tsconfig.json", "package.json", "package-lock.json", "node_modules/wrangler/package.json"];
/** What a deploy writes into wrangler.toml, and a worker is told when it is uploaded: it is in no bundle. */
const TOLD_LATER = ["id", "database_id", "routes", "vars"];
/** Where wrangler says which files are in a bundle: the metafile of esbuild. */
export const METAFILE = "bundle-meta.json";

export interface BundleOrder {
  /** By whose settings it is made. */
  section: Section;
  /** The first file, relative to the project. */
  entry: string;
  /** A name that is imported, and the file that it stands for. */
  alias?: readonly [name: string, file: string];
}

interface KeptBundle {
  /** The files that went into it, relative to the project. */
  inputs: string[];
  /** Of them all, and of what made it. */
  hash: string;
  files: Map<string, Uint8Array>;
}

/** Writes the bundle into `outDir`, its first file under the entry's name. Throws with what wrangler said when it cannot be built. */
export async function writeBundle(order: BundleOrder, outDir: string): Promise<void> {
  const path = join(KEPT, createHash("sha256").update(JSON.stringify(order)).digest("hex"));
  const kept = readKept(path);
  if (!kept || hashOf(kept.inputs) !== kept.hash) {
    await build(order, outDir);
    keep(outDir, path);
    return;
  }
  mkdirSync(outDir, { recursive: true });
  for (const [name, content] of kept.files) writeFileSync(join(outDir, name), content);
}

async function build({ section, entry, alias }: BundleOrder, outDir: string): Promise<void> {
  const target = ["--dry-run", "--metafile", "--outdir", outDir];
  const instead = alias ? ["--alias", `${alias[0]}:./${alias[1]}`] : [];
  await runWrangler(["deploy", entry, "-e", section, ...target, ...instead]);
}

function readKept(path: string): KeptBundle | null {
  try {
    const value: unknown = deserialize(readFileSync(path));
    return isKept(value) ? value : null;
  } catch {
    return null;
  }
}

/** Where nothing may be written nothing is kept: the next one builds it again. */
function keep(outDir: string, path: string): void {
  const files = new Map(readdirSync(outDir).map((name) => [name, readFileSync(join(outDir, name))]));
  const inputs = inputsOf(files.get(METAFILE));
  const kept: KeptBundle = { inputs, hash: hashOf(inputs), files };
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Whole or not at all, whoever else keeps it at the same time.
    writeFileSync(`${path}.${process.pid}`, serialize(kept));
    renameSync(`${path}.${process.pid}`, path);
  } catch {}
}

function inputsOf(metafile: Uint8Array = new Uint8Array()): string[] {
  const { inputs }: { inputs: Record<string, unknown> } = JSON.parse(Buffer.from(metafile).toString());
  return Object.keys(inputs);
}

function hashOf(inputs: readonly string[]): string {
  const hash = createHash("sha256").update(settings());
  for (const input of [...MAKERS, ...inputs]) hash.update(JSON.stringify([input, contentOf(input)]));
  return hash.digest("hex");
}

/** Those of wrangler.toml that a bundle can hang on, of all workers. */
function settings(): string {
  const whole = parse(readFileSync(join(ROOT, CONFIG_FILE), "utf8"));
  return JSON.stringify(whole, (name, value: unknown) => (TOLD_LATER.includes(name) ? undefined : value));
}

/** Null of a file that is not there, such as one that the bundler made up. */
function contentOf(input: string): string | null {
  try {
    return readFileSync(join(ROOT, input), "latin1");
  } catch {
    return null;
  }
}

function isKept(value: unknown): value is KeptBundle {
  return isRecord(value) && Array.isArray(value.inputs) && typeof value.hash === "string" && value.files instanceof Map;
}

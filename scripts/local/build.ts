/** Builds the workers for the local platform: wrangler bundles each section as it would for a deploy, with its door as the entry. */
import { readdirSync } from "node:fs";
import { extname, join } from "node:path";
import type { V4ModuleDefinition } from "miniflare";
import { writeBundle } from "../kept-bundles.ts";
import { SECTIONS, type Section } from "../sections.ts";

/** Files beside the bundle, by the rules that wrangler bundles with. */
const MODULE_TYPES: Record<string, V4ModuleDefinition["type"]> = {
  ".wasm": "CompiledWasm",
  ".txt": "Text",
  ".html": "Text",
  ".sql": "Text",
  ".bin": "Data",
};
const DOOR = "scripts/local/door.ts";

/** What a section's worker begins with, relative to the project; `workers/<section>/index.ts` where nothing is said. */
export type Entries = Partial<Record<Section, string>>;

/** Builds every section into `<outDir>/<section>`, all at once. Throws with what wrangler said when one cannot be built. */
export async function buildSections(outDir: string, entries: Entries = {}): Promise<void> {
  await Promise.all(
    SECTIONS.map((section) => build(section, outDir, entries[section] ?? `workers/${section}/index.ts`)),
  );
}

/** What `buildSections` leaves for a section, as Miniflare takes it. */
export function modulesOf(outDir: string, section: Section): V4ModuleDefinition[] {
  return modulesIn(join(outDir, section), "door.js");
}

/** A bundle as Miniflare takes it: the entry first, then the files that it imports. */
export function modulesIn(dir: string, entry: string): V4ModuleDefinition[] {
  const imported = readdirSync(dir).flatMap((name) => {
    const type = MODULE_TYPES[extname(name)];
    return type ? [{ type, path: join(dir, name) }] : [];
  });
  return [{ type: "ESModule", path: join(dir, entry) }, ...imported];
}

function build(section: Section, outDir: string, entry: string): Promise<void> {
  return writeBundle({ section, entry: DOOR, alias: ["clickback-worker", entry] }, join(outDir, section));
}

/** The project's own files, as its rules see them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** Not written by us, or not kept. */
const SKIPPED = new Set(["node_modules", ".git", ".wrangler", "dist", "screenshots"]);

/** Paths of all files under `folder`, relative to the project, with `/` between folders. */
export function filesUnder(folder = ""): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** `path`, imported from the file `from`, relative to the project. */
export function resolveImport(from: string, path: string): string {
  return relative(ROOT, join(ROOT, from, "..", path));
}

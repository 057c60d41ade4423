/** Copies pieces of the archive into a directory, in the archive's own layout; what is there already and is the same is left as it is. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../../workers/core/archive-piece.ts";
import type { FullFetch } from "../console-api.ts";
import { writeWhole } from "../write-whole.ts";
import { fetchPiece, listPieces, type Range } from "./pieces.ts";

/** Names are made of these; nothing else becomes a path. */
const NAME = /^[a-z]+\/date=\d{4}-\d\d-\d\d\/hour=\d\d(-\d+)?\.parquet$/;

/** Gives how many pieces it fetched, and how many were there. */
export async function copyLog(
  fetchConsole: FullFetch,
  log: Log,
  range: Range,
  directory: string,
): Promise<{ fetched: number; there: number }> {
  const copied = { fetched: 0, there: 0 };
  for await (const { name, sha256 } of listPieces(fetchConsole, log, range)) {
    if (!NAME.test(name)) throw new Error(`the console names a piece ${JSON.stringify(name)}`);
    const path = join(directory, name);
    if (existsSync(path) && sha256Of(readFileSync(path)) === sha256) {
      copied.there++;
      continue;
    }
    const bytes = await fetchPiece(fetchConsole, log, name);
    if (sha256Of(bytes) !== sha256)
      throw new Error(`${name} is not what the manifest says: npm run archive -- --verify`);
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, bytes);
    copied.fetched++;
  }
  return copied;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

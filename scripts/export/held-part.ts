/** Whether the parts of an earlier run are what its progress says, so that a damaged file is not gone on with. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Format } from "./job.ts";
import { mergedFooter } from "./parquet-merge.ts";
import { type Progress, partPath } from "./progress.ts";
import { textRows } from "./text-rows.ts";

const CHUNK_BYTES = 1_000_000;

/** True when as many rows can be read in the parts of `out` as were written. */
export function isWhole(out: string, format: Format, { rows, partBytes }: Progress): boolean {
  const path = partPath(out);
  const bytes = partBytes.reduce((sum, length) => sum + length, 0);
  try {
    if (statSync(path).size < bytes) return false;
    if (bytes === 0) return rows === 0;
    return rows === (format === "parquet" ? mergedFooter(path, partBytes).rows : countText(path, format, bytes));
  } catch {
    return false;
  }
}

/** Rows in the file's first bytes. */
function countText(path: string, format: "csv" | "ndjson", bytes: number): number {
  const rows = textRows(format, true);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const file = openSync(path, "r");
  try {
    for (let at = 0; at < bytes; ) {
      const read = readSync(file, chunk, 0, Math.min(chunk.length, bytes - at), at);
      if (read === 0) break;
      rows.take(chunk.subarray(0, read));
      at += read;
    }
  } finally {
    closeSync(file);
  }
  return rows.rows();
}

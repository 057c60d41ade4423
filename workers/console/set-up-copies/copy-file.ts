/**
 * The nightly copies of the set-up in the bucket: one file a night, gzip of a line of JSON for each row.
 *
 *     set-up/date=2026-12-01.jsonl.gz       {"table": "links", "row": {"number": 7, "slug": "demo", …}}
 *
 * Beside it stand how many rows, when it was begun and finished, and its SHA-256, which is of all bytes.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { sha256 } from "../../core/sha256.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { CopiedRow } from "./copied-tables.ts";

export const COPIES_PREFIX = "set-up/date=";
const PARTS_PREFIX = "set-up/parts/";
export const COPY_TYPE = "application/gzip";

export interface CopiedLine {
  table: string;
  row: CopiedRow;
}

/** `day` counts since 1970. */
export function copyName(day: number): string {
  return `${COPIES_PREFIX}${dayText(day)}.jsonl.gz`;
}

/** `2026-12-01`, by which a copy is called. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export function partName(day: number, part: number): string {
  return `${PARTS_PREFIX}${dayText(day)}/${part}.jsonl.gz`;
}

export function writeLines(lines: readonly CopiedLine[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
}

/** Parts one behind the other are one file of gzip. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** Throws where the bytes are not those that were written. */
export function readLines(bytes: Uint8Array, written: string): CopiedLine[] {
  if (sha256(bytes) !== written)
    throw new Error("the copy's bytes are not those of its SHA-256: take the one of another night");
  const text = gunzipSync(bytes).toString("utf8");
  return text.split("\n").flatMap((line): CopiedLine[] => (line === "" ? [] : [JSON.parse(line)]));
}

/** How far an export came, in a small file beside it, so that the same command goes on where the last one ended. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isRecord } from "../console-api.ts";

export interface Progress {
  /** What was asked, of whom: another question goes into another file. */
  asked: string;
  /** Where the next part begins; null: at the beginning. */
  after: string | null;
  rows: number;
  /** Length of the parts that are there, one behind the other. */
  partBytes: number[];
}

export function progressPath(out: string): string {
  return `${out}.progress.json`;
}

/** Where parts lie until the last one is there. */
export function partPath(out: string): string {
  return `${out}.part`;
}

/** The progress of this question; null where there is none. Throws one line when the file beside it is of another one. */
export function readProgress(out: string, asked: string): Progress | null {
  const path = progressPath(out);
  if (!existsSync(path)) return null;
  const progress = parse(readFileSync(path, "utf8"));
  if (!progress) throw new Error(`${path} cannot be read: delete it to begin anew`);
  if (progress.asked !== asked)
    throw new Error(`${path} is of another export: finish that one, delete the file, or name another --out`);
  return existsSync(partPath(out)) ? progress : null;
}

/** Writes it whole or not at all. */
export function writeProgress(out: string, progress: Progress): void {
  const path = progressPath(out);
  writeFileSync(`${path}.new`, `${JSON.stringify(progress)}\n`, { flush: true });
  renameSync(`${path}.new`, path);
}

/** All parts are there: the file gets its name. */
export function finishProgress(out: string): void {
  renameSync(partPath(out), out);
  rmSync(progressPath(out), { force: true });
}

function parse(text: string): Progress | null {
  try {
    const value: unknown = JSON.parse(text);
    return isProgress(value) ? value : null;
  } catch {
    return null;
  }
}

function isProgress(value: unknown): value is Progress {
  if (!isRecord(value)) return false;
  const { asked, after, rows, partBytes } = value;
  const placed = after === null || typeof after === "string";
  const counted = Array.isArray(partBytes) && [rows, ...partBytes].every(Number.isSafeInteger);
  return typeof asked === "string" && placed && counted;
}

/** How far an import came, in a small file beside it, so that the same command goes on where the last one ended. */
import { createHash, type Hash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isRecord } from "../console-api.ts";
import { isRunning } from "../process.ts";

/** `digest` is that of header and rows up to `rows`, by which the file is known again; `reportBytes` is the length of the report of refused rows. */
export interface Progress {
  /** Where the rows went: origin and advertiser. */
  target: string;
  rows: number;
  digest: string;
  accepted: number;
  refused: number;
  reportBytes: number;
  /** The process that is at it. */
  process: number;
}

export function progressPath(file: string): string {
  return `${file}.progress.json`;
}

/** The progress of an import of this file to `target`; null where there is none. Throws one line when it belongs to another target, or when another process is at it. */
export function readProgress(file: string, target: string): Progress | null {
  const path = progressPath(file);
  if (!existsSync(path)) return null;
  const progress = parse(readFileSync(path, "utf8"));
  if (!progress) throw new Error(`${path} cannot be read: delete it to begin anew`);
  if (progress.rows > 0 && progress.target !== target)
    throw new Error(`${path} is of an import to ${progress.target}: finish that one, or delete the file to begin anew`);
  if (progress.process !== process.pid && isRunning(progress.process))
    throw new Error(
      `process ${progress.process} is importing this file: let it end, or delete ${path} when it is none`,
    );
  return progress;
}

/** Writes it whole or not at all. */
export function writeProgress(file: string, progress: Progress): void {
  const path = progressPath(file);
  writeFileSync(`${path}.new`, `${JSON.stringify(progress)}\n`, { flush: true });
  renameSync(`${path}.new`, path);
}

export function forgetProgress(file: string): void {
  rmSync(progressPath(file), { force: true });
}

/** A digest of header and rows that can be told after each of them. */
export function startDigest(header: Buffer | null): Hash {
  return createHash("sha256").update(header ?? "");
}

export function addToDigest(digest: Hash, row: Buffer): void {
  digest.update("\n").update(row);
}

export function tellDigest(digest: Hash): string {
  return digest.copy().digest("hex");
}

function parse(text: string): Progress | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && isProgress(value) ? value : null;
  } catch {
    return null;
  }
}

function isProgress(value: Record<string, unknown>): value is Progress & Record<string, unknown> {
  const { target, digest, rows, accepted, refused, reportBytes, process: pid } = value;
  const counts = [rows, accepted, refused, reportBytes, pid];
  return typeof target === "string" && typeof digest === "string" && counts.every(Number.isSafeInteger);
}

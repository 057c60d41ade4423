/** Runs an export part by part: what is there is kept, what broke is fetched anew, and the last part gives the file its name. */
import { appendFileSync, closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { detailOf, type FullFetch } from "../console-api.ts";
import { lockFile } from "../file-lock.ts";
import { writeProgress } from "../progress-file.ts";
import { isWhole } from "./held-part.ts";
import type { Job } from "./job.ts";
import { countRows, mergedFooter } from "./parquet-merge.ts";
import { finishProgress, type Progress, partPath, progressOf } from "./progress.ts";
import { textRows } from "./text-rows.ts";

/** How often a part is asked for, and how long to wait before each further time. */
const WAITS_MS = [500, 2_000, 8_000, 30_000];

export interface ExportParts {
  job: Job;
  /** Names the console, for the file beside the export. */
  origin: string;
  fetchConsole: FullFetch;
  /** Rows in a part; the console's most where it is not said. */
  partRows?: number;
  sleep(ms: number): Promise<unknown>;
  /** Told after every piece of data; `untilMs`: everything received before is there. */
  tell(rows: number, bytes: number, untilMs: number | null): void;
  /** Told what a person should know meanwhile, as a line. */
  say(line: string): void;
}

export interface Exported {
  rows: number;
  bytes: number;
  /** Rows that were there from an earlier run. */
  resumed: number;
  /** Up to when the data is settled, as the console said with the first part of this run. */
  completeUntil: string | null;
  /** Since when the console still has rows, where more were asked for: older ones lie in the archive. */
  rowsFrom: string | null;
}

const MOST_ROWS = 100_000;

/** Throws one line where another process writes the same file. */
export async function runExport(parts: ExportParts): Promise<Exported> {
  const unlock = lockFile(parts.job.out, "writing", "wait for it, or name another --out");
  try {
    return await exportParts(parts);
  } finally {
    unlock();
  }
}

async function exportParts(parts: ExportParts): Promise<Exported> {
  const { job, origin } = parts;
  const asked = JSON.stringify([origin, job.table, job.format, job.query]);
  let progress = heldProgress(parts, asked) ?? { asked, after: null, rows: 0, partBytes: [] };
  const resumed = progress.rows;
  let completeUntil: string | null = null;
  let rowsFrom: string | null = null;
  let bytes = sum(progress.partBytes);
  for (;;) {
    const part = await fetchPart(parts, progress);
    completeUntil ??= part.completeUntil;
    rowsFrom = part.rowsFrom ?? rowsFrom;
    bytes += part.bytes;
    progress = {
      asked,
      after: part.next,
      rows: progress.rows + part.rows,
      partBytes: [...progress.partBytes, part.bytes],
    };
    parts.tell(progress.rows, bytes, part.untilMs);
    if (part.next === null) break;
    writeProgress(job.out, progress);
  }
  if (job.format === "parquet" && progress.partBytes.length > 1)
    appendFileSync(partPath(job.out), mergedFooter(partPath(job.out), progress.partBytes).bytes);
  finishProgress(job.out);
  return { rows: progress.rows, bytes, resumed, completeUntil, rowsFrom };
}

/** How far an earlier run came; null where there was none, or where what it left cannot be read. */
function heldProgress({ job, say }: ExportParts, asked: string): Progress | null {
  const progress = progressOf(job.out, asked);
  if (!progress || isWhole(job.out, job.format, progress)) return progress;
  say(`${partPath(job.out)} is not what an earlier run wrote: the export begins anew`);
  return null;
}

interface FetchedPart {
  rows: number;
  bytes: number;
  next: string | null;
  untilMs: number | null;
  completeUntil: string | null;
  rowsFrom: string | null;
}

/** One part, written behind those that are there; asked for again when it breaks. Throws at once on what asking again does not mend. */
async function fetchPart(parts: ExportParts, progress: Progress): Promise<FetchedPart> {
  for (const waitMs of WAITS_MS) {
    try {
      return await tryPart(parts, progress);
    } catch (error) {
      if (error instanceof RefusedExport) throw error;
      await parts.sleep(waitMs);
    }
  }
  return tryPart(parts, progress);
}

/** What the console will refuse the next time as well. */
class RefusedExport extends Error {}

async function tryPart(parts: ExportParts, progress: Progress): Promise<FetchedPart> {
  const { job, fetchConsole } = parts;
  const path = partPath(job.out);
  const start = sum(progress.partBytes);
  const after = progress.after === null ? {} : { after: progress.after };
  const query = new URLSearchParams({ ...job.query, ...after, limit: String(parts.partRows ?? MOST_ROWS) });
  const answer = await fetchConsole(`/api/exports/${job.table}.${job.format}?${query}`);
  if (answer.status !== 200) {
    const words = await answer.text();
    throw answer.status < 500 && answer.status !== 429
      ? new RefusedExport(detailOf(words))
      : new Error(`the console answered ${answer.status}: ${detailOf(words)}`);
  }
  const rowsOfText = job.format === "parquet" ? null : textRows(job.format, progress.partBytes.length === 0);
  let bytes = 0;
  const file = openSync(path, "a");
  try {
    ftruncateSync(file, start);
    for await (const chunk of answer.body ?? []) {
      const kept = rowsOfText ? rowsOfText.take(chunk) : chunk;
      writeSync(file, kept);
      bytes += kept.length;
      parts.tell(progress.rows + (rowsOfText?.rows() ?? 0), start + bytes, null);
    }
  } finally {
    closeSync(file);
  }
  const until = answer.headers.get("x-part-until");
  return {
    rows: rowsOfText ? rowsOfText.rows() : countRows(path, start, bytes),
    bytes,
    next: answer.headers.get("x-next-after"),
    untilMs: until === null ? null : Date.parse(until),
    completeUntil: answer.headers.get("x-complete-until"),
    rowsFrom: answer.headers.get("x-rows-from"),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

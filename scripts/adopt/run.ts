/** Adopting a file's clicks from beginning to end: part after part, each written down as done before the next one is sent. A part at a time is in memory. */
import { createReadStream } from "node:fs";
import * as v from "valibot";
import { type ClickFileRow, reportRows } from "../../workers/core/adoption/report-file.ts";
import { REPORT_FAULTS } from "../../workers/core/adoption/report-row.ts";
import { type ConsoleFetch, detailOf } from "../console-api.ts";
import { lockFile } from "../file-lock.ts";
import { addToDigest, startDigest, tellDigest } from "../import/progress.ts";
import { addLines, cutLines } from "../import/refused-report.ts";
import { forgetProgress, progressPath, readProgress, writeProgress } from "../progress-file.ts";

export interface AdoptParts {
  fetchConsole: ConsoleFetch;
  file: string;
  tracker: string;
  /** Of times that have none. */
  timeZone?: string | undefined;
  /** It is only told what would be: nothing is sent, and no progress written down. */
  isCheck: boolean;
  isQuiet?: boolean;
  sleep(ms: number): Promise<unknown>;
  tell(line: string): void;
}

export interface Adopted {
  rows: number;
  adopted: number;
  known: number;
  refused: number;
  reasons: Map<string, { count: number; message: string }>;
}

const ROWS_AT_ONCE = 2_000;
const BYTES_AT_ONCE = 4_000_000;
const TOLD_EVERY = 50_000;
const TRIES = 12;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

const count = v.pipe(v.number(), v.safeInteger());
const reasonCounts = v.record(v.string(), v.object({ count, message: v.string() }));
/** `digest` is of the rows up to `rows`: by it the file is known again. */
const progress = v.object({
  adopting: v.string(),
  rows: count,
  digest: v.string(),
  adopted: count,
  known: count,
  refused: count,
  reportBytes: count,
  reasons: reasonCounts,
});
type Progress = v.InferOutput<typeof progress>;

const answer = v.object({
  new: v.number(),
  known: v.number(),
  not_adopted: v.number(),
  reasons: v.array(v.object({ reason: v.string(), rows: v.number(), message: v.string() })),
  lines: v.array(v.object({ row: v.number(), reason: v.string(), message: v.string(), text: v.nullable(v.string()) })),
});
type Answer = v.InferOutput<typeof answer>;

/** The report of rows that were not adopted: NDJSON beside the file. */
export function rejectedPath(file: string): string {
  return `${file}.not-adopted.ndjson`;
}

/** Sends every row that no earlier run has sent. Throws one line where it cannot go on; what was done until then is written down. */
export async function runAdoption(parts: AdoptParts): Promise<Adopted> {
  if (parts.isCheck) return adoptRows(parts, nothingDone(parts.tracker));
  const unlock = lockFile(parts.file, "adopting", "let it end, or delete the lock when it is not");
  try {
    const begun = await knownProgress(parts);
    const done = await adoptRows(parts, begun ?? nothingDone(parts.tracker));
    forgetProgress(parts.file);
    return done;
  } finally {
    unlock();
  }
}

async function adoptRows(parts: AdoptParts, begun: Progress): Promise<Adopted> {
  const { file, isCheck, isQuiet } = parts;
  if (!isQuiet) cutLines(rejectedPath(file), begun.reportBytes);
  const digest = startDigest();
  let now = begun;
  let seen = 0;
  let toldAt = 0;
  for await (const part of inParts(rowsOf(file))) {
    const fresh = part.filter((_, index) => seen + index >= begun.rows);
    seen += part.length;
    for (const row of part) addToDigest(digest, bytesOf(row));
    if (fresh.length === 0) continue;
    const said = await sendPart(parts, fresh);
    const lines = said.lines.map(({ row, ...told }) => JSON.stringify({ line: fresh[row - 1]?.line ?? 0, ...told }));
    now = {
      ...now,
      rows: seen,
      digest: isCheck ? "" : tellDigest(digest),
      adopted: now.adopted + said.new,
      known: now.known + said.known,
      refused: now.refused + said.not_adopted,
      reportBytes: isQuiet ? 0 : addLines(rejectedPath(file), lines),
      reasons: addReasons(now.reasons, said),
    };
    if (!isCheck) writeProgress(file, now);
    if (isQuiet || seen < toldAt + TOLD_EVERY) continue;
    toldAt = seen;
    parts.tell(`${seen} rows …`);
  }
  const { rows, adopted, known, refused, reasons } = now;
  return { rows, adopted, known, refused, reasons: new Map(Object.entries(reasons)) };
}

function rowsOf(file: string): AsyncGenerator<ClickFileRow, void> {
  return reportRows(() => createReadStream(file));
}

/** Parts end at the same rows whenever the file is read, so that what was sent is told from what was not. */
async function* inParts(rows: AsyncIterable<ClickFileRow>): AsyncGenerator<ClickFileRow[]> {
  let part: ClickFileRow[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const size = bytesOf(row).length + 1;
    if (part.length === ROWS_AT_ONCE || (part.length > 0 && bytes + size > BYTES_AT_ONCE)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(row);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** A row as it is sent; of what could not be read, what the file is known again by. */
function bytesOf({ cells }: ClickFileRow): Buffer {
  return Buffer.from(cells === null ? "" : JSON.stringify(Object.fromEntries(cells)));
}

/** What the console says of the rows that can be read, by their place in the part; the others are told here. */
async function sendPart(
  { fetchConsole, tracker, timeZone, isCheck, sleep }: AdoptParts,
  rows: readonly ClickFileRow[],
): Promise<Answer> {
  const readable = rows.filter(({ cells }) => cells !== null);
  const unreadable = rows.flatMap(({ cells }, index) => (cells === null ? [index + 1] : []));
  const query = new URLSearchParams({
    ...(isCheck && { check: "1" }),
    ...(timeZone !== undefined && { time_zone: timeZone }),
  });
  const body = readable.map((row) => bytesOf(row).toString()).join("\n");
  for (let tries = 1; ; tries++) {
    if (readable.length === 0) return withUnreadable(NOTHING, rows, unreadable);
    const said = await fetchConsole(`/api/trackers/${encodeURIComponent(tracker)}/clicks?${query}`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body,
    }).catch((error: unknown) => ({ status: 0, text: async () => String(error) }));
    const text = await said.text();
    if (said.status === 200) return withUnreadable(v.parse(answer, JSON.parse(text)), rows, unreadable);
    const isForNow = said.status === 0 || said.status === 429 || said.status >= 500;
    if (!isForNow || tries === TRIES) throw new Error(detailOf(text));
    await sleep(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)));
  }
}

const NOTHING: Answer = { new: 0, known: 0, not_adopted: 0, reasons: [], lines: [] };
const UNREADABLE = { reason: "unreadable_row", message: REPORT_FAULTS.unreadable_row };

function withUnreadable(said: Answer, rows: readonly ClickFileRow[], unreadable: readonly number[]): Answer {
  if (unreadable.length === 0) return said;
  const places = rows.flatMap(({ cells }, index) => (cells === null ? [] : [index + 1]));
  return {
    ...said,
    not_adopted: said.not_adopted + unreadable.length,
    reasons: [...said.reasons, { ...UNREADABLE, rows: unreadable.length }],
    lines: [
      ...said.lines.map((line) => ({ ...line, row: places[line.row - 1] ?? 0 })),
      ...unreadable.map((row) => ({ row, ...UNREADABLE, text: null })),
    ].sort((left, right) => left.row - right.row),
  };
}

function addReasons(held: Progress["reasons"], { reasons }: Answer): Progress["reasons"] {
  const sum = { ...held };
  for (const { reason, rows, message } of reasons) sum[reason] = { count: (sum[reason]?.count ?? 0) + rows, message };
  return sum;
}

function nothingDone(tracker: string): Progress {
  const none = { rows: 0, adopted: 0, known: 0, refused: 0, reportBytes: 0 };
  return { adopting: tracker, digest: "", ...none, reasons: {} };
}

/** Progress counts only while the file still begins with the rows that were sent; from a changed file everything is sent again, without a second effect. */
async function knownProgress({ file, tracker }: AdoptParts): Promise<Progress | null> {
  const found = readProgress(file, progress);
  if (!found) return null;
  if (found.adopting !== tracker)
    throw new Error(
      `${progressPath(file)} is of the tracker ${found.adopting}: finish that one, or delete the file to begin anew`,
    );
  const digest = startDigest();
  let seen = 0;
  for await (const row of rowsOf(file)) {
    if (seen === found.rows) break;
    seen++;
    addToDigest(digest, bytesOf(row));
  }
  return tellDigest(digest) === found.digest ? found : null;
}

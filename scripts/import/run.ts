/** An import from beginning to end: piece after piece, each written down as done before the next one is sent. */

import type { FailedTable } from "../../workers/core/table-file/failed-rows.ts";
import type { TableSummary } from "../../workers/core/table-file/table-reader.ts";
import { lockFile } from "../file-lock.ts";
import { forgetProgress, writeProgress } from "../progress-file.ts";
import type { RowAnswer } from "./batch-answer.ts";
import { inPieces, type PieceLimits } from "./pieces.ts";
import { addToDigest, type Progress, progressOf, startDigest, tellDigest } from "./progress.ts";
import { addToReport, cutReport } from "./refused-report.ts";
import { type ImportedTable, openRows, type Row, type RowFile } from "./rows.ts";
import { addToSent, cutSent } from "./sent-list.ts";

export interface ImportParts {
  file: string;
  /** How it is read, where it is a table. */
  table: ImportedTable;
  /** Origin and advertiser, by which progress is known again. */
  target: string;
  limits: PieceLimits;
  /** The final answer of the door for each row of a piece, of which all may be sent. */
  upload(piece: readonly Row[], file: RowFile): Promise<Map<Row, RowAnswer>>;
  /** Waits until there is room for more. */
  pace(receipts: readonly string[]): Promise<void>;
  tell(progress: Progress, bytesRead: number): void;
}

export interface ImportResult {
  rows: number;
  accepted: number;
  refused: number;
  /** Rows that an earlier run had sent. */
  skipped: number;
  /** What its failed rows are written by; null for NDJSON. */
  table: FailedTable | null;
  /** What was read of a table. */
  read: TableSummary | null;
}

/** Sends every row that no earlier run has sent. Throws where it cannot go on; what was done until then is written down. */
export async function runImport(parts: ImportParts): Promise<ImportResult> {
  const unlock = lockFile(parts.file, "importing", "let it end, or delete the lock when it is no import");
  try {
    return await importRows(parts);
  } finally {
    unlock();
  }
}

async function importRows(parts: ImportParts): Promise<ImportResult> {
  const before = await knownProgress(parts);
  const file = await openRows(parts.file, parts.table);
  const digest = startDigest();
  let progress = before ?? nothingSent(parts.target);
  writeProgress(parts.file, progress);
  cutReport(parts.file, progress.reportBytes);
  cutSent(parts.file, progress.sentBytes ?? 0);
  parts.tell(progress, 0);
  const skipped = progress.rows;
  for await (const piece of inPieces(rowsBehind(file, skipped, digest), parts.limits)) {
    const answers = await answersFor(parts, piece, file);
    const refused = [...answers].filter(([, { accepted }]) => !accepted);
    for (const { bytes } of piece) addToDigest(digest, bytes);
    progress = {
      ...progress,
      rows: progress.rows + piece.length,
      digest: tellDigest(digest),
      accepted: progress.accepted + piece.length - refused.length,
      refused: progress.refused + refused.length,
      reportBytes: addToReport(parts.file, refused),
      sentBytes: addToSent(parts.file, answers),
    };
    writeProgress(parts.file, progress);
    parts.tell(progress, file.bytesRead());
    await parts.pace([...answers.values()].filter(({ accepted }) => accepted).map(({ receipt }) => receipt));
  }
  forgetProgress(parts.file);
  const { rows, accepted, refused } = progress;
  return { rows, accepted, refused, skipped, table: file.table, read: file.summary() };
}

/** What cannot be read is not sent: its fault is its answer. */
async function answersFor(parts: ImportParts, piece: readonly Row[], file: RowFile): Promise<Map<Row, RowAnswer>> {
  const sent = piece.filter(({ fault }) => fault === undefined);
  const answers = sent.length > 0 ? await parts.upload(sent, file) : new Map<Row, RowAnswer>();
  return new Map(
    piece.flatMap((row) => {
      const answer = row.fault ?? answers.get(row);
      return answer ? [[row, answer]] : [];
    }),
  );
}

function nothingSent(target: string): Progress {
  return { target, rows: 0, digest: "", accepted: 0, refused: 0, reportBytes: 0 };
}

/** Progress counts only while the file still begins with the rows that were sent; from a changed file everything is sent again, without a second effect. */
async function knownProgress({ file, target, table }: ImportParts): Promise<Progress | null> {
  const progress = progressOf(file, target);
  if (!progress) return null;
  const { rows } = await openRows(file, table);
  const digest = startDigest();
  let seen = 0;
  for await (const { bytes } of rows) {
    if (seen++ === progress.rows) break;
    addToDigest(digest, bytes);
  }
  return tellDigest(digest) === progress.digest ? progress : null;
}

/** The rows behind the first `count`, which go into the digest only. */
async function* rowsBehind(
  { rows }: RowFile,
  count: number,
  digest: ReturnType<typeof startDigest>,
): AsyncGenerator<Row> {
  for await (const row of rows) {
    if (row.number > count) yield row;
    else addToDigest(digest, row.bytes);
  }
}

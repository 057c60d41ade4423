/** The report of refused rows: NDJSON beside the file, a line for each with the line of the file it stands on, and what to change. */
import { appendFileSync, existsSync, rmSync, statSync, truncateSync } from "node:fs";
import type { RowAnswer } from "./batch-answer.ts";
import type { Row } from "./rows.ts";

export function reportPath(file: string): string {
  return `${file}.refused.ndjson`;
}

/** Cuts the report to `bytes`, its length when the last piece was finished. */
export function cutReport(file: string, bytes: number): void {
  cutLines(reportPath(file), bytes);
}

/** Cuts a file of lines; of none nothing stays. */
export function cutLines(path: string, bytes: number): void {
  if (bytes === 0) rmSync(path, { force: true });
  else if (existsSync(path)) truncateSync(path, Math.min(bytes, statSync(path).size));
}

/** Adds rows, and gives the report's length. */
export function addToReport(file: string, refused: readonly (readonly [Row, RowAnswer])[]): number {
  const lines = refused.map(([{ line, number }, { reason, parameter, message, receipt }]) =>
    JSON.stringify({ line, row: number, reason, parameter, message, receipt }),
  );
  return addLines(reportPath(file), lines);
}

/** Adds lines to a file, and gives its length. */
export function addLines(path: string, lines: readonly string[]): number {
  if (lines.length > 0) appendFileSync(path, `${lines.join("\n")}\n`, { flush: true });
  return existsSync(path) ? statSync(path).size : 0;
}

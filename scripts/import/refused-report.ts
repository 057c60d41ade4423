/** The report of refused rows: NDJSON beside the file, a line for each with the line of the file it stands on, and what to change. */
import { appendFileSync, existsSync, rmSync, statSync, truncateSync } from "node:fs";
import type { RowAnswer } from "./batch-answer.ts";
import type { Row } from "./rows.ts";

export function reportPath(file: string): string {
  return `${file}.refused.ndjson`;
}

/** Cuts the report to `bytes`, its length when the last piece was finished. */
export function cutReport(file: string, bytes: number): void {
  const path = reportPath(file);
  if (bytes === 0) rmSync(path, { force: true });
  else if (existsSync(path)) truncateSync(path, Math.min(bytes, statSync(path).size));
}

/** Adds rows, and gives the report's length. */
export function addToReport(file: string, refused: readonly (readonly [Row, RowAnswer])[]): number {
  const path = reportPath(file);
  const lines = refused.map(([{ line, number }, { reason, parameter, message, receipt }]) =>
    JSON.stringify({ line, row: number, reason, parameter, message, receipt }),
  );
  if (lines.length > 0) appendFileSync(path, `${lines.join("\n")}\n`, { flush: true });
  return existsSync(path) ? statSync(path).size : 0;
}

/** The list of what was accepted: NDJSON beside the file while it is imported, a line for each row with its receipt, so that how each ended can be told at the end. */
import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import * as v from "valibot";
import type { RowAnswer } from "./batch-answer.ts";
import { addLines, cutLines } from "./refused-report.ts";
import type { Row } from "./rows.ts";

/** A row that was accepted. */
const sentRow = v.object({ line: v.number(), row: v.number(), receipt: v.string() });
export type SentRow = v.InferOutput<typeof sentRow>;

export function sentPath(file: string): string {
  return `${file}.sent.ndjson`;
}

/** Cuts the list to `bytes`, its length when the last piece was finished. */
export function cutSent(file: string, bytes: number): void {
  cutLines(sentPath(file), bytes);
}

/** Adds the rows that were accepted, and gives the list's length. */
export function addToSent(file: string, answers: ReadonlyMap<Row, RowAnswer>): number {
  const accepted = [...answers].filter(([, answer]) => answer.accepted);
  const lines = accepted.map(([{ line, number }, { receipt }]) => JSON.stringify({ line, row: number, receipt }));
  return addLines(sentPath(file), lines);
}

/** The rows of the list, so many at a time. */
export async function* sentRows(file: string, atOnce: number): AsyncGenerator<SentRow[]> {
  const path = sentPath(file);
  if (!existsSync(path)) return;
  let rows: SentRow[] = [];
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    rows.push(v.parse(sentRow, JSON.parse(text)));
    if (rows.length < atOnce) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

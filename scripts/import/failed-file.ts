/** What of an import came to nothing, as a file like the one that came, beside it: to be mended and imported. */
import { createReadStream, createWriteStream, existsSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { BYTE_ORDER_MARK } from "../../workers/core/csv.ts";
import {
  type FailedRow,
  type FailedTable,
  failedLine,
  failedTable,
} from "../../workers/core/table-file/failed-rows.ts";
import { outcomesPath } from "./outcomes.ts";
import { reportPath } from "./refused-report.ts";

/** With these the console's page takes a row for failed, too: what is parked waits by itself. */
const FAILED: readonly string[] = ["rejected", "unattributed", "failed", "refused"];

const told = v.object({
  line: v.number(),
  status: v.exactOptional(v.string()),
  reason: v.exactOptional(v.nullable(v.string())),
  message: v.exactOptional(v.nullable(v.string())),
});

export function failedPath(file: string, table: FailedTable | null): string {
  return `${file}.failed.${table === null ? "ndjson" : "csv"}`;
}

/** Writes the file, and gives how many lines of the one that came it has; of none there is none. `table` is null where that is NDJSON. */
export async function writeFailed(file: string, table: FailedTable | null): Promise<number> {
  const path = failedPath(file, table);
  const failed = await failedOf(file);
  rmSync(path, { force: true });
  if (failed.size === 0) return 0;
  const text = table === null ? failedObjects(file, failed) : tableText(file, table, failed);
  await pipeline(Readable.from(text), createWriteStream(path, { flush: true }));
  return failed.size;
}

/** In UTF-8 that spreadsheets know. */
async function* tableText(file: string, table: FailedTable, failed: ReadonlyMap<number, FailedRow>) {
  yield BYTE_ORDER_MARK;
  yield* failedTable(() => createReadStream(file), table, failed);
}

async function* failedObjects(file: string, failed: ReadonlyMap<number, FailedRow>) {
  let number = 0;
  for await (const line of linesOf(file)) {
    const why = failed.get(++number);
    if (why) yield failedLine(line, number, why);
  }
}

/** Why, by the lines that rows begin on: what was not sent or not taken, and what ended outside the books, as far as that was waited for. */
async function failedOf(file: string): Promise<Map<number, FailedRow>> {
  const failed = new Map<number, FailedRow>();
  for (const path of [reportPath(file), outcomesPath(file)])
    for await (const text of linesOf(path)) {
      const { line, status = "refused", reason, message } = v.parse(told, JSON.parse(text));
      if (FAILED.includes(status)) failed.set(line, { reason: reason ?? status, message: message ?? null });
    }
  return failed;
}

async function* linesOf(path: string) {
  if (!existsSync(path)) return;
  yield* createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
}

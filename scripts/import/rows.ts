/** The rows of a file on disk, as an import sends them, and how far the file was read. */
import { createReadStream, type ReadStream } from "node:fs";
import type { Mapping } from "../../schema/records.ts";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import type { FailedTable } from "../../workers/core/table-file/failed-rows.ts";
import { type ImportRow, openImport } from "../../workers/core/table-file/import-rows.ts";
import { ROW_FAULTS } from "../../workers/core/table-file/table-order.ts";
import type { TableSummary } from "../../workers/core/table-file/table-reader.ts";
import type { SaidOfTable } from "../tables/table-options.ts";
import type { RowAnswer } from "./batch-answer.ts";

/** One row: its place among the rows and the line it begins on, both from 1, and its bytes without a line end. `fault` is what keeps it from being sent. */
export interface Row {
  number: number;
  line: number;
  bytes: Buffer;
  fault?: RowAnswer;
}

export interface RowFile {
  format: "table" | "ndjson";
  rows: AsyncIterable<Row>;
  /** How far the file was read. */
  bytesRead(): number;
  /** What its failed rows are written by; null for NDJSON. */
  table: FailedTable | null;
  /** What was read of a table, to be asked when its rows are through; null for NDJSON. */
  summary(): TableSummary | null;
}

/** What is said of a table; and the advertiser's words, null where nobody told them: then the door reads what we cannot. `events` are its offers', empty where nobody told them. */
export interface ImportedTable extends SaidOfTable {
  mapping: Mapping | null;
  events?: readonly string[];
}

const UNKNOWN_WORDS = "; the advertiser's mapping is not known here: with CONSOLE_TOKEN set its names are read as well";

/** Opens a file, NDJSON or a table, which is read through before its first row comes. Throws, with what to do, where it cannot be read. */
export async function openRows(path: string, said: ImportedTable): Promise<RowFile> {
  let source: ReadStream | null = null;
  const open = (): ReadStream => {
    source = createReadStream(path);
    return source;
  };
  const { mapping, ...asked } = said;
  const file = await openImport(open, {
    ...asked,
    dialect: makeDialect(mapping ?? undefined),
    others: mapping === null,
  });
  if (!file.ok) throw new Error(`${path} cannot be read: ${file.refusal}${mapping === null ? UNKNOWN_WORDS : ""}`);
  const { rows, plan, summary } = file.value;
  const format = plan === null ? "ndjson" : "table";
  return { format, rows: answered(rows), bytesRead: () => source?.bytesRead ?? 0, table: plan, summary };
}

/** Each row with what is said of it where it is not sent. */
async function* answered(rows: AsyncIterable<ImportRow>): AsyncGenerator<Row> {
  for await (const { faulty, bytes, ...place } of rows) {
    const row = { ...place, bytes: Buffer.from(bytes) };
    if (!faulty) yield row;
    else {
      const { fault, column, text } = faulty;
      const message = `${ROW_FAULTS[fault]}${text === null ? "" : ` It says “${text}”.`}`;
      yield { ...row, fault: { accepted: false, receipt: "", reason: fault, parameter: column, message } };
    }
  }
}

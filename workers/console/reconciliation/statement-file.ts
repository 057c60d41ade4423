/** Reads an advertiser's file of conversions: CSV with comma, semicolon or tab, and a header whose names may be many. */
import { parse } from "csv-parse/sync";
import { rearmFormula } from "../../core/formula.ts";
import { readColumns, readLine, type StatementLine, type Words } from "../../core/reconciliation/statement.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Problem } from "../web/problem.ts";

const MAX_BYTES = 16 * 1_048_576;
const MAX_LINES = 100_000;
const DELIMITERS = [",", ";", "\t"];

export interface StatementFile {
  lines: StatementLine[];
  /** Lines that could not be read, by their number in the file, the header being 1. */
  unreadable: { line: number; reason: string }[];
}

/** Refuses a file that is too large or no CSV, and one without a column for the order's id. */
export async function readStatement(request: Request, words: Words): Promise<Result<StatementFile, Problem>> {
  const text = await readText(request);
  if (text === null) return refuse({ name: "too_large", detail: `A file has at most ${MAX_BYTES} bytes of UTF-8.` });
  const records = readRecords(text);
  const [header, ...rows] = records ?? [];
  const columns = header && readColumns(header);
  if (!columns)
    return refuse({
      name: "malformed_request",
      detail: "Send CSV whose first line names its columns, one of them txid (or order_id, transaction_id …).",
    });
  if (rows.length > MAX_LINES) return refuse({ name: "too_large", detail: `A file has at most ${MAX_LINES} lines.` });
  const file: StatementFile = { lines: [], unreadable: [] };
  for (const [index, cells] of rows.entries()) {
    const line = readLine(columns, cells.map(rearmFormula), words);
    if (line.ok) file.lines.push(line.value);
    else file.unreadable.push({ line: index + 2, reason: line.refusal });
  }
  return accept(file);
}

function readRecords(text: string): string[][] | null {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const count = (mark: string): number => header.split(mark).length;
  const delimiter = DELIMITERS.toSorted((left, right) => count(right) - count(left))[0] ?? ",";
  try {
    return parse(text, { delimiter, bom: true, skip_empty_lines: true, relax_column_count: true, relax_quotes: true });
  } catch {
    return null;
  }
}

/** Null when it is too large, or no UTF-8. */
async function readText(request: Request): Promise<string | null> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return null;
      parts.push(decoder.decode(chunk, { stream: true }));
    }
    return [...parts, decoder.decode()].join("");
  } catch {
    return null;
  }
}

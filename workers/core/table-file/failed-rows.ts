/** Rows of a file that came to nothing, as a file that can be mended and sent again: why and what to do stand before the row's own cells, which are as they were. */
import { csvText } from "../csv.ts";
import { rearmFormula } from "../formula.ts";
import { recordsOf, type TableSource } from "./file-form.ts";
import type { TablePlan } from "./table-plan.ts";
import type { TableRecord } from "./table-records.ts";

/** They mean nothing to any reader. */
export const FAILED_COLUMNS = ["clickback_line", "clickback_reason", "clickback_what_to_do"] as const;

/** Why a row came to nothing, and what to do. */
export interface FailedRow {
  reason: string;
  message: string | null;
}

/** What has to be known of a table: what it is parted by, where its header stands, and whether rows of an order add up. */
export type FailedTable = Pick<
  TablePlan,
  "encoding" | "separator" | "skipBytes" | "headerLine" | "columns" | "layout" | "ahead"
>;

/** Lines by which a reader of NDJSON knows what was put before an object. */
const PUT_BEFORE = /^\{(?:"clickback_\w+":"(?:[^"\\]|\\.)*",?)+/;

/** The table of these rows, by the lines that they begin on, in pieces of text. Of an order whose rows add up all are there. */
export async function* failedTable(
  open: TableSource,
  table: FailedTable,
  failed: ReadonlyMap<number, FailedRow>,
): AsyncGenerator<string, void> {
  const { columns, ahead, separator } = table;
  const write = (cells: readonly string[]) => `${cells.map((cell) => cellText(cell, separator)).join(separator)}\r\n`;
  yield write([...FAILED_COLUMNS, ...headerOf(table)]);
  const place = table.layout?.rows === "summed" ? (columns.fields.get("txid") ?? -1) : -1;
  const orders = place < 0 ? new Map<string, FailedRow>() : await ordersOf(recordsOf(open, table), place, failed);
  let number = 0;
  for await (const { line, cells } of recordsOf(open, table)) {
    if (++number <= ahead) continue;
    const why = failed.get(line) ?? orders.get(cells[place]?.trim() ?? "");
    if (why) yield write([String(line), why.reason, why.message ?? "", ...cells]);
  }
}

/** The same of NDJSON: what is no object stays as it stood. */
export function failedLines(text: string, failed: ReadonlyMap<number, FailedRow>): string {
  const lines = text.split("\n").flatMap((row, index) => {
    const why = failed.get(index + 1);
    return why ? [failedLine(row.replace(/\r$/, ""), index + 1, why)] : [];
  });
  return lines.join("");
}

/** One line of it, by its number in the file. */
export function failedLine(row: string, number: number, why: FailedRow): string {
  const said = [String(number), why.reason, why.message ?? ""];
  const before = FAILED_COLUMNS.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(said[at])}`).join(",");
  return `${row.trimStart().replace(/^\{(\s*\})?/, (_, end) => `{${before}${end === undefined ? "," : "}"}`)}\n`;
}

/** A line of NDJSON without what was put before it when it failed. */
export function withoutReason(line: string): string {
  return line.replace(PUT_BEFORE, "{");
}

/** The header as it stands there; of a table that has none, what its columns were read as, so that it has one from now on. */
function headerOf({ headerLine, columns: { header, fields } }: FailedTable): string[] {
  if (headerLine !== null) return [...header];
  const readAs = new Map([...fields].map(([field, place]) => [place, field]));
  return header.map((_, place) => readAs.get(place) ?? "");
}

async function ordersOf(
  records: AsyncIterable<TableRecord>,
  place: number,
  failed: ReadonlyMap<number, FailedRow>,
): Promise<Map<string, FailedRow>> {
  const orders = new Map<string, FailedRow>();
  for await (const { line, cells } of records) {
    const [why, order] = [failed.get(line), cells[place]?.trim() ?? ""];
    if (why && order !== "") orders.set(order, why);
  }
  return orders;
}

/** Quoted also where it holds another separator than the comma; what was disarmed already is so once. */
function cellText(text: string, separator: string): string {
  const written = csvText(rearmFormula(text));
  return written.startsWith('"') || !written.includes(separator) ? written : `"${written.replaceAll('"', '""')}"`;
}

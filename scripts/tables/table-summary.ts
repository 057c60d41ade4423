/** What a table said of itself, in lines for the terminal. */
import type { TableSummary } from "../../workers/core/table-file/table-reader.ts";

const SEPARATOR_NAMES: Readonly<Record<string, string>> = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/** The lines; nothing of what there is none of. */
export function summaryLines(read: Omit<TableSummary, "rows" | "unreadable">): string[] {
  const quoted = (texts: readonly string[]): string => texts.map((text) => `“${text}”`).join(", ");
  const times = (rows: number): string => (rows === 1 ? "1 line" : `${rows} lines`);
  return [
    `Read as ${read.encoding} with ${SEPARATOR_NAMES[read.separator] ?? read.separator}, ${
      read.layout === null ? "no layout" : `layout ${read.layout}`
    }${read.header_line === null ? ", no header" : read.header_line === 1 ? "" : `, header on line ${read.header_line}`}.`,
    `  columns: ${read.columns.map(({ column, read_as }) => `“${column}” as ${read_as}`).join(", ")}`,
    ...(read.columns_not_used.length > 0 ? [`  columns not used: ${quoted(read.columns_not_used)}`] : []),
    ...read.passed_over.map(({ word, rows }) => `  passed over as no order: “${word}”, ${times(rows)}`),
    ...(read.continued > 0 ? [`  lines that go on with the order above: ${read.continued}`] : []),
    ...(read.totals > 0 ? [`  totals at the end: ${times(read.totals)}`] : []),
    ...read.left_out.map(({ column, text, rows }) => `  not read in “${column}”: “${text}”, ${times(rows)}`),
  ];
}

/** A table of texts as CSV: a header, and a line for each row. */
import { BYTE_ORDER_MARK, CSV_LINE_END, csvText } from "./csv.ts";

/** Columns in their order; `numbers` are those that are written as they are, others are disarmed. `marked` begins it with a byte order mark. */
export function csvTable<const Name extends string>(
  { columns, numbers }: { columns: readonly Name[]; numbers: readonly string[] },
  rows: readonly Record<Name, string | null>[],
  marked: boolean,
): string {
  const cell = (row: Record<Name, string | null>, name: Name): string => {
    const text = row[name] ?? "";
    return numbers.includes(name) ? text : csvText(text);
  };
  const lines = rows.map((row) => columns.map((name) => cell(row, name)).join(","));
  return (marked ? BYTE_ORDER_MARK : "") + [columns.join(","), ...lines, ""].join(CSV_LINE_END);
}

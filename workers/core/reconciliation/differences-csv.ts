/** Differences as people read them: what the API answers for each, and the same as CSV. */
import { BYTE_ORDER_MARK, CSV_LINE_END, csvText } from "../csv.ts";

export const DIFFERENCE_COLUMNS = [
  "difference",
  "txid",
  "event",
  "our_status",
  "their_status",
  "our_amount",
  "their_amount",
  "currency",
  "conversion_id",
  "reason",
  "message",
  "their_currency",
  "click_id",
] as const;

export type DifferenceRow = Record<(typeof DIFFERENCE_COLUMNS)[number], string | null>;

const NUMBERS: readonly string[] = ["our_amount", "their_amount"];

/** A header and a line for each; `marked` begins it with a byte order mark. */
export function differencesCsv(rows: readonly DifferenceRow[], marked: boolean): string {
  const cell = (row: DifferenceRow, name: (typeof DIFFERENCE_COLUMNS)[number]): string => {
    const text = row[name] ?? "";
    return NUMBERS.includes(name) ? text : csvText(text);
  };
  const lines = rows.map((row) => DIFFERENCE_COLUMNS.map((name) => cell(row, name)).join(","));
  return (marked ? BYTE_ORDER_MARK : "") + [DIFFERENCE_COLUMNS.join(","), ...lines, ""].join(CSV_LINE_END);
}

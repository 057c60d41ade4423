/** Differences as people read them: what the API answers for each, and the same as CSV. */
import { csvTable } from "../csv-table.ts";

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
  return csvTable({ columns: DIFFERENCE_COLUMNS, numbers: NUMBERS }, rows, marked);
}

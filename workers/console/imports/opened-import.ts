/** What every kind of file comes to that is imported: rows that are decided, each sent or told why it is not. */
import type { Refused, Taken } from "../../core/postback/postback.ts";
import type { FailedTable } from "../../core/table-file/failed-rows.ts";
import type { FaultyHistory } from "../../core/table-file/history-columns.ts";
import type { FaultyRow, ImportRow } from "../../core/table-file/import-rows.ts";
import type { TablePlan } from "../../core/table-file/table-plan.ts";
import type { TableSummary } from "../../core/table-file/table-reader.ts";

/** What a file holds: what a sender says now, or what another tracker booked. */
export const IMPORT_KINDS = ["postbacks", "history"] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

/** A row, and what is sent of it, or why nothing is: it cannot be read, or it is refused as at the door. */
export type DecidedRow = Pick<ImportRow, "number" | "line"> &
  ({ taken: Taken } | { refused: Refused } | { faulty: FaultyRow | FaultyHistory });

/** A row that is decided, and what it says, to be shown. */
export interface ReadRow {
  decided: DecidedRow;
  says(): Record<string, string>;
}

/** The rows of a file, how it is read where it is a table of postbacks, and what was read of that, to be asked when its rows are through. */
export interface OpenedImport {
  rows: AsyncGenerator<ReadRow, void>;
  plan: TablePlan | null;
  /** How its rows are found again; null for NDJSON. */
  table: FailedTable | null;
  summary(): TableSummary | null;
}

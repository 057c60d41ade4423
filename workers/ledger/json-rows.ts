import type { Cell } from "../../schema/columns.ts";

/**
 * How bulk statements read their rows: from one parameter, a JSON array of rows, each an array of cells. The rows are materialized, since SQLite
 * makes the text of a row anew for every cell that is read of it as long as it stands in `json_each`: a third of the time for rows of forty cells.
 */
export const WITH_ROWS = "WITH given AS MATERIALIZED (SELECT value AS cells FROM json_each(?1))";

/** The cell of that number, from 0. */
export function cell(index: number): string {
  return `cells ->> ${index}`;
}

/** As many cells, from the first one on, separated by commas. */
export function cells(count: number): string {
  return Array.from({ length: count }, (_, index) => cell(index)).join(", ");
}

/** The cells of `row` in the order of `columns`. A row's type has every column of its table; should one be missing all the same, nothing is written. */
export function cellsOf(row: Readonly<Record<string, Cell>>, columns: readonly string[]): Cell[] {
  return columns.map((column) => {
    const value = row[column];
    if (value === undefined) throw new Error(`a row has no ${column}`);
    return value;
  });
}

/** The text formats of an export: what stands before the first row, and how rows are written. */
import { CSV_LINE_END } from "../../core/csv.ts";
import { type Cell, type Column, csvWriter, jsonWriter, type Slugs } from "./column.ts";

/** Writes a row. */
type RowWriter = (cells: readonly Cell[]) => string;

export interface TextFormat {
  contentType: string;
  head(columns: readonly Column[]): string;
  /** `slugs` may learn more while rows are written. */
  writer(columns: readonly Column[], slugs: Slugs): RowWriter;
}

const csv: TextFormat = {
  contentType: "text/csv; charset=utf-8; header=present",
  head: (columns) => columns.map(({ name }) => name).join(",") + CSV_LINE_END,
  writer: (columns, slugs) => {
    const writers = columns.map((column) => csvWriter(column, slugs));
    return rowWriter(writers, (index) => (index === 0 ? "" : ","), CSV_LINE_END);
  },
};

/** https://github.com/ndjson/ndjson-spec */
const ndjson: TextFormat = {
  contentType: "application/x-ndjson; charset=utf-8",
  head: () => "",
  writer: (columns, slugs) => {
    const writers = columns.map((column) => jsonWriter(column, slugs));
    return rowWriter(writers, (index) => `${index === 0 ? "{" : ","}"${columns[index]?.name}":`, "}\n");
  },
};

/** Each cell behind what stands before it; a plain loop, since a row has dozens of cells and an export millions of rows. */
function rowWriter(
  writers: readonly ((cell: Cell) => string)[],
  before: (index: number) => string,
  end: string,
): RowWriter {
  const leads = writers.map((_, index) => before(index));
  return (cells) => {
    let line = "";
    for (let index = 0; index < writers.length; index++)
      line += (leads[index] ?? "") + (writers[index]?.(cells[index] ?? null) ?? "");
    return line + end;
  };
}

export const TEXT_FORMATS = { csv, ndjson } as const;

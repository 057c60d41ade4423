/** The text formats of an export: what stands before the first row, and how a row is written. */
import { CSV_LINE_END } from "../../core/csv.ts";
import { type Cell, type Column, csvOf, jsonOf, type Slugs } from "./column.ts";

export interface TextFormat {
  contentType: string;
  head(columns: readonly Column[]): string;
  row(columns: readonly Column[], cells: readonly Cell[], slugs: Slugs): string;
}

const csv: TextFormat = {
  contentType: "text/csv; charset=utf-8; header=present",
  head: (columns) => columns.map(({ name }) => name).join(",") + CSV_LINE_END,
  row(columns, cells, slugs) {
    let line = "";
    for (const [index, { kind }] of columns.entries())
      line += (index === 0 ? "" : ",") + csvOf(kind, cells[index] ?? null, slugs);
    return line + CSV_LINE_END;
  },
};

/** https://github.com/ndjson/ndjson-spec */
const ndjson: TextFormat = {
  contentType: "application/x-ndjson; charset=utf-8",
  head: () => "",
  row(columns, cells, slugs) {
    let line = "";
    for (const [index, { name, kind }] of columns.entries())
      line += `${index === 0 ? "{" : ","}"${name}":${JSON.stringify(jsonOf(kind, cells[index] ?? null, slugs))}`;
    return `${line}}\n`;
  },
};

export const TEXT_FORMATS = { csv, ndjson } as const;

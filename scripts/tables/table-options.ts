/** What a command may be told of how a table is to be read, where it does not tell by itself. */
import type { DecimalMark } from "../../workers/core/table-file/amount-notation.ts";
import { DECIMAL_MARKS } from "../../workers/core/table-file/amount-notation.ts";
import { type FileEncoding, readEncoding } from "../../workers/core/table-file/encoding.ts";
import { type ChosenColumns, readChosenColumns } from "../../workers/core/table-file/table-columns.ts";

/** As `parseArgs` takes them. */
export const TABLE_OPTIONS = {
  layout: { type: "string" },
  columns: { type: "string" },
  decimal: { type: "string" },
  encoding: { type: "string" },
} as const;
export const TABLE_USAGE =
  '[--layout NAME|none] [--columns "Order No.=txid,Summe=amount"] [--decimal .|,] [--encoding NAME]';

export interface TableOptions {
  layout?: string | undefined;
  columns?: string | undefined;
  decimal?: string | undefined;
  encoding?: string | undefined;
}

/** What is said of a table. */
export interface SaidOfTable {
  layout: string | null;
  columns: ChosenColumns;
  decimal: DecimalMark | null;
  encoding: FileEncoding | null;
}

/** Reads the options. Throws one line that says what is wrong with them. */
export function readTableOptions({ layout, columns, decimal, encoding }: TableOptions): SaidOfTable {
  const chosen = readChosenColumns(columns ?? "");
  if (!chosen) throw new Error('--columns takes "Order No.=txid,Summe=amount"');
  const mark = DECIMAL_MARKS.find((known) => known === decimal);
  if (decimal !== undefined && !mark) throw new Error("--decimal takes . or ,");
  const letters = encoding === undefined ? null : readEncoding(encoding);
  if (encoding !== undefined && !letters) throw new Error("--encoding takes utf-8, utf-16le, utf-16be or windows-1252");
  return { layout: layout ?? null, columns: chosen, decimal: mark ?? null, encoding: letters };
}

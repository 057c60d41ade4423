/** What a command may be told of how a table is to be read, where it does not tell by itself. */
import { isTimeZone } from "../../workers/core/metrics/time-zone.ts";
import type { DecimalMark } from "../../workers/core/table-file/amount-notation.ts";
import { DECIMAL_MARKS } from "../../workers/core/table-file/amount-notation.ts";
import { type ChosenWord, readChosenWords } from "../../workers/core/table-file/chosen-words.ts";
import { type FileEncoding, readEncoding } from "../../workers/core/table-file/encoding.ts";
import { type ChosenColumns, readChosenColumns } from "../../workers/core/table-file/table-columns.ts";
import { DATE_ORDERS, type DateOrder } from "../../workers/core/table-file/table-time.ts";

/** As `parseArgs` takes them. */
export const TABLE_OPTIONS = {
  layout: { type: "string" },
  columns: { type: "string" },
  decimal: { type: "string" },
  encoding: { type: "string" },
  words: { type: "string" },
  dates: { type: "string" },
  "time-zone": { type: "string" },
} as const;
export const TABLE_USAGE =
  '[--layout NAME|none] [--columns "Order No.=txid,Summe=amount"] [--words "status:Bezahlt=approved"] [--decimal .|,] [--dates day_first|month_first] [--time-zone Europe/Berlin] [--encoding NAME]';

export interface TableOptions {
  layout?: string | undefined;
  columns?: string | undefined;
  decimal?: string | undefined;
  encoding?: string | undefined;
  words?: string | undefined;
  dates?: string | undefined;
  "time-zone"?: string | undefined;
}

/** What is said of a table. */
export interface SaidOfTable {
  layout: string | null;
  columns: ChosenColumns;
  decimal: DecimalMark | null;
  encoding: FileEncoding | null;
  words?: readonly ChosenWord[];
  dates?: DateOrder;
  timeZone?: string;
}

/** Reads the options. Throws one line that says what is wrong with them. */
export function readTableOptions({ layout, columns, decimal, encoding, ...options }: TableOptions): SaidOfTable {
  const chosen = readChosenColumns(columns ?? "");
  if (!chosen) throw new Error('--columns takes "Order No.=txid,Summe=amount"');
  const mark = DECIMAL_MARKS.find((known) => known === decimal);
  if (decimal !== undefined && !mark) throw new Error("--decimal takes . or ,");
  const letters = encoding === undefined ? null : readEncoding(encoding);
  if (encoding !== undefined && !letters) throw new Error("--encoding takes utf-8, utf-16le, utf-16be or windows-1252");
  const words = readChosenWords(options.words ?? "");
  if (!words) throw new Error('--words takes "status:Bezahlt=approved,event:Kauf=sale"');
  const dates = DATE_ORDERS.find((known) => known === options.dates);
  if (options.dates !== undefined && !dates) throw new Error("--dates takes day_first or month_first");
  const timeZone = options["time-zone"];
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new Error("--time-zone takes a time zone such as Europe/Berlin");
  return {
    ...{ layout: layout ?? null, columns: chosen, decimal: mark ?? null, encoding: letters },
    ...(words.length > 0 && { words }),
    ...(dates !== undefined && { dates }),
    ...(timeZone !== undefined && { timeZone }),
  };
}

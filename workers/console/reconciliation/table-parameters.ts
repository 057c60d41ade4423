/** What can be said of how a table is read: the parameters of every call that takes one, and what is kept of them for an advertiser's next file. */
import * as v from "valibot";
import type { FileReading } from "../../../schema/tables.ts";
import { isTimeZone } from "../../core/metrics/time-zone.ts";
import { DECIMAL_MARKS } from "../../core/table-file/amount-notation.ts";
import { readChosenWords } from "../../core/table-file/chosen-words.ts";
import { type FileEncoding, readEncoding } from "../../core/table-file/encoding.ts";
import type { Separator } from "../../core/table-file/separator.ts";
import { readChosenColumns } from "../../core/table-file/table-columns.ts";
import { LAYOUT_NAMES } from "../../core/table-file/table-layouts.ts";
import type { TableRequest } from "../../core/table-file/table-plan.ts";
import { DATE_ORDERS } from "../../core/table-file/table-time.ts";
import { queryFlag } from "../tables/selection.ts";
import { wholeNumberText } from "../web/field-schemas.ts";

const ENCODING_ADVICE = "Write utf-8, utf-16le, utf-16be or windows-1252.";
const COLUMNS_ADVICE = "Write columns as “Order No.=txid,Summe=amount”, with commas between them.";
const WORDS_ADVICE =
  "Write words as “status:Bezahlt=approved,event:Kauf=sale”, with commas between them; - passes rows over.";
const MAX_SAID = 4_000;

const SEPARATOR_NAMES = { comma: ",", semicolon: ";", tab: "\t" } as const satisfies Record<string, Separator>;
export const SEPARATOR_WORDS = ["comma", "semicolon", "tab"] as const;

const said = v.pipe(v.string(), v.maxLength(MAX_SAID));

/** What holds of an advertiser's next file too. */
export const READING = {
  layout: v.exactOptional(v.picklist([...LAYOUT_NAMES, "none"])),
  columns: v.exactOptional(
    v.pipe(
      said,
      v.check((text) => readChosenColumns(text) !== null, COLUMNS_ADVICE),
    ),
  ),
  words: v.exactOptional(
    v.pipe(
      said,
      v.check((text) => readChosenWords(text) !== null, WORDS_ADVICE),
    ),
  ),
  decimal: v.exactOptional(v.picklist(DECIMAL_MARKS)),
  dates: v.exactOptional(v.picklist(DATE_ORDERS)),
  time_zone: v.exactOptional(v.pipe(said, v.check(isTimeZone, "Write a time zone such as Europe/Berlin."))),
  encoding: v.exactOptional(
    v.pipe(
      said,
      v.check((name) => readEncoding(name) !== null, ENCODING_ADVICE),
    ),
  ),
  separator: v.exactOptional(v.picklist(SEPARATOR_WORDS)),
};
const reading = v.object(READING);

/** How a table is to be read, where it does not tell by itself. */
export const TABLE_PARAMETERS = {
  ...READING,
  header_line: v.exactOptional(wholeNumberText(0, 1_000, "Write the line of the header, or 0 where there is none.")),
  /** What was kept for the advertiser counts where nothing is said. */
  kept: v.exactOptional(queryFlag),
};
const tableQuery = v.object(TABLE_PARAMETERS);
export type TableQuery = v.InferOutput<typeof tableQuery>;

/** What somebody says of how a file is to be read, before what was kept, if that is to count, and before the encoding that its sender named. */
export function saidOfTable(
  query: TableQuery,
  { charset, kept }: { charset: FileEncoding | null; kept: FileReading | null },
): Omit<TableRequest, "dialect" | "others" | "events"> {
  const whole = withKept(query, kept);
  const { layout, columns, words, decimal, dates, time_zone, encoding, separator } = whole;
  const { header_line: headerLine } = query;
  return {
    columns: readChosenColumns(query.columns ?? "") ?? [],
    layout: layout ?? null,
    decimal: decimal ?? null,
    encoding: encoding === undefined ? charset : readEncoding(encoding),
    ...(query.columns === undefined && columns !== undefined && { usual: readChosenColumns(columns) ?? [] }),
    ...(words !== undefined && { words: readChosenWords(words) ?? [] }),
    ...(dates !== undefined && { dates }),
    ...(time_zone !== undefined && { timeZone: time_zone }),
    ...(separator !== undefined && { separator: SEPARATOR_NAMES[separator] }),
    ...(headerLine !== undefined && { headerLine }),
  };
}

/** The query with what was kept, where that is to count. What no longer can be said is not. */
export function withKept(query: TableQuery, kept: FileReading | null): TableQuery {
  const usual = query.kept === 1 && kept !== null ? v.safeParse(reading, kept) : null;
  return usual?.success ? { ...usual.output, ...query } : query;
}

/** The parameters that are kept; throws on what is none of them. */
export function parseReading(said: unknown): v.InferOutput<typeof reading> {
  return v.parse(reading, said);
}

/** The word for a separator, as the parameter says it. */
export function separatorWord(separator: string): (typeof SEPARATOR_WORDS)[number] {
  return SEPARATOR_WORDS.find((word) => SEPARATOR_NAMES[word] === separator) ?? "comma";
}

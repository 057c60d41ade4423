/** The formats of an export. Of the text formats: what stands before the first row, and how rows are written. */
import type { Cell } from "../../../schema/columns.ts";
import { BYTE_ORDER_MARK, CSV_LINE_END } from "../../core/csv.ts";
import { PARQUET_TYPE } from "../../core/parquet-format.ts";
import { type Column, csvWriter, jsonWriter, type Slugs } from "../tables/column.ts";
import { parquetBytes } from "./parquet.ts";
import { MAX_PART_ROWS } from "./part.ts";

export interface Format {
  contentType: string;
  /** Compressed on its way where the client takes it; false for what is compressed already. */
  gzip: boolean;
  /** After how many rows an answer ends, unless the caller says fewer; null: it does not. */
  partRows: number | null;
  /** The file's bytes as pages come; `slugs` knows the slugs of a page by then. */
  bytes(columns: readonly Column[], slugs: Slugs, pages: AsyncIterable<Cell[][]>): AsyncGenerator<Uint8Array, void>;
}

/** Writes a row. */
type RowWriter = (cells: readonly Cell[]) => string;

interface TextFormat {
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

function textFormat({ contentType, head, writer }: TextFormat): Format {
  const encoder = new TextEncoder();
  return {
    contentType,
    gzip: true,
    partRows: null,
    async *bytes(columns, slugs, pages) {
      const write = writer(columns, slugs);
      let text = head(columns);
      for await (const rows of pages) {
        for (const row of rows) text += write(row);
        yield encoder.encode(text);
        text = "";
      }
    },
  };
}

/** CSV that begins with a byte order mark. */
export const MARKED_CSV = textFormat({ ...csv, head: (columns) => BYTE_ORDER_MARK + csv.head(columns) });

/** By the file's extension. A cut Parquet file says nothing, since its table of contents stands at its end: so it comes in parts. */
export const FORMATS = {
  csv: textFormat(csv),
  ndjson: textFormat(ndjson),
  parquet: { contentType: PARQUET_TYPE, gzip: false, partRows: MAX_PART_ROWS, bytes: parquetBytes },
} as const satisfies Record<string, Format>;

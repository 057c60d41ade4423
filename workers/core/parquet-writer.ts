/** Writes Parquet row group by row group, so that memory holds one of them and never the file. The same rows in the same groups make the same bytes. */
import { gzipSync } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { type ParquetCell, type ParquetColumn, parquetSchema, toParquet } from "./parquet-format.ts";

/** A row group ends after this many rows, or when its texts reach this length. */
const GROUP_ROWS = 10_000;
const GROUP_LENGTH = 4_000_000;

export interface ParquetFile {
  /** The file's next bytes, which hold these rows as one row group. */
  rowGroup(rows: readonly (readonly ParquetCell[])[]): Uint8Array<ArrayBuffer>;
  /** The file's last bytes. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** Begins a file of these columns; a row's cells stand in their order. */
export function parquetFile(columns: readonly ParquetColumn[]): ParquetFile {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: parquetSchema(columns),
    // The platform's own gzip is faster than a compressor in JavaScript, makes less of it, and every reader knows it.
    codec: "GZIP",
    compressors: { GZIP: (input) => gzipSync(input) },
    createdBy: "clickback",
  });
  const take = () => {
    const taken = bytes.getBytes().slice();
    bytes.index = 0;
    return taken;
  };
  return {
    rowGroup(rows) {
      const columnData = columns.map(({ name, kind }, index) => ({
        name,
        data: rows.map((row) => toParquet(kind, row[index] ?? null)),
        // Groups are small, and files are merged by their footers alone.
        offsetIndex: false,
      }));
      writer.write({ columnData, rowGroupSize: Math.max(1, rows.length) });
      return take();
    },
    finish() {
      writer.finish();
      return take();
    },
  };
}

/** The rows of `pages` in row groups. A function of the pages, so that it can be done again with the same outcome. */
export async function* rowGroups<Row extends readonly ParquetCell[]>(
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Row[]> {
  let group: Row[] = [];
  let length = 0;
  for await (const page of pages) {
    for (const row of page) {
      group.push(row);
      length += textLength(row);
      if (group.length < GROUP_ROWS && length < GROUP_LENGTH) continue;
      yield group;
      group = [];
      length = 0;
    }
  }
  if (group.length > 0) yield group;
}

/** How many characters a row's texts have together: what its place in memory depends on. */
export function textLength(row: readonly ParquetCell[]): number {
  let length = 0;
  for (const cell of row) if (typeof cell === "string") length += cell.length;
  return length;
}

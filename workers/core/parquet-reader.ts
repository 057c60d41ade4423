/** Reads a Parquet file of ours back, row group by row group, to the last digit: what was written is what is read. */
import { gunzipSync } from "node:zlib";
import { type FileMetaData, parquetMetadata, parquetMetadataAsync, parquetRead, type SchemaElement } from "hyparquet";
import { fromParquet, kindOf, type ParquetCell, type ParquetColumn } from "./parquet-format.ts";

export interface ParquetContents {
  columns: ParquetColumn[];
  rowCount: number;
  /** The rows in their order, a row group at a time. */
  groups(): AsyncGenerator<ParquetCell[][]>;
  /** The same by columns, of which only these are read: a cell for each row, and no cells of a column that the file does not have. */
  columnGroups(names: readonly string[]): AsyncGenerator<ColumnGroup>;
}

export interface ColumnGroup {
  rowCount: number;
  /** In the order in which they were asked for. */
  columns: ParquetCell[][];
}

/** Opens a whole file. Throws on one that is cut, or that holds what we do not write. */
export function openParquet(bytes: Uint8Array<ArrayBuffer>): ParquetContents {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = parquetMetadata(buffer, { geoparquet: false });
  const columns = metadata.schema.slice(1).map(columnOf);
  return {
    columns,
    rowCount: Number(metadata.num_rows),
    groups: () => readGroups(buffer, metadata, columns),
    columnGroups: (names) => readColumnGroups(buffer, metadata, columns, names),
  };
}

const COMPRESSORS = { GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)) };

async function* readColumnGroups(
  buffer: ArrayBuffer,
  metadata: FileMetaData,
  columns: readonly ParquetColumn[],
  names: readonly string[],
): AsyncGenerator<ColumnGroup> {
  const exact = { ...metadata, schema: metadata.schema.map(asStored) };
  const kinds = new Map(columns.map(({ name, kind }) => [name, kind]));
  const asked = [...new Set(names)].filter((name) => kinds.has(name));
  let groupStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowCount = Number(num_rows);
    const read = new Map<string, ParquetCell[]>(asked.map((name) => [name, []]));
    const start = groupStart;
    await parquetRead({
      file: { byteLength: buffer.byteLength, slice: (from, to) => buffer.slice(from, to) },
      metadata: exact,
      rowStart: start,
      rowEnd: start + rowCount,
      columns: asked,
      compressors: COMPRESSORS,
      parsers: { stringFromBytes: decodeText },
      onChunk({ columnName, columnData, rowStart }) {
        const kind = kinds.get(columnName);
        const cells = read.get(columnName);
        if (kind === undefined || !cells) return;
        for (let index = 0; index < columnData.length; index++)
          cells[rowStart - start + index] = fromParquet(kind, columnData[index]);
      },
    });
    yield { rowCount, columns: names.map((name) => read.get(name) ?? []) };
    groupStart += rowCount;
  }
}

async function* readGroups(
  buffer: ArrayBuffer,
  metadata: FileMetaData,
  columns: readonly ParquetColumn[],
): AsyncGenerator<ParquetCell[][]> {
  const exact = { ...metadata, schema: metadata.schema.map(asStored) };
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    let rows: ParquetCell[][] = [];
    await parquetRead({
      file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
      metadata: exact,
      rowStart,
      rowEnd,
      compressors: COMPRESSORS,
      parsers: { stringFromBytes: decodeText },
      onComplete: (read) => {
        rows = read.map((row) => columns.map(({ kind }, index) => fromParquet(kind, row[index])));
      },
    });
    yield rows;
    rowStart = rowEnd;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The reader's own way takes a mark of byte order for none of the text. */
function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Decimals and times as the integers that they are: the reader would make floating point of them. */
function asStored(element: SchemaElement): SchemaElement {
  const { converted_type: _, logical_type: __, ...stored } = element;
  return element.type === "INT64" || element.type === "FIXED_LEN_BYTE_ARRAY" ? stored : element;
}

function columnOf(element: SchemaElement): ParquetColumn {
  const kind = kindOf(element);
  if (!kind) throw new TypeError(`the column ${element.name} is of a type that is not ours`);
  return { name: element.name, kind };
}

/** A file of which only ranges are read. */
export interface RangedFile {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** The file's end is read with one request: its metadata, for row groups as our writer makes them. */
const END_BYTES = 64_000;

/**
 * The rows of a file in which the text column `key`, by which it is ordered, has one of `wanted`, and the file's columns. Of row groups that cannot have one, by what the
 * file says of their least and greatest, nothing is read.
 */
export async function lookUp(
  file: RangedFile,
  key: string,
  wanted: ReadonlySet<string>,
): Promise<{ columns: ParquetColumn[]; rows: ParquetCell[][] }> {
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: END_BYTES, geoparquet: false });
  const columns = metadata.schema.slice(1).map(columnOf);
  const place = columns.findIndex(({ name }) => name === key);
  const exact = { ...metadata, schema: metadata.schema.map(asStored) };
  const found: ParquetCell[][] = [];
  let rowStart = 0;
  for (const { num_rows, columns: chunks } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const statistics = chunks[place]?.meta_data?.statistics;
    const [least, greatest] = [statistics?.min_value, statistics?.max_value].map((value) =>
      value === undefined ? null : String(value),
    );
    const mayHave = [...wanted].some((one) => (!least || one >= least) && (!greatest || one <= greatest));
    if (mayHave)
      await parquetRead({
        file,
        metadata: exact,
        rowStart,
        rowEnd,
        compressors: { GZIP: (input) => new Uint8Array(gunzipSync(input)) },
        parsers: { stringFromBytes: decodeText },
        onComplete: (read) => {
          for (const row of read)
            if (wanted.has(String(row[place])))
              found.push(columns.map(({ kind }, index) => fromParquet(kind, row[index])));
        },
      });
    rowStart = rowEnd;
  }
  return { columns, rows: found };
}

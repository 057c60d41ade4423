/**
 * Makes one Parquet file of several that lie one behind the other in a file: a table of contents at its end that names the row groups of all, each
 * at the place where it lies now. Nothing is decoded or copied; the tables of contents in between are gaps that no reader looks into.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { ByteWriter } from "hyparquet-writer";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";

/** A Thrift struct by its fields' numbers: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
type Struct = Record<string, unknown>;

const MAGIC = Buffer.from("PAR1");
/** A file ends with the length of its table of contents and the magic. */
const TAIL_BYTES = 8;

// FileMetaData
const SCHEMA = "field_2";
const ROW_COUNT = "field_3";
const ROW_GROUPS = "field_4";
// RowGroup
const COLUMNS = "field_1";
const GROUP_OFFSET = "field_5";
// ColumnChunk: its metadata, and where it and its two indexes lie
const META = "field_3";
const CHUNK_OFFSETS = ["field_2", "field_4", "field_6"];
// ColumnMetaData: where data pages, index page, dictionary and Bloom filter lie
const META_OFFSETS = ["field_9", "field_10", "field_11", "field_14"];

export interface MergedFooter {
  rows: number;
  /** To be written behind the parts. */
  bytes: Uint8Array;
}

/** The table of contents for the parts of these lengths in the file `path`. Throws when a part is no Parquet file, or has other columns. */
export function mergedFooter(path: string, partBytes: readonly number[]): MergedFooter {
  const footers = readFooters(path, partBytes);
  const [first] = footers;
  if (!first) throw new Error("there is no part to merge");
  if (footers.some((footer) => !sameSchema(footer, first))) throw new Error("the parts have different columns");
  const rows = footers.reduce((sum, footer) => sum + bigintOf(footer[ROW_COUNT]), 0n);
  const merged = {
    ...first,
    [ROW_COUNT]: rows,
    [ROW_GROUPS]: footers.flatMap((footer) => structsOf(footer[ROW_GROUPS])),
  };
  return { rows: Number(rows), bytes: footerBytes(merged) };
}

/** How many rows the Parquet file has that lies in `path` from `start` and is `length` long. */
export function countRows(path: string, start: number, length: number): number {
  return Number(bigintOf(readFooter(path, start, length)[ROW_COUNT]));
}

function readFooters(path: string, partBytes: readonly number[]): Struct[] {
  let start = 0;
  return partBytes.map((length) => {
    const footer = moved(readFooter(path, start, length), BigInt(start));
    start += length;
    return footer;
  });
}

function readFooter(path: string, start: number, length: number): Struct {
  const tail = readBytes(path, start + length - TAIL_BYTES, TAIL_BYTES);
  if (!tail.subarray(4).equals(MAGIC)) throw new Error(`${path} does not hold a Parquet file at ${start}`);
  const size = tail.readUInt32LE(0);
  const bytes = readBytes(path, start + length - TAIL_BYTES - size, size);
  return deserializeTCompactProtocol({ view: new DataView(bytes.buffer, bytes.byteOffset, size), offset: 0 });
}

function readBytes(path: string, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, "r");
  try {
    if (readSync(file, bytes, 0, length, start) !== length) throw new Error(`${path} is shorter than it should be`);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** The table of contents of a file that begins `by` bytes further on. */
function moved(footer: Struct, by: bigint): Struct {
  const groups = structsOf(footer[ROW_GROUPS]).map((group) => ({
    ...shifted(group, [GROUP_OFFSET], by),
    [COLUMNS]: structsOf(group[COLUMNS]).map((chunk) => movedChunk(chunk, by)),
  }));
  return { ...footer, [ROW_GROUPS]: groups.map(inOrder) };
}

function movedChunk(chunk: Struct, by: bigint): Struct {
  const [meta] = structsOf([chunk[META]]);
  const placed = shifted(chunk, CHUNK_OFFSETS, by);
  return inOrder(meta ? { ...placed, [META]: shifted(meta, META_OFFSETS, by) } : placed);
}

function shifted(struct: Struct, offsets: readonly string[], by: bigint): Struct {
  const entries = Object.entries(struct).map(([name, value]): [string, unknown] =>
    offsets.includes(name) ? [name, bigintOf(value) + by] : [name, value],
  );
  return Object.fromEntries(entries);
}

/** Thrift's compact form tells fields by their distance, so they stand in the order of their numbers. */
function inOrder(struct: Struct): Struct {
  const numberOf = (name: string) => Number(name.slice("field_".length));
  return Object.fromEntries(Object.entries(struct).sort(([one], [other]) => numberOf(one) - numberOf(other)));
}

function footerBytes(footer: Struct): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, inOrder(footer));
  writer.appendUint32(writer.offset);
  writer.appendBytes(MAGIC);
  return writer.getBytes();
}

function sameSchema(one: Struct, other: Struct): boolean {
  return Buffer.from(footerBytes({ [SCHEMA]: one[SCHEMA] })).equals(footerBytes({ [SCHEMA]: other[SCHEMA] }));
}

function bigintOf(value: unknown): bigint {
  if (typeof value !== "bigint") throw new Error("a number is missing in a table of contents");
  return value;
}

function structsOf(value: unknown): Struct[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : [];
}

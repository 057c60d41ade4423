/**
 * How our rows stand in Parquet (https://parquet.apache.org/docs/file-format/): the type of each kind of column, and values on their way there and back.
 *
 *     kind    in SQL                 in Parquet
 *     text    text                   BYTE_ARRAY   STRING
 *     money   text of whole micros   INT64        DECIMAL(18, 6)
 *     sum     text of whole micros   16 bytes     DECIMAL(38, 6), two's complement, the highest byte first
 *     time    Unix milliseconds      INT64        TIMESTAMP(UTC, milliseconds)
 *     flag    0 or 1                 BOOLEAN
 *     whole   integer                INT64
 */
import type { SchemaElement } from "hyparquet-writer";

/** The registered media type: https://www.iana.org/assignments/media-types/application/vnd.apache.parquet */
export const PARQUET_TYPE = "application/vnd.apache.parquet";

export type ParquetKind = "text" | "money" | "sum" | "time" | "flag" | "whole";

export interface ParquetColumn {
  name: string;
  kind: ParquetKind;
}

/** A value as SQL gives it. Money comes as text, so that nothing is rounded on the way. */
export type ParquetCell = string | number | null;

const MONEY_SCALE = 6;
const MONEY_DIGITS = 18;
/**
 * A row's amounts are whole numbers within 53 bits, nine thousand million units, so eighteen digits hold a hundred of the largest. Engines add DECIMAL(18, 6) up as DECIMAL(38, 6).
 */
const MONEY_END = 10n ** BigInt(MONEY_DIGITS);
/** The most digits that engines have for a decimal. */
const SUM_DIGITS = 38;
const SUM_BYTES = 16;
const SUM_END = 10n ** BigInt(SUM_DIGITS);

/** The schema of a file: the root and a leaf for each column. Every leaf may be null. */
export function parquetSchema(columns: readonly ParquetColumn[]): SchemaElement[] {
  return [{ name: "rows", num_children: columns.length }, ...columns.map(leafOf)];
}

function leafOf({ name, kind }: ParquetColumn): SchemaElement {
  const leaf = { name, repetition_type: "OPTIONAL" } as const;
  switch (kind) {
    case "text":
      return { ...leaf, type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } };
    case "money": {
      const size = { scale: MONEY_SCALE, precision: MONEY_DIGITS };
      return { ...leaf, type: "INT64", converted_type: "DECIMAL", ...size, logical_type: { type: "DECIMAL", ...size } };
    }
    case "sum": {
      const size = { scale: MONEY_SCALE, precision: SUM_DIGITS };
      const type = { type: "FIXED_LEN_BYTE_ARRAY", type_length: SUM_BYTES } as const;
      return { ...leaf, ...type, converted_type: "DECIMAL", ...size, logical_type: { type: "DECIMAL", ...size } };
    }
    case "time": {
      const logical = { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" } as const;
      return { ...leaf, type: "INT64", converted_type: "TIMESTAMP_MILLIS", logical_type: logical };
    }
    case "flag":
      return { ...leaf, type: "BOOLEAN" };
    case "whole":
      return { ...leaf, type: "INT64" };
  }
}

/** The kind of a leaf that `parquetSchema` made; null for any other. */
export function kindOf({ type, type_length, converted_type, num_children }: SchemaElement): ParquetKind | null {
  if (num_children !== undefined) return null;
  if (type === "FIXED_LEN_BYTE_ARRAY") return converted_type === "DECIMAL" && type_length === SUM_BYTES ? "sum" : null;
  if (type === "BYTE_ARRAY") return "text";
  if (type === "BOOLEAN") return "flag";
  if (type !== "INT64") return null;
  if (converted_type === "DECIMAL") return "money";
  return converted_type === "TIMESTAMP_MILLIS" ? "time" : "whole";
}

/** The value as the writer takes it. Throws on money that its type cannot hold, which would be written as another sum. */
export function toParquet(kind: ParquetKind, cell: ParquetCell): string | bigint | boolean | null {
  if (cell === null) return null;
  switch (kind) {
    case "text":
      // Half of a surrogate pair has no UTF-8; the writer would put the same mark in its place, but not in its statistics.
      return String(cell).toWellFormed();
    case "flag":
      return cell !== 0;
    case "money":
      return within(cell, MONEY_END, MONEY_DIGITS);
    case "sum":
      return within(cell, SUM_END, SUM_DIGITS);
    default:
      return BigInt(cell);
  }
}

function within(cell: string | number, end: bigint, digits: number): bigint {
  const micros = BigInt(cell);
  if (micros >= end || micros <= -end)
    throw new RangeError(`${cell} micros are beyond DECIMAL(${digits}, ${MONEY_SCALE})`);
  return micros;
}

/** A stored value as SQL gave it. Throws on a value that `toParquet` does not make. */
export function fromParquet(kind: ParquetKind, value: unknown): ParquetCell {
  if (value === null || value === undefined) return null;
  if (kind === "text" && typeof value === "string") return value;
  if (kind === "flag" && typeof value === "boolean") return Number(value);
  if (kind === "money" && typeof value === "bigint") return String(value);
  if (kind === "sum" && value instanceof Uint8Array) return String(signed(value));
  if ((kind === "time" || kind === "whole") && typeof value === "bigint") return Number(value);
  throw new TypeError(`a ${typeof value} is no ${kind}`);
}

function signed(bytes: Uint8Array): bigint {
  const digits = bytes.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, digits);
}

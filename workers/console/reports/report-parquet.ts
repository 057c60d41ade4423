/** A report as Parquet: its rows, with money and shares as decimals of six places, which is what they are. */
import type { ParquetCell, ParquetKind } from "../../core/parquet-format.ts";
import { parquetFile } from "../../core/parquet-writer.ts";
import type { Report, ReportColumn, ReportRow } from "./report.ts";

const KINDS: Record<ReportColumn["unit"], ParquetKind> = {
  dimension: "text",
  count: "whole",
  money: "sum",
  share: "sum",
  ratio: "sum",
  seconds: "whole",
  counts: "text",
};
const DECIMALS = 6;

export function reportParquet({ columns, rows }: Report): Uint8Array<ArrayBuffer>[] {
  const file = parquetFile(columns.map(({ name, unit }) => ({ name, kind: KINDS[unit] })));
  const cells = rows.map((row) => columns.map((column) => cellOf(row, column)));
  return cells.length === 0 ? [file.finish()] : [file.rowGroup(cells), file.finish()];
}

function cellOf(row: ReportRow, { name, unit }: ReportColumn): ParquetCell {
  const value = row[name] ?? null;
  if (value === null) return null;
  if (typeof value === "object") return JSON.stringify(value);
  return KINDS[unit] === "sum" ? microsOf(String(value)) : value;
}

/** `-1.5` → `-1500000`: digits are moved, never multiplied. A number of JSON may come with an exponent, when it is very small. */
function microsOf(decimal: string): string {
  const plain = decimal.includes("e") ? Number(decimal).toFixed(DECIMALS) : decimal;
  const [whole = "0", decimals = ""] = plain.split(".");
  return BigInt(whole + decimals.padEnd(DECIMALS, "0").slice(0, DECIMALS)).toString();
}

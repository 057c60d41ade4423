/** A report as Parquet: its rows, with money and shares as decimals of six places, which is what they are. */
import { MOST_DIGITS, readMicros } from "../../core/money.ts";
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

export function reportParquet({ columns, rows }: Pick<Report, "columns" | "rows">): Uint8Array<ArrayBuffer>[] {
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

/** `-1.5` → `-1500000`. A number of JSON may come with an exponent, when it is very small. */
function microsOf(decimal: string): string {
  return readMicros(decimal.includes("e") ? Number(decimal).toFixed(MOST_DIGITS) : decimal).toString();
}

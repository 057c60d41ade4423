/** A report as CSV: a header, then its rows. */
import { CSV_LINE_END, csvText } from "../../core/csv.ts";
import type { MetricValue } from "../../core/metrics/value.ts";
import type { Report } from "./report.ts";

export function reportCsv({ columns, rows }: Pick<Report, "columns" | "rows">): string {
  const header = columns.map(({ name }) => name).join(",");
  const lines = rows.map((row) =>
    columns.map(({ name, unit }) => cellOf(row[name] ?? null, unit === "dimension")).join(","),
  );
  return [header, ...lines, ""].join(CSV_LINE_END);
}

/** Text that people wrote is disarmed; numbers never are, or negative ones would be texts. */
function cellOf(value: MetricValue, isText: boolean): string {
  if (value === null) return "";
  if (typeof value === "object") {
    const reasons = Object.entries(value).map(([reason, count]) => `${reason}=${count}`);
    return csvText(reasons.join(" "));
  }
  return isText ? csvText(String(value)) : String(value);
}

/** From a figure of the overview to its rows: conversions, messages of the postback log, or, of clicks, which no list has singly, the report of the same time by link. */
import { writeLocalDate } from "../../core/metrics/time-zone.ts";
import type { Role } from "../../core/roles.ts";
import type { Report, ReportRow } from "../reports/report.ts";
import { openedBy, rowsBehind, slotWithin, writtenTime } from "../reports/rows-behind.ts";

/** Messages that a metric of postbacks counts, or its numerator. */
const LOGGED: Readonly<Record<string, Record<string, string>>> = {
  postbacks: {},
  refused: { status: "refused" },
  duplicate_rate: { status: "duplicate" },
};
const CLICKS = ["clicks"];
const NOTHING_ASKED = new URLSearchParams({ test: "false" });

/** The address of what these rows of one slot, or of the totals, count together; in this currency of money. Null where nothing has it, or this role may not look there. */
export function openedRows(
  metric: string,
  rows: readonly ReportRow[],
  report: Report,
  { role, currency = null }: { role: Role; currency?: string | null },
): string | null {
  const counted = rows.filter(
    (row) => (currency === null || row.currency === currency) && Number(row[metric] ?? 0) !== 0,
  );
  const [first] = counted;
  if (first === undefined) return null;
  if (CLICKS.includes(metric)) return clicksBehind(first, report);
  const logged = LOGGED[metric];
  if (logged !== undefined) return role === "affiliate" ? null : messagesBehind(logged, first, report);
  if ("why" in openedBy(metric)) return null;
  const address = rowsBehind(metric, first, report, NOTHING_ASKED);
  return address === null || counted.length === 1 ? address : withoutCurrency(address);
}

/** What is counted over all currencies is listed over all of them. */
function withoutCurrency(address: string): string {
  const url = new URL(address, "https://console.invalid");
  url.searchParams.delete("currency");
  return url.pathname + url.search;
}

function messagesBehind(filters: Record<string, string>, row: ReportRow, report: Report): string {
  const { fromMs, toMs } = slotWithin(row, report);
  const times = { from: writtenTime(fromMs, report.tz), to: writtenTime(toMs, report.tz), tz: report.tz };
  return `/postbacks?${new URLSearchParams({ ...filters, test: "false", ...times })}`;
}

/** Reports are of whole days. */
function clicksBehind(row: ReportRow, report: Report): string {
  const { fromMs, toMs } = slotWithin(row, report);
  const { tz } = report;
  const range = { from: writeLocalDate(tz, fromMs), until: writeLocalDate(tz, toMs - 1), tz };
  return `/reports?${new URLSearchParams({ group_by: "link", metrics: "clicks", ...range })}`;
}

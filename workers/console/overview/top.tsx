/** Who earns what: the rows of a short report, the largest first. */
import { labelOf } from "../../core/metrics/dimensions.ts";
import { writeLocalDate } from "../../core/metrics/time-zone.ts";
import type { Report, ReportRow } from "../reports/report.ts";
import { figureText } from "../shell/figures.ts";
import { Named } from "../shell/parts/named.tsx";
import { Card } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Nothing } from "../shell/parts/values.tsx";
import { type MetricOf, metricsIn } from "./movements.ts";
import type { Period } from "./periods.ts";

const MOST = 6;

interface TopProps {
  title: string;
  dimension: "offer" | "affiliate";
  report: Report;
  /** Where the page of each is; null where the viewer has none. */
  path: string | null;
  period: Period;
}

export function TopRows({ title, dimension, report, path, period }: TopProps) {
  const metrics = metricsIn(report);
  const rank = metrics.some(({ name }) => name === "revenue") ? "revenue" : "payout";
  const rows = report.rows
    .filter((row) => row[dimension] !== null)
    .sort(
      (left, right) => Number(right[rank] ?? 0) - Number(left[rank] ?? 0) || Number(right.clicks) - Number(left.clicks),
    )
    .slice(0, MOST);
  const all = `/reports?${new URLSearchParams({ group_by: dimension, ...rangeOf(period) })}`;
  return (
    <Card
      title={title}
      flush
      actions={
        <a class="button quiet" href={all}>
          Report
        </a>
      }
    >
      <Table
        label={title}
        columns={[{ name: labelOf(dimension), cell: (row) => nameOf(row, dimension, path) }, ...metrics.map(columnOf)]}
        rows={rows}
        empty={<p>Nothing in this period yet.</p>}
      />
    </Card>
  );
}

function nameOf(row: ReportRow, dimension: TopProps["dimension"], path: string | null) {
  const slug = String(row[dimension]);
  return <Named of={dimension} slug={slug} href={path === null ? undefined : path + encodeURIComponent(slug)} />;
}

function columnOf(metric: MetricOf): TableColumn<ReportRow> {
  return {
    name: metric.label,
    number: true,
    cell: (row) => {
      const value = row[metric.name] ?? null;
      if (typeof value !== "string" && typeof value !== "number") return <Nothing />;
      const currency = typeof row.currency === "string" ? row.currency : null;
      const text = figureText({ value, currency }, metric);
      return metric.unit === "money" ? (
        <>
          {text} <span class="currency">{currency}</span>
        </>
      ) : (
        text
      );
    },
  };
}

/** The days of the period as the reports' page takes them. */
function rangeOf({ now, timeZone }: Period): Record<string, string> {
  return { from: writeLocalDate(timeZone, now.fromMs), until: writeLocalDate(timeZone, now.toMs - 1), tz: timeZone };
}

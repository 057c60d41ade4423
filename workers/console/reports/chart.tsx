/** The chart of a report: over time where it is grouped by time first, else the largest rows beside each other. */
import { isTime } from "../../core/metrics/time-dimensions.ts";
import { addDecimals } from "../../core/money.ts";
import { figureText } from "../shell/figures.ts";
import { Bars, Chart, type Series } from "../shell/parts/chart.tsx";
import { NamedGroup } from "../shell/parts/named.tsx";
import { Card } from "../shell/parts/section.tsx";
import type { Report, ReportColumn, ReportRow } from "./report.ts";
import { rowsBehind } from "./rows-behind.ts";
import { slotsBegun, slotsOf } from "./slots.ts";

const LOOKS: readonly Series["look"][] = ["first", "second", "third"];
const MOST_BARS = 10;
const MOST_CURRENCIES = 2;
/** Shown unless another one is sorted by. */
const USUAL = ["revenue", "payout", "conversions", "clicks"];

interface ReportChartProps {
  report: Report;
  /** In the order in which the table shows them. */
  rows: ReportRow[];
  /** Name of the column that the table is sorted by. */
  sorted: string | null;
  span: { fromMs: number; toMs: number };
  nowMs: number;
  /** The report's parameters, for the rows that a point opens. */
  asked: URLSearchParams;
}

/** Money of two currencies is never drawn on one scale. */
export function ReportChart({ report, rows, sorted, span, nowMs, asked }: ReportChartProps) {
  const column = chartedColumn(report, sorted);
  const [first] = report.group_by;
  if (column === null || first === undefined || rows.length === 0) return null;
  const isMoney = column.unit === "money";
  const currencies = isMoney ? currenciesOf(rows, column) : [null];
  const parts = currencies.map((currency) => {
    const own = currency === null ? rows : rows.filter((row) => row.currency === currency);
    const part = { report, rows: own, column, currency };
    return isTime(first) ? <OverTime {...part} span={span} nowMs={nowMs} asked={asked} /> : <Largest {...part} />;
  });
  return <div class="charts">{parts}</div>;
}

interface Charted {
  report: Report;
  rows: ReportRow[];
  column: ReportColumn;
  currency: string | null;
}

function OverTime(props: Charted & Pick<ReportChartProps, "span" | "nowMs" | "asked">) {
  const { report, rows, column, currency, span, nowMs, asked } = props;
  const [time = "day", ...others] = report.group_by;
  const isSlot = time === "day" || time === "hour";
  // Every hour or day of the range, so that gaps show; of weeks and months those that there are.
  const labels = isSlot ? slotsOf(time, report.tz, span) : [...new Set(report.rows.map((row) => String(row[time])))];
  const begun = isSlot ? slotsBegun(time, report.tz, span, nowMs) : labels.length;
  const bySeries = [...Map.groupBy(rows, (row) => others.map((name) => String(row[name] ?? "none")).join(" · "))]
    .map(([, own]) => ({ own, total: Number(sum(own, column)) }))
    .sort((left, right) => right.total - left.total)
    .slice(0, LOOKS.length);
  const series = bySeries.map(({ own }, index): Series => {
    const byLabel = Map.groupBy(own, (row) => String(row[time]));
    const values = labels.map((label, index) => {
      const found = byLabel.get(label);
      if (!found && index >= begun) return null;
      if (!found && !isAdded(column)) return null;
      return sum(found ?? [], column);
    });
    const name = others.length === 0 ? column.label : <NamedGroup values={groupOf(own[0] ?? {}, others)} />;
    const behind = labels.map((label) => {
      // Rows of several currencies have no list that is theirs alone.
      const [row, ...more] = byLabel.get(label) ?? [];
      return row === undefined || more.length > 0 ? null : rowsBehind(column.name, row, report, asked);
    });
    return { name, values, look: LOOKS[index] ?? "first", rows: behind };
  });
  const of = { name: column.name, unit: column.unit === "dimension" ? ("count" as const) : column.unit };
  const open = nowMs < span.toMs ? begun - 1 : null;
  return <Chart title={column.label} labels={labels} series={series} of={of} currency={currency} open={open} />;
}

function Largest({ report, rows, column, currency }: Charted) {
  const { name, unit } = column;
  if (unit === "dimension" || unit === "counts") return null;
  const bars = rows.flatMap((row) => {
    const value = row[name] ?? null;
    if (value === null || typeof value === "object" || Number(value) <= 0) return [];
    const label = <NamedGroup values={groupOf(row, report.group_by)} />;
    return [{ label, value: Number(value), text: figureText({ value, currency }, { name, unit }) }];
  });
  if (bars.length === 0) return null;
  const largest = bars.sort((left, right) => right.value - left.value).slice(0, MOST_BARS);
  const title = (
    <>
      {column.label}, largest first {currency === null ? null : <span class="currency">{currency}</span>}
    </>
  );
  return (
    <Card title={title}>
      <Bars rows={largest} />
    </Card>
  );
}

function groupOf(row: ReportRow, names: readonly string[]) {
  return names.map((name) => ({ name, value: typeof row[name] === "string" ? row[name] : null }));
}

/** Those with the most rows first. */
function currenciesOf(rows: readonly ReportRow[], { name }: ReportColumn): string[] {
  const found = rows.filter((row) => typeof row.currency === "string" && Number(row[name] ?? 0) !== 0);
  return [...Map.groupBy(found, (row) => String(row.currency))]
    .sort(([one, left], [other, right]) => right.length - left.length || one.localeCompare(other, "en"))
    .slice(0, MOST_CURRENCIES)
    .map(([currency]) => currency);
}

function chartedColumn({ columns }: Report, sorted: string | null): ReportColumn | null {
  const drawn = columns.filter(
    ({ unit, converted_to }) => unit !== "dimension" && unit !== "counts" && converted_to === undefined,
  );
  for (const name of [sorted, ...USUAL]) {
    const column = drawn.find((one) => one.name === name);
    if (column) return column;
  }
  return drawn[0] ?? null;
}

/** False of what has no value where nothing was counted. */
function isAdded({ unit }: ReportColumn): boolean {
  return unit !== "share" && unit !== "seconds";
}

/** Money as decimal text, since it adds up to the last digit. */
function sum(rows: readonly ReportRow[], { name, unit }: ReportColumn): string | number {
  const values = rows.map((row) => row[name] ?? 0);
  return unit === "money"
    ? addDecimals(values.map(String))
    : values.reduce<number>((total, value) => total + Number(value), 0);
}

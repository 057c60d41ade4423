/** The overview's charts: what reports by hour or day say, laid over the period before. */
import type { MetricName } from "../../core/metrics/definitions.ts";
import { addDecimals } from "../../core/money.ts";
import type { Role } from "../../core/roles.ts";
import type { Report, ReportRow } from "../reports/report.ts";
import { slotsBegun, slotsOf } from "../reports/slots.ts";
import type { ChartProps, Series } from "../shell/parts/chart.tsx";
import { currenciesOf, MOST_CURRENCIES } from "./movements.ts";
import { openedRows } from "./opened-rows.ts";
import { PERIODS, type Period } from "./periods.ts";

/** Rows of one time slot, in the order of the slots; a slot has a row for each currency. */
type Slots = ReportRow[][];

/** `role` is whose overview it is: each point opens the rows that this role may see. */
export function chartsOf(
  period: Period,
  now: Report,
  before: Report,
  viewer: { nowMs: number; role: Role },
): ChartProps[] {
  const { nowMs, role } = viewer;
  const { slot } = PERIODS[period.name];
  const labels = slotsOf(slot, period.timeZone, period.whole);
  const slots = rowsBySlot(now, slot, labels);
  const slotsBefore = rowsBySlot(before, slot, slotsOf(slot, period.timeZone, period.wholeBefore));
  const begun = slotsBegun(slot, period.timeZone, period.whole, nowMs);
  const open = begun - 1;
  const labelOf = (name: MetricName) => now.columns.find((column) => column.name === name)?.label;
  const postbacks = labelOf("postbacks");
  const earned = (["revenue", "payout"] as const).filter((name) => labelOf(name) !== undefined);
  const upToNow = (worth: (rows: ReportRow[]) => number | string) =>
    slots.map((rows, index) => (index < begun ? worth(rows) : null));
  const counts = (name: MetricName): Series[] => {
    const past = slotsBefore.map((rows) => sumOf(rows, name));
    const present: Series = {
      name: NOW[period.name],
      values: upToNow((rows) => sumOf(rows, name)),
      look: "first",
      rows: slots.map((rows) => openedRows(name, rows, now, { role })),
    };
    const rowsBefore = slotsBefore.map((rows) => openedRows(name, rows, before, { role }));
    // Where there was nothing before, there is nothing to lay the line over.
    return past.some((value) => value > 0)
      ? [{ name: BEFORE[period.name], values: past, look: "before", rows: rowsBefore }, present]
      : [present];
  };
  const money = (name: MetricName, currency: string, look: Series["look"]): Series => ({
    name: labelOf(name) ?? name,
    values: upToNow((rows) => moneyOf(rows, name, currency)),
    look,
    rows: slots.map((rows) => openedRows(name, rows, now, { role, currency })),
  });
  return [
    ...(["clicks", "conversions"] as const).map(
      (name): ChartProps => ({
        ...{ title: labelOf(name) ?? name, labels, series: counts(name), open },
        of: { name, unit: "count" },
      }),
    ),
    ...currenciesOf(now.totals)
      .slice(0, MOST_CURRENCIES)
      .map(
        (currency): ChartProps => ({
          title: earned.map(labelOf).join(" and ") || "Money",
          labels,
          series: earned.map((name, index) => money(name, currency, index === 0 ? "first" : "second")),
          of: { name: "revenue", unit: "money" },
          currency,
          open,
        }),
      ),
    ...(postbacks
      ? [
          {
            title: postbacks,
            labels,
            series: [
              ...counts("postbacks"),
              {
                name: "refused",
                values: upToNow((rows) => sumOf(rows, "refused")),
                look: "third" as const,
                rows: slots.map((rows) => openedRows("refused", rows, now, { role })),
              },
            ],
            of: { name: "postbacks", unit: "count" as const },
            open,
          },
        ]
      : []),
  ];
}

const NOW = { today: "today", week: "these 7 days", month: "these 28 days" } as const;
const BEFORE = { today: "last week", week: "the 7 days before", month: "the 28 days before" } as const;

function rowsBySlot({ rows }: Report, slot: "hour" | "day", labels: readonly string[]): Slots {
  const bySlot = Map.groupBy(rows, (row) => String(row[slot]));
  return labels.map((label) => bySlot.get(label) ?? []);
}

function sumOf(rows: readonly ReportRow[], name: string): number {
  return rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
}

function moneyOf(rows: readonly ReportRow[], name: string, currency: string): string {
  return addDecimals(rows.filter((row) => row.currency === currency).map((row) => String(row[name] ?? 0)));
}

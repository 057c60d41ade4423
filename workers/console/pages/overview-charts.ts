/** The overview's charts: what reports by hour or day say, laid over the period before. */
import type { Report, ReportRow } from "../reports/report.ts";
import type { ChartProps, Series } from "./parts/chart.tsx";
import { PERIODS, type Period, slotsOf } from "./periods.ts";

/** Rows of one time slot, in the order of the slots; a slot has a row for each currency. */
type Slots = ReportRow[][];

/** Money is drawn for this many currencies. */
const MOST_CURRENCIES = 2;

export function chartsOf(period: Period, now: Report, before: Report): ChartProps[] {
  const { slot } = PERIODS[period.name];
  const labels = slotsOf(slot, period.timeZone, period.whole);
  const slots = rowsBySlot(now, slot, labels);
  const slotsBefore = rowsBySlot(before, slot, slotsOf(slot, period.timeZone, period.wholeBefore));
  const past = slots.map((_, index) => labels[index] !== undefined && startOf(labels[index]) <= period.now.toMs);
  const has = (name: string) => now.columns.some((column) => column.name === name);
  const counts = (name: string): Series[] => [
    { name: BEFORE[period.name], values: slotsBefore.map((rows) => sumOf(rows, name)), look: "before" },
    {
      name: NOW[period.name],
      values: slots.map((rows, index) => (past[index] ? sumOf(rows, name) : null)),
      look: "first",
    },
  ];
  const money = (name: string, currency: string, look: Series["look"]): Series => ({
    name: LABELS[name] ?? name,
    values: slots.map((rows, index) => (past[index] ? moneyOf(rows, name, currency) : null)),
    look,
  });
  return [
    { title: "Clicks", labels, series: counts("clicks"), unit: "count" },
    { title: "Conversions", labels, series: counts("conversions"), unit: "count" },
    ...currenciesOf(now).map(
      (currency): ChartProps => ({
        title:
          ["revenue", "payout"]
            .filter(has)
            .map((name) => LABELS[name])
            .join(" and ") || "Money",
        labels,
        series: ["revenue", "payout"]
          .filter(has)
          .map((name, index) => money(name, currency, index === 0 ? "first" : "second")),
        unit: "money",
        currency,
      }),
    ),
    ...(has("postbacks")
      ? [
          {
            title: "Postbacks",
            labels,
            series: [
              ...counts("postbacks"),
              {
                name: "refused",
                values: slots.map((rows, index) => (past[index] ? sumOf(rows, "refused") : null)),
                look: "third" as const,
              },
            ],
            unit: "count" as const,
          },
        ]
      : []),
  ];
}

const NOW = { today: "today", week: "these 7 days", month: "these 28 days" } as const;
const BEFORE = { today: "last week", week: "the 7 days before", month: "the 28 days before" } as const;
const LABELS: Record<string, string> = { revenue: "Revenue", payout: "Payout" };

function rowsBySlot({ rows }: Report, slot: "hour" | "day", labels: readonly string[]): Slots {
  const bySlot = Map.groupBy(rows, (row) => String(row[slot]));
  return labels.map((label) => bySlot.get(label) ?? []);
}

function sumOf(rows: readonly ReportRow[], name: string): number {
  return rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
}

function moneyOf(rows: readonly ReportRow[], name: string, currency: string): number {
  return sumOf(
    rows.filter((row) => row.currency === currency),
    name,
  );
}

/** Those with the most conversions first. */
function currenciesOf({ totals }: Report): string[] {
  return totals
    .filter(({ currency }) => typeof currency === "string")
    .sort((left, right) => Number(right.conversions ?? 0) - Number(left.conversions ?? 0))
    .slice(0, MOST_CURRENCIES)
    .map(({ currency }) => String(currency));
}

/** When a slot begins; a day is taken at its midnight in UTC, which is near enough to tell past from future days. */
function startOf(label: string): number {
  return Date.parse(label.length > 10 ? label : `${label}T00:00:00Z`);
}

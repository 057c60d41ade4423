/** Cohorts as rows, for the API and files: one for each group, currency, cohort and month of it, with what was counted and the figures made of that. */
import { COHORT_METRICS, type CohortMetric, cohortValue } from "../../core/metrics/cohorts.ts";
import { formatMicros } from "../../core/money.ts";
import { isSeenBy, type Role } from "../../core/roles.ts";
import type { ReportColumn, ReportRow } from "../reports/report.ts";
import type { CohortGroup } from "./cohort-counts.ts";
import { type CohortPlan, cohortDimension } from "./cohort-query.ts";

export interface CohortTable {
  start: string;
  tz: string;
  columns: ReportColumn[];
  rows: ReportRow[];
}

const COUNTED = ["customers", "active", "renewals", "renewed", "gone", "started", "activated"] as const;
const COUNT_LABELS: Record<(typeof COUNTED)[number], string> = {
  customers: "Customers",
  active: "Active",
  renewals: "Renewals",
  renewed: "Renewed",
  gone: "Gone",
  started: "Started",
  activated: "Activated",
};

/** Those that this role sees. */
export function cohortMetricsFor(role: Role): CohortMetric[] {
  return COHORT_METRICS.filter((metric) => isSeenBy(metric, role));
}

export function cohortTable(plan: CohortPlan, groups: readonly CohortGroup[], role: Role): CohortTable {
  const metrics = cohortMetricsFor(role);
  const money = (["revenue", "payout"] as const).filter((name) =>
    metrics.some(({ unit, of }) => unit === "money" && of === name),
  );
  const columns: ReportColumn[] = [
    ...plan.groups.map((name) => ({ name, label: cohortDimension(name).label, unit: "dimension" as const })),
    { name: "currency", label: "Currency", unit: "dimension" },
    { name: "cohort", label: "Cohort", unit: "dimension" },
    { name: "age", label: "Months after", unit: "count" },
    { name: "month", label: "Month", unit: "dimension" },
    { name: "over", label: "Over", unit: "dimension" },
    ...COUNTED.map((name) => ({ name, label: COUNT_LABELS[name], unit: "count" as const })),
    ...money.map((name) => ({ name, label: `${name} so far`, unit: "money" as const })),
    ...metrics.map(({ name, label, unit }) => ({ name, label, unit })),
  ];
  const rows = groups.flatMap(({ labels, currency, months }) =>
    months.map(({ cohort, age, counts }): ReportRow => {
      const month = plan.months[cohort + age];
      return {
        ...Object.fromEntries(plan.groups.map((name, index) => [name, labels[index] ?? null])),
        currency,
        cohort: plan.months[cohort]?.name ?? "",
        age,
        month: month?.name ?? "",
        over: month !== undefined && month.toMs <= plan.nowMs ? "yes" : "no",
        ...Object.fromEntries(COUNTED.map((name) => [name, Number(counts[name])])),
        ...Object.fromEntries(money.map((name) => [name, formatMicros(counts[name])])),
        ...Object.fromEntries(metrics.map((metric) => [metric.name, cohortValue(metric, counts)])),
      };
    }),
  );
  return { start: plan.start, tz: plan.timeZone, columns, rows };
}

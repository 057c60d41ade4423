/** What cohorts are told by: what is counted of the customers that began in a month, one of their months after another, and the figures that are made of it. */
import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, type Seen } from "../roles.ts";
import { divided } from "./value.ts";

/** What is counted of a cohort in one of its months. Money is all that came up to its end, in micros. */
export const COHORT_COUNTS = [
  "customers",
  "active",
  "renewals",
  "renewed",
  "gone",
  "started",
  "activated",
  "revenue",
  "payout",
] as const;
export type CohortCount = (typeof COHORT_COUNTS)[number];
export type CohortCounts = Record<CohortCount, bigint>;

/** A figure of a cohort: one count over another. */
export interface CohortMetric extends Seen {
  name: string;
  label: string;
  unit: "share" | "money";
  formula: string;
  of: CohortCount;
  per: CohortCount;
}

export const COHORT_METRICS = [
  {
    name: "retention",
    label: "Retention",
    unit: "share",
    formula: "customers with a conversion that stands in that month ÷ customers",
    of: "active",
    per: "customers",
    seenBy: EVERYONE,
  },
  {
    name: "renewal",
    label: "Renewal",
    unit: "share",
    formula: "customers with a renewal in that month ÷ customers",
    of: "renewed",
    per: "customers",
    seenBy: EVERYONE,
  },
  {
    name: "churn",
    label: "Churn",
    unit: "share",
    formula: "customers with no conversion that stands in that month or after it ÷ customers",
    of: "gone",
    per: "customers",
    seenBy: EVERYONE,
  },
  {
    name: "activation",
    label: "Activation",
    unit: "share",
    formula:
      "of customers with a lead, a trial, an install or an event of no kind: those that went on by the end of that month",
    of: "activated",
    per: "started",
    seenBy: EVERYONE,
  },
  {
    name: "ltv",
    label: "LTV",
    unit: "money",
    formula: "lifetime value: revenue up to the end of that month ÷ customers",
    of: "revenue",
    per: "customers",
    seenBy: ALL_BUT_AFFILIATES,
  },
  {
    name: "lifetime_payout",
    label: "Lifetime payout",
    unit: "money",
    formula: "payout up to the end of that month ÷ customers",
    of: "payout",
    per: "customers",
    seenBy: ALL_BUT_ADVERTISERS,
  },
] as const satisfies readonly CohortMetric[];

/** Nothing counted. */
export function noCohortCounts(): CohortCounts {
  return {
    ...{ customers: 0n, active: 0n, renewals: 0n, renewed: 0n, gone: 0n },
    ...{ started: 0n, activated: 0n, revenue: 0n, payout: 0n },
  };
}

/** Adds the counts of another cohort. */
export function addCohortCounts(to: CohortCounts, counts: CohortCounts): void {
  for (const name of COHORT_COUNTS) to[name] += counts[name];
}

/** The figure of these counts; null where there is nothing to divide by. */
export function cohortValue({ of, per, unit }: CohortMetric, counts: CohortCounts): number | string | null {
  return divided(counts[of], counts[per], unit === "money");
}

/** Which relations a report reads for its metrics, and why it cannot have some of them. */
import type { Measure, Metric } from "../../core/metrics/definitions.ts";
import { type Sealed, zoneSegments } from "../../core/metrics/segments.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { isTime, needsClickRows, needsConversionRows, resolutionOf } from "./dimensions.ts";
import { countsBy, type Databases, type Facts, sumsBy } from "./facts.ts";
import type { ReportPlan } from "./query.ts";
import {
  clickRows,
  clicksByConversion,
  conversionRows,
  conversionsOfKeptClicks,
  customers,
  type Relation,
  rolledClicks,
  rolledConversions,
  rolledPostbacks,
} from "./relations.ts";

/** What is read together. */
export type Source =
  | "clicks"
  | "conversions"
  | "click latency"
  | "arrival latency"
  | "postbacks"
  | "click log"
  | "customers";

const SOURCES: Record<Measure, Source> = {
  clicks: "clicks",
  uniques: "clicks",
  bots: "clicks",
  conversions: "conversions",
  pending: "conversions",
  approved: "conversions",
  rejected: "conversions",
  reversed: "conversions",
  orders: "conversions",
  amount: "conversions",
  revenue: "conversions",
  payout: "conversions",
  postbacks: "postbacks",
  matched: "postbacks",
  unattributed: "postbacks",
  duplicates: "postbacks",
  refused: "postbacks",
  rejectedPostbacks: "postbacks",
  convertedClicks: "click log",
  unloggedClicks: "click log",
  customers: "customers",
  activated: "customers",
  buyers: "customers",
  repeaters: "customers",
  renewals: "customers",
  lifetimeRevenue: "customers",
};

/** Sums of hours and days that a report may read instead of their quarter-hours. */
export interface SealedSums {
  clicks: readonly Sealed[];
  conversions: readonly Sealed[];
}

/** The click log may still be writing what is younger. */
const CLICK_LOG_MS = 120_000;

/** The sources that a metric is made of. */
export function sourcesOf({ calculation }: Metric): Source[] {
  switch (calculation.kind) {
    case "sum":
      return [...calculation.of.plus, ...(calculation.of.minus ?? [])].map((measure) => SOURCES[measure]);
    case "quotient":
      return [calculation.numerator, calculation.denominator]
        .flatMap(({ plus, minus = [] }) => [...plus, ...minus])
        .map((measure) => SOURCES[measure]);
    case "percentile":
      return [calculation.of === "click" ? "click latency" : "arrival latency"];
    case "reasons":
      return ["postbacks"];
  }
}

/** The databases whose rows tell these metrics. What a conversion's click said comes from the click log. */
export function databasesOf(metrics: readonly Metric[]): Relation["database"][] {
  const ofClicks: readonly Source[] = ["clicks", "click log"];
  return metrics.flatMap(sourcesOf).some((source) => ofClicks.includes(source)) ? ["DB", "CLICKS"] : ["DB"];
}

/** Why a source has no answer for these groups and filters; null when it has. */
export function whyAbsent(source: Source, { dimensions, conditions }: ReportPlan): string | null {
  const names = [...dimensions.filter((name) => !isTime(name)), ...conditions.map(({ column }) => column)];
  if (source === "postbacks") {
    const other = names.find((name) => !["advertiser", "event", "test"].includes(name));
    return other === undefined ? null : `The postback log is not known by ${other}.`;
  }
  if (source === "customers") {
    const other = names.find((name) => ["event", "status", "new_or_returning"].includes(name));
    return other === undefined ? null : `A click has no ${other}, only its conversions have.`;
  }
  return null;
}

/** True when the report reads rows of clicks, which are not kept for ever. */
export function readsClickRows({ dimensions }: Pick<ReportPlan, "dimensions">): boolean {
  return dimensions.some(needsClickRows);
}

/** What a report stands on besides its plan. */
export interface World {
  /** That of all offers where they have one in common; else a click is known by its offer, see `readCurrencies`. */
  currency: string | null;
  /** Which sums of hours and days may be read. */
  sealed: SealedSums;
  /** Since when rows of clicks are kept. */
  clicksKeptFromMs: number;
  nowMs: number;
}

/** Reads a source, question by question. */
export function readSource(
  env: Databases,
  plan: ReportPlan,
  source: Source,
  { currency, sealed, clicksKeptFromMs, nowMs }: World,
): Promise<Facts>[] {
  const [from, to] = [plan.fromMs / QUARTER_MS, plan.toMs / QUARTER_MS];
  const isRolled = plan.clock !== "occurred" && !plan.dimensions.some(needsConversionRows);
  const zone = { spans: plan.spans, resolution: resolutionOf(plan.dimensions) };
  const conversions = (sums: readonly Sealed[]): Relation =>
    isRolled ? rolledConversions(zoneSegments(from, to, sums, zone), plan.clock) : conversionRows(plan, plan.clock);
  switch (source) {
    case "clicks": {
      const relation = readsClickRows(plan)
        ? clickRows(plan)
        : rolledClicks(zoneSegments(from, to, sealed.clicks, zone));
      const sums = { clicks: "SUM(clicks)", uniques: "SUM(uniques)", bots: "SUM(bots)" };
      const counted = "SUM(clicks) <> 0 OR SUM(bots) <> 0";
      return [
        sumsBy(env, plan, { relation, currency: currency === null ? "offer" : `'${currency}'`, sums, counted }),
        sumsBy(env, plan, { relation: clicksByConversion(plan), currency: "currency", sums: { clicks: "COUNT(*)" } }),
      ];
    }
    case "conversions":
      return [
        sumsBy(env, plan, {
          relation: conversions(sealed.conversions),
          currency: "currency",
          sums: CONVERSION_SUMS,
          counted: "SUM(conversions) <> 0",
        }),
      ];
    case "click latency":
    case "arrival latency": {
      const latency = source === "click latency" ? "click" : "arrival";
      const by = `${latency}_bucket`;
      const question = { relation: conversions([]), currency: "currency", by, count: "SUM(conversions)" };
      return [countsBy(env, plan, question, (bucket) => `${latency} bucket ${Number(bucket)}`)];
    }
    case "postbacks": {
      const relation = rolledPostbacks(plan);
      const place = { relation, currency: `'${currency ?? ""}'` };
      const by = "iif(status IN ('refused', 'rejected'), iif(reason = '', status, reason), '')";
      return [
        sumsBy(env, plan, { ...place, sums: POSTBACK_SUMS }),
        countsBy(env, plan, { ...place, by, count: "SUM(postbacks)" }, (reason) =>
          reason === "" ? null : `reason ${reason}`,
        ),
      ];
    }
    case "click log": {
      const range = { fromMs: plan.fromMs, toMs: Math.max(plan.fromMs, Math.min(plan.toMs, nowMs - CLICK_LOG_MS)) };
      const relation = conversionsOfKeptClicks(range, clicksKeptFromMs);
      return [sumsBy(env, plan, { relation, currency: "currency", sums: CLICK_LOG_SUMS })];
    }
    case "customers":
      return [sumsBy(env, plan, { relation: customers(plan), currency: "currency", sums: CUSTOMER_SUMS })];
  }
}

const CONVERSION_SUMS = {
  conversions: "SUM(conversions)",
  pending: "SUM(iif(status = 'pending', conversions, 0))",
  approved: "SUM(iif(status = 'approved', conversions, 0))",
  rejected: "SUM(iif(status = 'rejected', conversions, 0))",
  reversed: "SUM(iif(status = 'reversed', conversions, 0))",
  orders: "SUM(orders)",
  amount: "SUM(amount)",
  revenue: "SUM(revenue)",
  payout: "SUM(payout)",
};

const POSTBACK_SUMS = {
  postbacks: "SUM(postbacks)",
  matched: "SUM(iif(status IN ('attributed', 'updated', 'duplicate'), postbacks, 0))",
  unattributed: "SUM(iif(status = 'unattributed', postbacks, 0))",
  duplicates: "SUM(iif(status = 'duplicate', postbacks, 0))",
  refused: "SUM(iif(status = 'refused', postbacks, 0))",
  rejectedPostbacks: "SUM(iif(status = 'rejected', postbacks, 0))",
};

const CLICK_LOG_SUMS = {
  convertedClicks: "COUNT(DISTINCT click_id)",
  unloggedClicks: "COUNT(DISTINCT iif(click_joined = 0, click_id, NULL))",
};

const CUSTOMER_SUMS = {
  customers: "COUNT(*)",
  activated: "SUM(events > 1)",
  buyers: "SUM(purchases > 0)",
  repeaters: "SUM(purchases > 1)",
  renewals: "SUM(purchases - purchase_events)",
  lifetimeRevenue: "SUM(revenue)",
};

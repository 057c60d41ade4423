/** Which relations a report reads for its metrics, and why it cannot have some of them. */

import type { Metric, Sum } from "../../core/metrics/definitions.ts";
import type { Dimension } from "../../core/metrics/dimensions.ts";
import type { Latency } from "../../core/metrics/latency.ts";
import { type Measure, type MeasureSource, sourceOf, sumsOf } from "../../core/metrics/measures.ts";
import { type Sealed, zoneSegments } from "../../core/metrics/segments.ts";
import { resolutionOf } from "../../core/metrics/time-dimensions.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import type { ExportTable } from "../tables/export-table.ts";
import type { RowOwner } from "../tables/listed-rows.ts";
import { readClickCounts } from "./click-counts.ts";
import { type Counted, countsBy, type ReportEnv, sumsBy } from "./counted-groups.ts";
import { dimensionsIn, type ReportPlan } from "./plan.ts";
import {
  clicksByConversion,
  conversionRows,
  convertedClicks,
  customers,
  heldConversions,
  type Relation,
  rolledPostbacks,
} from "./relations.ts";
import { rolledConversions, tellsQuarters } from "./rolled-conversions.ts";
import { countLatencies, sumDeliveries, type ToldDeliveries, uncountedBy } from "./told-deliveries.ts";

/** What is read together: sources of measures, and latencies, which are counted by bucket. */
export type SumSource = MeasureSource | `${Latency} latency`;

/** Sums of hours and days that a report may read instead of their quarter-hours. */
export interface SealedSums {
  clicks: readonly Sealed[];
  conversions: readonly Sealed[];
}

/** The click log may still be writing what is younger. */
const CLICK_LOG_MS = 120_000;

/** The sources that a metric is made of. */
export function sourcesOf({ calculation }: Metric): SumSource[] {
  switch (calculation.kind) {
    case "sum":
      return sourcesOfSums([calculation.of]);
    case "quotient":
      return sourcesOfSums([calculation.numerator, calculation.denominator]);
    case "percentile":
      return [`${calculation.of} latency`];
    case "reasons":
      return ["postbacks"];
  }
}

function sourcesOfSums(sums: readonly Sum[]): SumSource[] {
  return sums.flatMap(measuresOfSum).map(sourceOf);
}

function measuresOfSum({ plus, minus = [] }: Sum): Measure[] {
  return [...plus, ...minus];
}

/** The measures that a metric is made of. */
function measuresOf({ calculation }: Metric): Measure[] {
  switch (calculation.kind) {
    case "sum":
      return measuresOfSum(calculation.of);
    case "quotient":
      return [...measuresOfSum(calculation.numerator), ...measuresOfSum(calculation.denominator)];
    default:
      return [];
  }
}

/** The databases whose rows tell these metrics. What a conversion's click said comes from the click log. */
export function databasesOf(metrics: readonly Metric[]): ExportTable["database"][] {
  const sources = new Set(metrics.flatMap(sourcesOf));
  const ofClicks = sources.has("clicks") || sources.has("click log");
  return ["DB", ...(ofClicks ? (["click log"] as const) : []), ...(sources.has("postbacks") ? (["LOG"] as const) : [])];
}

/** True where what the courier told is read. */
export function isOfDeliveries(metric: Metric): boolean {
  return sourcesOf(metric).some((source) => source === "deliveries" || source === "delivery latency");
}

/** Why a source has no answer for these groups and filters; null when it has. */
export function whyAbsent(source: SumSource, plan: ReportPlan): string | null {
  const first = (isUnknown: (dimension: Dimension) => boolean): string | undefined =>
    dimensionsIn(plan).find(([, dimension]) => isUnknown(dimension))?.[0];
  if (source === "postbacks") {
    const other = first(({ ofPostbacks }) => ofPostbacks !== true);
    return other === undefined ? null : `The postback log is not known by ${other}.`;
  }
  if (source === "deliveries" || source === "delivery latency") {
    const other = uncountedBy(plan);
    return other === null ? null : `Deliveries are not counted by ${other}.`;
  }
  if (source === "customers") {
    const other = first(({ of }) => of === "conversion");
    return other === undefined ? null : `A click has no ${other}, only its conversions have.`;
  }
  return null;
}

/** True when the report reads clicks one by one, since no rollup knows what it asks for. */
function readsClickRows(plan: ReportPlan): boolean {
  return dimensionsIn(plan).some(([, { of, known }]) => of === "click" && known === "rows");
}

/** What a report stands on besides its plan. */
export interface World {
  /** That of all offers where they have one in common; else a click is known by its offer, see `readCurrencies`. */
  currency: string | null;
  /** Which sums of hours and days may be read. */
  sealed: SealedSums;
  /** The links that it is about; null: all. */
  links: readonly number[] | null;
  /** Since when clicks lie in objects, which know quarter-hours. */
  hotFromMs: number;
  /** What the courier said, where deliveries were asked for. */
  told: ToldDeliveries;
  nowMs: number;
}

/** Reads a source, question by question. */
export function readSource(
  env: ReportEnv,
  plan: ReportPlan,
  source: SumSource,
  { currency, sealed, links, hotFromMs, told, nowMs }: World,
): Promise<Counted>[] {
  const [from, to] = [plan.fromMs / QUARTER_MS, plan.toMs / QUARTER_MS];
  const zone = { spans: plan.spans, resolution: resolutionOf(plan.dimensions) };
  const own = ownOf(plan);
  const conversions = (sums: readonly Sealed[]): Relation => {
    const { clock } = plan;
    const segments = clock === "occurred" ? [] : zoneSegments(from, to, sums, zone);
    const isTold = segments.some(({ unit }) => unit !== "quarter");
    // What no hour and no day tells is read from the conversions themselves.
    if (clock === "occurred" || !isTold) return conversionRows(plan, clock, own, nowMs);
    if (!tellsQuarters(clock, own) && segments.some(({ unit }) => unit === "quarter"))
      return conversionRows(plan, clock, own, nowMs);
    return rolledConversions(segments, plan, clock, { own, links });
  };
  switch (source) {
    case "clicks": {
      const segments = readsClickRows(plan)
        ? [{ unit: "quarter", from, to } as const]
        : zoneSegments(from, to, sealed.clicks, zone);
      const counted = { segments, isRolled: !readsClickRows(plan), links, hotFromMs, nowMs };
      const of = currency === null ? "offer" : `'${currency}'`;
      return [
        readClickCounts(env, plan, of, counted),
        sumsBy(env, plan, {
          relation: clicksByConversion(plan, own),
          currency: "currency",
          sums: [{ of: "clicks", sql: "COUNT(*)", weight: 1n }],
        }),
      ];
    }
    case "conversions": {
      // Their number besides, so that a group whose sums are zeros is told all the same.
      const asked = new Set<Measure>(["conversions", ...plan.metrics.flatMap(measuresOf)]);
      return [
        sumsBy(env, plan, {
          relation: conversions(sealed.conversions),
          currency: "currency",
          sums: sumsOf("conversions").filter(({ of }) => asked.has(of)),
          counted: "SUM(conversions) <> 0",
        }),
      ];
    }
    case "held":
      return [
        sumsBy(env, plan, {
          relation: heldConversions(plan, plan.clock, own),
          currency: "currency",
          sums: sumsOf("held"),
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
    case "postbacks":
      return (["LOG", "DB"] as const).flatMap((database) => {
        const place = { relation: rolledPostbacks(plan, database, own), currency: `'${currency ?? ""}'` };
        const by = "iif(status IN ('refused', 'rejected'), iif(reason = '', status, reason), '')";
        return [
          sumsBy(env, plan, { ...place, sums: sumsOf("postbacks") }),
          countsBy(env, plan, { ...place, by, count: "SUM(postbacks)" }, (reason) =>
            reason === "" ? null : `reason ${reason}`,
          ),
        ];
      });
    case "deliveries":
      return sumDeliveries(env, plan, told);
    case "delivery latency":
      return countLatencies(env, plan, told);
    case "click log": {
      const range = { fromMs: plan.fromMs, toMs: Math.max(plan.fromMs, Math.min(plan.toMs, nowMs - CLICK_LOG_MS)) };
      const relation = convertedClicks(range, "received", own, nowMs);
      return [sumsBy(env, plan, { relation, currency: "currency", sums: sumsOf("click log") })];
    }
    case "customers":
      return [
        sumsBy(env, plan, { relation: customers(plan, own, nowMs), currency: "currency", sums: sumsOf("customers") }),
      ];
  }
}

/** Whose the report is: of whoever sees only what is theirs, that is the first of its conditions. */
function ownOf({ conditions }: ReportPlan): RowOwner | null {
  for (const { column, value } of conditions)
    if (column === "advertiser" || column === "affiliate") return { kind: column, number: value };
  return null;
}

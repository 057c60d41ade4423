/**
 * A report as the page's address has it: as the API's, but that lists come as several parameters (forms send them so), that `until` is the last day
 * and not the one after it, and that what is left out is what the viewer most likely wants.
 */

import { isDay } from "../../core/instant.ts";
import { METRICS, type MetricName } from "../../core/metrics/definitions.ts";
import { FILTERS } from "../../core/metrics/dimensions.ts";
import { startOfDay } from "../../core/metrics/time-zone.ts";
import type { Result } from "../../core/result.ts";
import { isSeenBy, type Role } from "../../core/roles.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { dayAfter, dayIn, type UsualRange, usualRanges } from "../shell/usual-ranges.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { type ReportQuery, reportParameters } from "./plan.ts";

const DEFAULT_DAYS = 28;
const DEFAULT_METRICS: readonly MetricName[] = [
  "clicks",
  "conversions",
  "conversion_rate",
  "amount",
  "revenue",
  "payout",
  "margin",
  "epc",
  "reversal_rate",
];

function defaultMetrics(role: Role): string[] {
  const seen = METRICS.filter((metric) => isSeenBy(metric, role)).map(({ name }): string => name);
  return DEFAULT_METRICS.filter((name) => seen.includes(name));
}

/** Parameters that are the same in both. */
const SAME = ["tz", "clock", ...FILTERS, "test", "currency"];

/** Everything that the page's form shows, right or wrong, and the API's query that it comes to. */
export interface AskedReport {
  groups: string[];
  metrics: string[];
  /** Days, both inclusive. */
  from: string;
  until: string;
  timeZone: string;
  /** The query of the API's call for the same report, without a format. */
  parameters: URLSearchParams;
}

interface ReportViewer {
  role: Role;
  timeZone: string;
  nowMs: number;
}

export function askedReport(url: URL, viewer: ReportViewer): AskedReport {
  const { searchParams: given } = url;
  const timeZone = given.get("tz") || viewer.timeZone;
  const today = dayIn(timeZone, viewer.nowMs);
  const range = usualRanges(timeZone, viewer.nowMs).find(({ name }) => name === given.get("range"));
  const until = dayOr(given.get("until"), range?.until ?? today);
  const from = dayOr(given.get("from"), range?.from ?? dayAfter(until, 1 - DEFAULT_DAYS));
  const groups = given.has("group_by")
    ? listOf(given, "group_by")
    : [viewer.role === "affiliate" ? "offer" : "affiliate"];
  const chosen = listOf(given, "metrics");
  const metrics = chosen.length > 0 ? chosen : defaultMetrics(viewer.role);
  const parameters = new URLSearchParams();
  if (groups.length > 0) parameters.set("group_by", groups.join(","));
  parameters.set("metrics", metrics.join(","));
  parameters.set("from", from);
  parameters.set("to", dayAfter(until, 1));
  for (const name of SAME) {
    const value = name === "tz" ? timeZone : given.get(name);
    if (value) parameters.set(name, value);
  }
  return { groups, metrics, from, until, timeZone, parameters };
}

export function readReportQuery({ parameters }: AskedReport): Result<ReportQuery, Problem> {
  return readQuery(reportParameters, parameters);
}

/** What a view keeps of a report: where its days are a usual range, that range, so that it is of tomorrow's days tomorrow. */
export function viewQuery(url: URL, { from, until }: AskedReport, ranges: readonly UsualRange[]): string {
  const query = new URLSearchParams(url.search);
  const range = ranges.find((one) => one.from === from && one.until === until);
  if (range === undefined) return query.toString();
  for (const name of ["from", "until"]) query.delete(name);
  query.set("range", range.name);
  return query.toString();
}

/** The range in Unix milliseconds. */
export function spanOf({ from, until, timeZone }: AskedReport): { fromMs: number; toMs: number } {
  return {
    fromMs: startOfDay(timeZone, Date.parse(from)),
    toMs: startOfDay(timeZone, Date.parse(until) + DAY_MS),
  };
}

function listOf(query: URLSearchParams, name: string): string[] {
  return [...new Set(query.getAll(name).flatMap((value) => value.split(",")))].filter((value) => value !== "");
}

function dayOr(day: string | null, otherwise: string): string {
  return day !== null && isDay(day) ? day : otherwise;
}

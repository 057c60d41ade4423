/**
 * Makes a report. Its answer:
 *
 *     columns   what stands in a row, in order: dimensions, `currency`, metrics, each with label and unit
 *     rows      objects by column name. A dimension is text or null (what has no such thing: a click has no event); money is decimal text in the row's
 *               `currency`; shares and ratios are numbers; seconds are numbers; `reasons` is an object of counts; null where there is nothing to divide by
 *     totals    the same without dimensions, one for each currency: currencies are never added
 *     absent    metrics that these groups or filters do not allow, or that are not for the role that asks, with the reason
 *     from, to  the range as read; where rows had to be read that are not kept for ever, it begins with them, and `rows_from` says so (else null)
 */

import { dayOf } from "../../core/click-log/click-days.ts";
import { formatInstant } from "../../core/instant.ts";
import type { Metric, Unit } from "../../core/metrics/definitions.ts";
import { labelOf } from "../../core/metrics/dimensions.ts";
import { add, type Measures, type MetricValue, metricValue } from "../../core/metrics/value.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { readDayPlan } from "../click-log/stretches.ts";
import type { Caller } from "../web/caller.ts";
import { invalidQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { MAX_CLICKS } from "./click-shares.ts";
import { type Counted, type CountedGroup, type ReportEnv, together } from "./counted-groups.ts";
import { type Currencies, readCurrencies } from "./currencies.ts";
import { ownLinks } from "./own-links.ts";
import { hiddenMetrics, planReport, type ReportPlan, type ReportQuery } from "./plan.ts";
import { isOfDeliveries, readSource, type SumSource, sourcesOf, whyAbsent } from "./questions.ts";
import { sealedFor } from "./sealed-spans.ts";
import { askDeliveries, type ToldDeliveries } from "./told-deliveries.ts";
import { valuesInWords } from "./values-in-words.ts";

/** More rows than this are no report any more: an export is. */
const MAX_ROWS = 20_000;
/** Before a first day has left its objects nothing says how far back they hold clicks, and invented history reaches back: but nobody asks an object for each day of a decade. */
const MOST_HOT_DAYS = 400;

export interface ReportColumn {
  name: string;
  label: string;
  unit: Unit | "dimension";
  /** Set on what is converted, and only for the eye: see converted.ts. */
  converted_to?: string;
}

export type ReportRow = Record<string, MetricValue>;

export interface Report {
  group_by: string[];
  tz: string;
  clock: string;
  from: string;
  to: string;
  rows_from: string | null;
  columns: ReportColumn[];
  rows: ReportRow[];
  totals: ReportRow[];
  absent: { metric: string; because: string }[];
}

/** What was counted for one row. */
interface Group {
  labels: (string | null)[];
  currency: string | null;
  measures: Measures;
}

/** Refuses what `planReport` refuses, reports of more than 20,000 rows, and those that add up more than memory has place for. */
export async function runReport(
  env: ReportEnv,
  caller: Caller,
  query: ReportQuery,
  nowMs: number,
): Promise<Result<Report, Problem>> {
  const asked = await planReport(env, caller, query, nowMs);
  if (!asked.ok) return asked;
  const plan = asked.value;
  const absent: Report["absent"] = plan.metrics.flatMap((metric) => {
    const because = sourcesOf(metric).map((source) => whyAbsent(source, plan));
    const why = because.find((one) => one !== null);
    return why === undefined || why === null ? [] : [{ metric: metric.name, because: why }];
  });
  absent.push(
    ...hiddenMetrics(caller, query).map((metric) => ({ metric, because: `It is not for the role ${caller.role}.` })),
  );
  const possible = plan.metrics.filter(({ name }) => !absent.some(({ metric }) => metric === name));
  const told = possible.some(isOfDeliveries) ? await askDeliveries(env, caller, plan) : [];
  if (told === "groups") return refuse(tooLarge("This report adds up too many groups of deliveries"));
  // Everything else is known without the courier.
  const metrics = possible.filter((metric) => told !== "away" || !isOfDeliveries(metric));
  if (told === "away")
    absent.push(
      ...possible.filter(isOfDeliveries).map(({ name }) => ({ metric: name, because: "The courier does not answer." })),
    );
  const currencies = await readCurrencies(env.DB, plan.conditions);
  const counted = await readCounted(env, { ...plan, metrics }, currencies, told === "away" ? [] : told, nowMs);
  if (counted === "groups")
    return refuse(tooLarge("This report adds up too many groups of offers, currencies or reasons"));
  if ("clicks" in counted) return refuse(tooManyClicks(counted.clicks));
  const groups = await groupsOf(env.DB, plan, counted.rows, currencies);
  if (groups.length > MAX_ROWS) return refuse(tooLarge(`A report has at most ${MAX_ROWS} rows`));
  const totals = await groupsOf(
    env.DB,
    { ...plan, dimensions: [] },
    [...withoutGroups(counted.additive), ...counted.distinct],
    currencies,
  );
  return accept({
    group_by: [...plan.dimensions],
    tz: plan.timeZone,
    clock: plan.clock,
    from: formatInstant(plan.fromMs),
    to: formatInstant(plan.toMs),
    rows_from: null,
    columns: columnsOf(plan.dimensions, metrics),
    rows: groups.map((group) => rowOf(plan.dimensions, metrics, group)),
    totals: totals.map((group) => rowOf([], metrics, group)),
    absent,
  });
}

/** Everything that is read, or why it is too much. `distinct` is counted once more without groups: a click that converted in two groups is one click. */
async function readCounted(
  env: ReportEnv,
  plan: ReportPlan,
  { common }: Currencies,
  told: ToldDeliveries,
  nowMs: number,
) {
  const sources = [...new Set(plan.metrics.flatMap(sourcesOf))];
  const [sealed, links, days] = await Promise.all([sealedFor(env, plan), ownLinks(env.DB, plan), readDayPlan(env)]);
  const hotFromMs = days.hotFromMs || dayOf(nowMs - MOST_HOT_DAYS * DAY_MS) * DAY_MS;
  const world = { currency: common, sealed, links, hotFromMs, told, nowMs };
  const read = async (asked: ReportPlan, some: readonly SumSource[]): Promise<Counted> => {
    return together(await Promise.all(some.flatMap((source) => readSource(env, asked, source, world))));
  };
  const isDistinct = (source: SumSource): boolean => source === "click log";
  const distinctSources = sources.filter(isDistinct);
  const [additive, byGroup, distinct] = await Promise.all([
    read(
      plan,
      sources.filter((source) => !isDistinct(source)),
    ),
    read(plan, distinctSources),
    read({ ...plan, dimensions: [] }, distinctSources),
  ]);
  if (!Array.isArray(additive)) return additive;
  if (!Array.isArray(byGroup)) return byGroup;
  if (!Array.isArray(distinct)) return distinct;
  return { rows: [...additive, ...byGroup], additive, distinct };
}

function withoutGroups(rows: readonly CountedGroup[]): CountedGroup[] {
  return rows.map((row) => ({ ...row, values: [] }));
}

/** The groups of these rows in the order in which they are shown. Where nothing was counted there is no group. */
async function groupsOf(
  db: D1Database,
  plan: ReportPlan,
  rows: readonly CountedGroup[],
  currencies: Currencies,
): Promise<Group[]> {
  const written = await valuesInWords(db, plan, rows, plan.pseudonyms);
  const groups = new Map<string, Group>();
  for (const { values, currency: key, measures } of rows) {
    const currency = currencies.byOffer.get(key) ?? (key === "" ? null : key);
    const labels = values.map((value, index) => written(plan.dimensions[index] ?? "", value));
    const place = JSON.stringify([...labels, currency]);
    const group = groups.get(place) ?? { labels, currency, measures: new Map() };
    groups.set(place, group);
    for (const [name, value] of measures) add(group.measures, name, value);
  }
  return [...groups.values()].filter(({ measures }) => measures.size > 0).sort(compareGroups);
}

function compareGroups(left: Group, right: Group): number {
  const [a, b] = [left, right].map(({ labels, currency }) => [...labels, currency]);
  for (const [index, label] of (a ?? []).entries()) {
    const other = b?.[index] ?? null;
    if (label === other) continue;
    // What has no such thing comes last.
    if (label === null || other === null) return label === null ? 1 : -1;
    return label < other ? -1 : 1;
  }
  return 0;
}

function columnsOf(dimensions: readonly string[], metrics: readonly Metric[]): ReportColumn[] {
  return [
    ...dimensions.map((name) => ({ name, label: labelOf(name), unit: "dimension" as const })),
    { name: "currency", label: "Currency", unit: "dimension" },
    ...metrics.map(({ name, label, unit }) => ({ name, label, unit })),
  ];
}

function rowOf(
  dimensions: readonly string[],
  metrics: readonly Metric[],
  { labels, currency, measures }: Group,
): ReportRow {
  return Object.fromEntries<MetricValue>([
    ...dimensions.map((name, index): [string, MetricValue] => [name, labels[index] ?? null]),
    ["currency", currency],
    ...metrics.map((metric): [string, MetricValue] => [metric.name, metricValue(metric, measures)]),
  ]);
}

/** Clicks are read one by one where no rollup knows what is asked for. */
function tooManyClicks(clicks: number): Problem {
  const [asked, most] = [clicks, MAX_CLICKS].map((number) => `${Math.ceil(number / 1e6)} million`);
  const detail = `This report reads every click, some ${asked} of them, and ${most} is the most: shorten the range, or group by link, offer, affiliate and times. For more there is the archive: npm run archive.`;
  return invalidQuery([{ parameter: "group_by", detail }]);
}

function tooLarge(why: string): Problem {
  const detail = `${why}: shorten the range, filter, or group by less. For more there are exports.`;
  return invalidQuery([{ parameter: "group_by", detail }]);
}

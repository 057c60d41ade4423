/**
 * Clicks of a report, added up from where they are known: hours and days in the books, quarter-hours in the objects of days, and whatever no rollup knows, or no longer, in
 * the click log itself.
 */

import { jsonChunks } from "../../core/json-chunks.ts";
import type { CellQuestion } from "../../core/metrics/click-cells.ts";
import { DIMENSIONS } from "../../core/metrics/dimensions.ts";
import { sumsOf } from "../../core/metrics/measures.ts";
import type { Segment } from "../../core/metrics/segments.ts";
import { resolutionOf } from "../../core/metrics/time-dimensions.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { cellsOf } from "./click-shares.ts";
import { type Counted, type CountedGroup, MAX_SUMS, type ReportEnv, sumsBy, together } from "./counted-groups.ts";
import { dimensionsIn, type ReportPlan } from "./plan.ts";
import { clickQuarters, clickSpans, countedCells, type Relation } from "./relations.ts";

/** What of the clicks is read, and how. */
export interface ClickCounting {
  segments: readonly Segment[];
  /** False where rollups do not know what is asked for. */
  isRolled: boolean;
  /** The links that it is about; null: all. */
  links: readonly number[] | null;
  /** Since when clicks lie in objects, which know quarter-hours. */
  hotFromMs: number;
  nowMs: number;
}

/** A report has no more quarter-hours than these objects tell at once. */
const AHEAD_MS = DAY_MS;

export async function readClickCounts(
  env: ReportEnv,
  plan: ReportPlan,
  currency: string,
  counting: ClickCounting,
): Promise<Counted> {
  const ask = (relation: Relation) => sumsBy(env, plan, { relation, currency, sums: sumsOf("clicks") });
  const { segments, links } = counting;
  const whole = segments.filter(({ unit }) => unit !== "quarter");
  const hot = counting.isRolled ? hotParts(segments, counting) : [];
  const hotDays = [...new Set(hot.flatMap(({ from, to }) => daysOf(from, to)))];
  const found = await Promise.all([
    ...(whole.length > 0 ? [ask(clickSpans(whole, links))] : []),
    ...hotDays.map((day) => ask(clickQuarters(hot, day))),
    askLog(env, plan, currency, counting),
  ]);
  const groups = together(found);
  return Array.isArray(groups) ? addUp(groups) : groups;
}

/** What lies in the log alone: everything where nothing is rolled, else quarter-hours of days that have left their objects. */
async function askLog(env: ReportEnv, plan: ReportPlan, currency: string, counting: ClickCounting): Promise<Counted> {
  const { segments, isRolled, hotFromMs, nowMs } = counting;
  const end = isRolled ? Math.ceil(hotFromMs / QUARTER_MS) : Number.POSITIVE_INFINITY;
  const cold = segments.flatMap((segment) => {
    const cut = { ...segment, to: Math.min(segment.to, end) };
    return segment.unit === "quarter" && cut.from < cut.to ? [cut] : [];
  });
  const question = questionOf(plan, currency);
  const counted: CountedGroup[] = [];
  // What is taken from a day is read apart, since it is taken from a time of its own.
  for (const [takenFrom, some] of Map.groupBy(cold, (segment) => segment.takenFrom)) {
    const spans = some.map(({ from, to }) => ({ fromMs: from * QUARTER_MS, toMs: to * QUARTER_MS }));
    const cells = await cellsOf(env, question, spans, nowMs);
    if (!Array.isArray(cells)) return cells;
    const taken = takenFrom === undefined ? [] : cells.map(([, ...rest]) => [takenFrom, ...negative(rest, question)]);
    for (const chunk of jsonChunks([...cells, ...taken])) {
      const relation = countedCells(chunk, question);
      const groups = await sumsBy(env, plan, { relation, currency, sums: sumsOf("clicks") });
      if (!Array.isArray(groups)) return groups;
      counted.push(...groups);
    }
  }
  return counted;
}

function questionOf(plan: ReportPlan, currency: string): CellQuestion {
  // What only conversions have leaves clicks as they are.
  const conditions = plan.conditions.flatMap(({ column, value }) =>
    DIMENSIONS.get(column)?.of === "conversion" ? [] : [{ fact: column, value }],
  );
  const told = dimensionsIn(plan).flatMap(([name, { of }]) =>
    of === "click" && plan.dimensions.includes(name) ? [name] : [],
  );
  return {
    facts: [...new Set([...told, ...(currency === "offer" ? ["offer"] : [])])],
    conditions,
    resolution: resolutionOf(plan.dimensions),
    zone: [...plan.spans],
  };
}

function negative(rest: readonly (string | number | null)[], { facts }: CellQuestion) {
  return rest.map((value, index) => (index < facts.length ? value : -Number(value)));
}

/** The quarter-hours that objects tell. */
function hotParts(segments: readonly Segment[], { hotFromMs, nowMs }: ClickCounting): Segment[] {
  const [least, below] = [Math.ceil(hotFromMs / QUARTER_MS), Math.ceil((nowMs + AHEAD_MS) / QUARTER_MS)];
  return segments.flatMap((segment) => {
    const cut = { ...segment, from: Math.max(segment.from, least), to: Math.min(segment.to, below) };
    return segment.unit === "quarter" && cut.from < cut.to ? [cut] : [];
  });
}

function daysOf(from: number, to: number): number[] {
  const [first, last] = [from, to - 1].map((quarter) => Math.floor((quarter * QUARTER_MS) / DAY_MS));
  return Array.from({ length: (last ?? 0) - (first ?? 0) + 1 }, (_, index) => (first ?? 0) + index);
}

/** Groups that are listed twice as one, less those in which nothing was counted once what was taken is taken. */
function addUp(groups: readonly CountedGroup[]): Counted {
  const sums = new Map<string, CountedGroup>();
  for (const group of groups) {
    const name = JSON.stringify([group.values, group.currency]);
    const known = sums.get(name);
    if (!known) sums.set(name, group);
    else
      sums.set(name, {
        ...known,
        measures: known.measures.map(([of, sum], index) => [of, sum + (group.measures[index]?.[1] ?? 0n)]),
      });
  }
  if (sums.size > MAX_SUMS) return "groups";
  return [...sums.values()].filter(({ measures }) => measures.some(([, sum]) => sum !== 0n));
}

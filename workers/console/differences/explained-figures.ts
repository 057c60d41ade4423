/** What explanations of differences are made of: what is asked, a report's own figure, parts and how they add up. */

import type { CountedStand } from "../../core/metrics/difference-steps.ts";
import { FILTERS } from "../../core/metrics/dimensions.ts";
import { startOfDay } from "../../core/metrics/time-zone.ts";
import { addDecimals, formatMicros, readMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import type { ReportQuery } from "../reports/plan.ts";
import { type Report, type ReportRow, runReport } from "../reports/report.ts";
import { listed } from "../reports/rows-behind.ts";
import type { Clock } from "../tables/export-table.ts";
import type { Caller } from "../web/caller.ts";
import { invalidQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";

/** Figures that can be asked of. Of a quotient, what stands above and below its line. */
export const ASKED_METRICS = ["conversions", "amount", "revenue", "payout", "margin", "clicks"] as const;
export type AskedMetric = (typeof ASKED_METRICS)[number];

/** So many conversions, or entries, a part may have. */
export const MOST_READ = 50_000;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What a figure is compared with; what is left out is as in the report. */
export interface ComparedWith {
  clock: Clock | null;
  timeZone: string | null;
  withTests: boolean;
  stand: CountedStand | null;
  /** An export of entries: what was booked in this time. */
  withEntries: boolean;
  /** Everything converted to this currency. */
  currency: string | null;
}

export interface ExplainedPart {
  reason: string;
  says: string;
  /** Conversions or clicks; null where it is money alone. */
  rows: number | null;
  /** Decimal text of money; signed. */
  figure: string;
  /** The address of its rows. */
  list: string | null;
}

/** Of one currency, or of counts, which have none. `unexplained` is what was settled while this was counted. */
export interface ExplainedFigure {
  currency: string | null;
  here: string;
  there: string;
  difference: string;
  parts: ExplainedPart[];
  unexplained: string;
}

export interface Explanation {
  metric: AskedMetric;
  from: string;
  to: string;
  figures: ExplainedFigure[];
}

export interface AskedDifference {
  env: Env;
  caller: Caller;
  metric: AskedMetric;
  /** The report's, of which groups and metrics are passed over. */
  query: ReportQuery;
  nowMs: number;
}

/** What rows of a currency come to, as far as who asks sees it. */
export type CurrencySums = {
  currency: string;
  conversions: number;
  amount: string;
  revenue?: string;
  payout?: string;
}[];

export function moneyOf({ amount, revenue = "0", payout = "0" }: CurrencySums[number], metric: AskedMetric): string {
  if (metric === "margin") return addDecimals([revenue, negative(payout)]);
  return metric === "amount" ? amount : metric === "revenue" ? revenue : payout;
}

/** The report's figure, by currency. */
export async function figureOf(
  { env, caller, metric, query, nowMs }: AskedDifference,
  otherwise: Partial<ReportQuery>,
  metrics: readonly string[] = [metric],
): Promise<Result<{ report: Report; row: Map<string, string> }, Problem>> {
  const { group_by: _, currency: __, format: ___, ...rest } = query;
  const made = await runReport(env, caller, { ...rest, ...otherwise, metrics: [...metrics] }, nowMs);
  if (!made.ok) return made;
  const absent = made.value.absent[0];
  if (absent !== undefined) return refuse(wrong("metric", absent.because));
  return accept({ report: made.value, row: rowOf(made.value.totals, metric, metrics) });
}

function rowOf(totals: readonly ReportRow[], metric: AskedMetric, metrics: readonly string[]): Map<string, string> {
  const isMoney = metric !== "conversions" && metric !== "clicks";
  const row = new Map<string, string>();
  for (const total of totals) {
    const key = isMoney ? String(total.currency ?? "") : "";
    const values = metrics.map((name) => String(total[name] ?? 0));
    row.set(key, addDecimals([row.get(key) ?? "0", ...values]));
  }
  return row;
}

export function added(currency: string | null, here: string, there: string, parts: ExplainedPart[]): ExplainedFigure {
  const difference = addDecimals([there, negative(here)]);
  const unexplained = addDecimals([difference, ...parts.map(({ figure }) => negative(figure))]);
  const written = currency === null ? whole : (text: string) => text;
  return {
    currency,
    here: written(addDecimals([here])),
    there: written(addDecimals([there])),
    difference: written(difference),
    parts: parts.map((part) => ({ ...part, figure: written(addDecimals([part.figure])) })),
    unexplained: written(unexplained),
  };
}

/** Of counts no decimals. */
export function whole(text: string): string {
  return text.replace(/\.0+$/, "");
}

export function currenciesIn(isMoney: boolean, rows: readonly ReadonlyMap<string, string>[]): (string | null)[] {
  if (!isMoney) return [null];
  return [...new Set(rows.flatMap((row) => [...row.keys()]))].filter((one) => one !== "").sort();
}

/** The report's filters as the list has them. */
export function listFilters(query: ReportQuery): Record<string, string> {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const given = query[name];
      return given === undefined ? [] : [listed(name, given)];
    }),
  );
}

/** Where a day begins in this zone; null for what is no day. */
export function dayIn(text: string | undefined, zone: string): number | null {
  return text !== undefined && DAY.test(text) ? startOfDay(zone, Date.parse(text)) : null;
}

export function negative(decimal: string): string {
  return formatMicros(-readMicros(decimal));
}

export function wrong(parameter: string, detail: string): Problem {
  return invalidQuery([{ parameter, detail }]);
}

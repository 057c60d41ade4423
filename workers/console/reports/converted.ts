/**
 * A report's money in one currency, beside what is exact: by the rates of the last day of its range, or of today. They serve the eye and add up to a total over all
 * currencies; what is owed and paid is what stands in each currency itself.
 */
import { isAverage } from "../../core/metrics/definitions.ts";
import { formatMicros, readMicros } from "../../core/money.ts";
import { convertSum } from "../../core/rates/convert-sum.ts";
import { BASE_CURRENCY, crossRate, type DayRate, MAX_RATE_AGE_DAYS, utcDay } from "../../core/rates/rate.ts";
import { accept, type Result } from "../../core/result.ts";
import type { Caller } from "../web/caller.ts";
import type { Problem } from "../web/problem.ts";
import type { ReportEnv } from "./counted-groups.ts";
import type { ReportQuery } from "./plan.ts";
import { type Report, type ReportColumn, type ReportRow, runReport } from "./report.ts";

export interface ConvertedReport {
  currency: string;
  /** The day whose rates are meant. */
  day: string;
  /** What one unit of each currency of the report is in it, and the day of that rate. */
  rates: { currency: string; rate: string; day: string }[];
  /** Currencies of which no rate is known: they are in no sum here. */
  unknown: string[];
  /** Over all currencies, by the names of the converted columns: null where a rate is not known, and of what does not add up. */
  total: ReportRow;
}

/** A report, with its money in one currency besides where that was asked for. */
export interface AnsweredReport extends Report {
  converted: ConvertedReport | null;
}

/** Runs a report, and converts it where its query names a currency. */
export async function answerReport(
  env: ReportEnv,
  caller: Caller,
  query: ReportQuery,
  nowMs: number,
): Promise<Result<AnsweredReport, Problem>> {
  const report = await runReport(env, caller, query, nowMs);
  if (!report.ok) return report;
  const { currency } = query;
  return accept(
    currency === undefined
      ? { ...report.value, converted: null }
      : await withConverted(env.DB, report.value, currency, nowMs),
  );
}

/** The newest rates on a day, or few days before, of these currencies (a JSON list). */
const NEWEST = `SELECT currency, max(day) AS day, per_euro AS perEuro FROM rates
  WHERE currency IN (SELECT value FROM json_each(?1)) AND day BETWEEN date(?2, '-${MAX_RATE_AGE_DAYS} days') AND ?2 GROUP BY currency`;

/** The report with columns in `currency` beside those of money, each marked with the currency that it is converted to. */
async function withConverted(db: D1Database, report: Report, currency: string, nowMs: number): Promise<AnsweredReport> {
  const day = utcDay(Math.min(Date.parse(report.to) - 1, nowMs));
  const own = [...new Set([...report.totals, ...report.rows].map((row) => row.currency))].filter(isText).sort();
  const asked = JSON.stringify([...own, currency].filter((one) => one !== BASE_CURRENCY));
  const { results: rates } = await db.prepare(NEWEST).bind(asked, day).all<DayRate>();
  const known = own.map((one) => ({ currency: one, found: rateInto(one, currency, rates, day) }));
  const unknown = known.flatMap((one) => (one.found ? [] : [one.currency]));
  const columns = report.columns.flatMap((column) =>
    column.unit === "money" ? [column, convertedColumn(column, currency)] : [column],
  );
  const convert = (row: ReportRow): ReportRow => ({
    ...row,
    ...convertedCells(report.columns, row, { currency, rates, day }),
  });
  const totals = report.totals.map(convert);
  return {
    ...report,
    columns,
    rows: report.rows.map(convert),
    totals,
    converted: {
      currency,
      day,
      rates: known.flatMap((one) => (one.found ? [{ currency: one.currency, ...one.found }] : [])),
      unknown,
      total: totalOf(columns, unknown.length > 0 ? [] : totals),
    },
  };
}

function rateInto(from: string, to: string, rates: readonly DayRate[], day: string) {
  return from === to ? { rate: "1", day } : crossRate(from, to, rates);
}

function convertedColumn({ name, label, unit }: ReportColumn, currency: string): ReportColumn {
  const converted_to = currency;
  return { name: convertedName(name, currency), label: `${label}, in ${currency}`, unit, converted_to };
}

/** `revenue_converted_usd`. */
export function convertedName(name: string, currency: string): string {
  return `${name}_converted_${currency.toLowerCase()}`;
}

function convertedCells(
  columns: readonly ReportColumn[],
  row: ReportRow,
  { currency, rates, day }: { currency: string; rates: readonly DayRate[]; day: string },
): ReportRow {
  const cells = columns
    .filter(({ unit }) => unit === "money")
    .map(({ name }) => {
      const value = row[name] ?? null;
      if (typeof value !== "string" || !isText(row.currency)) return [convertedName(name, currency), null];
      const sum = convertSum({ micros: readMicros(value), currency: row.currency }, currency, { rates, day });
      return [convertedName(name, currency), sum && formatMicros(sum.convertedMicros)];
    });
  return Object.fromEntries(cells);
}

/** Money per piece adds up to nothing. */
function totalOf(columns: readonly ReportColumn[], totals: readonly ReportRow[]): ReportRow {
  const cells = columns
    .filter((column) => column.converted_to !== undefined)
    .map(({ name }) => {
      const values = totals.map((row) => row[name] ?? null).filter(isText);
      const adds = values.length > 0 && !isAverage(name.replace(/_converted_[a-z]{3}$/, ""));
      return [name, adds ? formatMicros(values.reduce((sum, value) => sum + readMicros(value), 0n)) : null];
    });
  return Object.fromEntries(cells);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

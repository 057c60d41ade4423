/** A report beside the same one of another period: what each figure was then, the difference, and whether that is good. */

import { isDay } from "../../core/instant.ts";
import { formatMicros, readMicros } from "../../core/money.ts";
import type { Result } from "../../core/result.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { movementOf } from "../overview/movements.ts";
import { figureText, moneyText } from "../shell/figures.ts";
import { dayAfter } from "../shell/usual-ranges.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import type { AskedReport } from "./page-address.ts";
import { type ReportQuery, reportParameters } from "./plan.ts";
import type { ReportColumn, ReportRow } from "./report.ts";

/** With what a report can be compared. */
export const COMPARISONS = [
  { value: "previous", label: "the period before" },
  { value: "year", label: "the same a year before" },
  { value: "chosen", label: "the one that begins on" },
] as const;

/** The parameter that says with what, and the one that says from which day where that was chosen. */
export const COMPARED = { with: "compare", from: "compare_from" } as const;

/** Days, both inclusive. */
export interface DaySpan {
  from: string;
  until: string;
}

/** The period that these days are compared with, as the address asks for it; null where it asks for none. A year before 29 February is the 28th. */
export function comparedPeriod(query: URLSearchParams, { from, until }: DaySpan): DaySpan | null {
  const days = Math.round((Date.parse(until) - Date.parse(from)) / DAY_MS);
  switch (query.get(COMPARED.with)) {
    case "previous":
      return { from: dayAfter(from, -days - 1), until: dayAfter(from, -1) };
    case "year":
      return { from: yearBefore(from), until: yearBefore(until) };
    case "chosen": {
      const chosen = query.get(COMPARED.from) ?? "";
      return isDay(chosen) ? { from: chosen, until: dayAfter(chosen, days) } : null;
    }
    default:
      return null;
  }
}

function yearBefore(day: string): string {
  const year = Number(day.slice(0, 4)) - 1;
  const same = `${year}${day.slice(4)}`;
  return isDay(same) ? same : `${year}-02-28`;
}

/** The query of the same report over that period, in booked money alone. */
export function comparedQuery({ parameters }: AskedReport, { from, until }: DaySpan): Result<ReportQuery, Problem> {
  const query = new URLSearchParams(parameters);
  query.set("from", from);
  query.set("to", dayAfter(until, 1));
  query.delete("currency");
  return readQuery(reportParameters, query);
}

/** What a group was before; rows that were only there then follow, as rows without anything now. */
export interface ComparedRow {
  now: ReportRow | null;
  before: ReportRow | null;
}

/** The rows of two reports by the same groups, those of now in their order. */
export function pairRows(columns: readonly ReportColumn[], now: readonly ReportRow[], before: readonly ReportRow[]) {
  const groups = columns.filter(({ unit }) => unit === "dimension");
  const keyOf = (row: ReportRow) => JSON.stringify(groups.map(({ name }) => row[name] ?? null));
  const left = new Map(before.map((row) => [keyOf(row), row]));
  const pairs = now.map((row): ComparedRow => {
    const was = left.get(keyOf(row)) ?? null;
    left.delete(keyOf(row));
    return { now: row, before: was };
  });
  return [...pairs, ...[...left.values()].map((row): ComparedRow => ({ now: null, before: row }))];
}

interface DifferenceProps {
  column: ReportColumn;
  pair: ComparedRow;
  /** The rows behind what it was. */
  rows: string | null;
}

/** Below a figure: what it was, how much that is more or less, and in percent. */
export function Difference({ column, pair, rows }: DifferenceProps) {
  const { name, unit } = column;
  if (unit === "dimension" || unit === "counts" || column.converted_to !== undefined) return null;
  const currency = currencyOf(pair.now) ?? currencyOf(pair.before);
  // What was counted in no group is none.
  const [now, before] = [figureIn(pair.now, column), figureIn(pair.before, column)];
  if (before === null) return <span class="compared">none before</span>;
  const was = figureText({ value: before, currency }, { name, unit });
  const moved =
    now === null
      ? null
      : movementOf({ value: now, currency }, { value: before, currency }, { name, unit, label: name });
  return (
    <>
      <span class="compared">from {rows === null ? was : <a href={rows}>{was}</a>}</span>
      {now === null ? null : (
        <span class="compared">
          {differenceOf(now, before, column, currency)}{" "}
          {moved === null ? null : (
            <span class="moved" data-tone={moved.tone}>
              {moved.text}
            </span>
          )}
        </span>
      )}
    </>
  );
}

function currencyOf(row: ReportRow | null): string | null {
  return typeof row?.currency === "string" ? row.currency : null;
}

/** A sum over nothing is nought; a quotient is none. */
function figureIn(row: ReportRow | null, { name, unit }: ReportColumn): string | number | null {
  if (row === null) return unit === "count" ? 0 : null;
  const value = row[name] ?? null;
  return typeof value === "object" ? null : value;
}

/** `+120`, `-3.50`: of what adds up; of shares their movement says it. */
function differenceOf(
  now: string | number,
  before: string | number,
  { unit }: ReportColumn,
  currency: string | null,
): string {
  if (unit === "money") {
    const difference = readMicros(String(now)) - readMicros(String(before));
    return signed(moneyText(formatMicros(difference), currency), difference > 0n);
  }
  if (unit !== "count") return "";
  const difference = Number(now) - Number(before);
  return signed(difference.toLocaleString("en-US"), difference > 0);
}

function signed(text: string, isMore: boolean): string {
  return isMore ? `+${text}` : text;
}

/** Figures out of reports: what a metric comes to over all rows, and how it moved. */
import { isWorseWhenMore, type Unit } from "../../core/metrics/definitions.ts";
import type { Report, ReportRow } from "../reports/report.ts";
import { type Figure, groupedDecimal } from "../shell/figures.ts";

export interface MetricOf {
  name: string;
  label: string;
  unit: Unit;
}

/** More currencies than these are read in the reports. */
export const MOST_CURRENCIES = 3;

/** The currencies of a report's totals: those with the most conversions first, in every tile and chart alike. */
export function currenciesOf(totals: readonly ReportRow[]): string[] {
  return totals
    .flatMap(({ currency, conversions }) => (typeof currency === "string" ? [{ currency, conversions }] : []))
    .sort(
      (left, right) =>
        Number(right.conversions ?? 0) - Number(left.conversions ?? 0) ||
        left.currency.localeCompare(right.currency, "en"),
    )
    .map(({ currency }) => currency);
}

/** The metrics that a report has, in its order; what is converted is told beside them. */
export function metricsIn({ columns }: Report): MetricOf[] {
  return columns.flatMap(({ name, label, unit, converted_to }) =>
    unit === "dimension" || converted_to !== undefined ? [] : [{ name, label, unit }],
  );
}

/**
 * A metric's figures over the whole report: money for each currency, in the order of `currenciesOf`; counts added up, since they have no currency; a conversion
 * rate out of such counts; of other shares one for each row that has one, which of postbacks is one.
 */
export function figuresOf(rows: readonly ReportRow[], { name, unit }: MetricOf): Figure[] {
  const found = rows.flatMap((row): Figure[] => {
    const value = row[name] ?? null;
    if (typeof value !== "number" && typeof value !== "string") return [];
    return [{ value, currency: typeof row.currency === "string" ? row.currency : null }];
  });
  // What has no currency, such as postbacks of offers in several, has no money either.
  if (unit === "money") {
    const order = currenciesOf(rows);
    const place = ({ currency }: Figure) => order.indexOf(currency ?? "");
    return found.filter(({ currency }) => currency !== null).sort((left, right) => place(left) - place(right));
  }
  if (name === "conversion_rate" && found.length > 1) return rateOf(rows);
  if (unit !== "count") return found.length === 1 ? found.map(({ value }) => ({ value, currency: null })) : found;
  return [{ value: found.reduce((sum, { value }) => sum + Number(value), 0), currency: null }];
}

/** Conversions per click whatever the currency; nothing where the report does not count both. */
function rateOf(rows: readonly ReportRow[]): Figure[] {
  const total = (name: string) => rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
  const clicks = total("clicks");
  return clicks > 0 ? [{ value: total("conversions") / clicks, currency: null }] : [];
}

export interface Movement {
  text: string;
  tone: "good" | "bad" | "quiet";
}

/** How a movement reads that is none. */
export const AS_BEFORE = "as before";

/** Less than this is no news. */
const NEWS_SHARE = 0.05;

/** How a figure moved from `before`; null where there was nothing to move from. */
export function movementOf(now: Figure, before: Figure | undefined, { name, unit }: MetricOf): Movement | null {
  if (before === undefined) return null;
  const [value, was] = [Number(now.value), Number(before.value)];
  const isShare = unit === "share";
  const change = isShare ? value - was : was === 0 ? Number.NaN : value / was - 1;
  if (Number.isNaN(change)) return null;
  const size = Math.abs(change * 100);
  const text =
    size < 0.05
      ? AS_BEFORE
      : `${change > 0 ? "▲" : "▼"}\u00a0${groupedDecimal(size.toFixed(size < 10 ? 1 : 0))}\u00a0${isShare ? "pts" : "%"}`;
  const isNews = Math.abs(change) >= (isShare ? NEWS_SHARE / 5 : NEWS_SHARE);
  const isGood = change > 0 !== isWorseWhenMore(name);
  return { text, tone: !isNews ? "quiet" : isGood ? "good" : "bad" };
}

/** The value of a metric, from the measures of a row. */
import { formatMicros } from "../money.ts";
import type { Metric } from "./definitions.ts";
import { EDGES_S, type Latency, percentileS } from "./latency.ts";
import type { Measure } from "./measures.ts";

/** What was added up for a row: measures, conversions by bucket of a latency, and postbacks by reason. Absent is zero. */
export type Additive = Measure | `${Latency} bucket ${number}` | `reason ${string}`;
export type Measures = Map<Additive, bigint>;

/** Money as decimal text, shares and ratios rounded to six decimals; null where there is nothing to divide by. */
export type MetricValue = number | string | Record<string, number> | null;

const SHARE_DIGITS = 1_000_000n;
const REASON = "reason ";

export function add(measures: Measures, name: Additive, value: bigint): void {
  if (value !== 0n) measures.set(name, (measures.get(name) ?? 0n) + value);
}

export function metricValue({ calculation, unit }: Metric, measures: Measures): MetricValue {
  const sum = ({ plus, minus = [] }: { plus: readonly Measure[]; minus?: readonly Measure[] }): bigint => {
    const gained = plus.reduce((total, name) => total + (measures.get(name) ?? 0n), 0n);
    return minus.reduce((total, name) => total - (measures.get(name) ?? 0n), gained);
  };
  switch (calculation.kind) {
    case "sum":
      return unit === "money" ? formatMicros(sum(calculation.of)) : Number(sum(calculation.of));
    case "quotient":
      return divided(sum(calculation.numerator), sum(calculation.denominator), unit === "money");
    case "percentile":
      return percentileS(histogram(measures, calculation.of), calculation.hundredths);
    case "reasons":
      return reasons(measures);
  }
}

/** Money per piece in whole micros; other quotients to six decimals; rounded half away from zero. */
export function divided(numerator: bigint, denominator: bigint, isMoney: boolean): number | string | null {
  if (denominator <= 0n) return null;
  const scaled = isMoney ? numerator : numerator * SHARE_DIGITS;
  const magnitude = scaled < 0n ? -scaled : scaled;
  const rounded = (2n * magnitude + denominator) / (2n * denominator);
  const signed = scaled < 0n ? -rounded : rounded;
  return isMoney ? formatMicros(signed) : Number(signed) / Number(SHARE_DIGITS);
}

function histogram(measures: Measures, latency: Latency): bigint[] {
  return Array.from({ length: EDGES_S.length + 1 }, (_, bucket) => measures.get(`${latency} bucket ${bucket}`) ?? 0n);
}

function reasons(measures: Measures): Record<string, number> {
  const found = [...measures].filter(([name, count]) => name.startsWith(REASON) && count !== 0n);
  return Object.fromEntries(found.sort().map(([name, count]) => [name.slice(REASON.length), Number(count)]));
}

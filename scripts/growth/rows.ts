/** The rows of `npm run growth`: what a large system costs, divided by what a small one costs. */

import { bold, type ResultRow, resultRow, tableOf } from "../bench/results.ts";
import type { Ratio } from "../bench/rounds.ts";
import { type Comparison, digits, goalOf, holds } from "../bench/rows.ts";

/** One that was measured. */
export interface GrowthRow {
  name: string;
  comparison: Comparison;
  ratio: Ratio;
}

export function resultOf({ name, comparison, ratio }: GrowthRow): ResultRow {
  return resultRow(name, comparison, ratio);
}

/** A Markdown table: ratios first, absolute figures behind them. */
export function growthTable(rows: readonly GrowthRow[]): string {
  const head = ["what", "compared with", "ratio", "range", "must hold", "large", "small"];
  const lines = rows.map(({ comparison, ratio }) => [
    comparison.what,
    comparison.reference,
    bold(digits(ratio.ratio), !holds(comparison, ratio)),
    `${digits(ratio.min)}–${digits(ratio.max)}`,
    `${goalOf(comparison)}${comparison.aim === undefined ? "" : `, aim ${comparison.aim}`}`,
    `${digits(ratio.ours)} ${comparison.unit}`,
    digits(ratio.reference),
  ]);
  return tableOf(head, lines);
}

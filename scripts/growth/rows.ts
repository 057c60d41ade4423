/** The rows of `npm run growth`: what a large system costs, divided by what a small one costs. */

import type { ResultRow } from "../bench/results.ts";
import type { Ratio } from "../bench/rounds.ts";
import { type Comparison, digits, goalOf, holds } from "../bench/rows.ts";

/** One that was measured. */
export interface GrowthRow {
  name: string;
  comparison: Comparison;
  ratio: Ratio;
}

export function resultOf({ name, comparison, ratio }: GrowthRow): ResultRow {
  return {
    name,
    reference: comparison.reference,
    ratio: rounded(ratio.ratio),
    min: rounded(ratio.min),
    max: rounded(ratio.max),
    goal: goalOf(comparison),
    holds: holds(comparison, ratio),
  };
}

/** A Markdown table: ratios first, absolute figures behind them. */
export function growthTable(rows: readonly GrowthRow[]): string {
  const head = ["what", "compared with", "ratio", "range", "must hold", "large", "small"];
  const lines = rows.map(({ comparison, ratio }) => [
    comparison.what,
    comparison.reference,
    holds(comparison, ratio) ? digits(ratio.ratio) : `**${digits(ratio.ratio)}**`,
    `${digits(ratio.min)}–${digits(ratio.max)}`,
    `${goalOf(comparison)}${comparison.aim === undefined ? "" : `, aim ${comparison.aim}`}`,
    `${digits(ratio.ours)} ${comparison.unit}`,
    digits(ratio.reference),
  ]);
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Puts `text` between the marks of that name in `document`. Throws when it has no such marks. */
export function insertBetween(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document has no ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

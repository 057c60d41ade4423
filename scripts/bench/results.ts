/** What a run found, as it is kept and shown: results.json, a Markdown table, and the table between two marks of a document. */

import type { Ratio } from "./rounds.ts";
import { COMPARISONS, type Comparison, digits, goalOf, holds, isRowName, type Measured } from "./rows.ts";

/** `bench/results.json`. */
export interface Results {
  /** The day, in UTC. */
  date: string;
  machine: string;
  rounds: number;
  rows: ResultRow[];
}

export interface ResultRow {
  name: string;
  reference: string;
  /** Median of the rounds, with the least and the greatest. */
  ratio: number;
  min: number;
  max: number;
  goal: string;
  /** True also where nothing must hold. */
  holds: boolean;
}

const DECIMALS = 1_000;

/** The rows that were measured, in the benchmark's order. */
export function resultRows(measured: Measured): ResultRow[] {
  return inOrder(measured).map(([name, comparison, ratio]) => resultRow(name, comparison, ratio));
}

export function resultRow(name: string, comparison: Comparison, ratio: Ratio): ResultRow {
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
export function markdownTable(measured: Measured): string {
  const head = ["what", "compared with", "ratio", "range", "must hold", "aim", "ours", "the other"];
  const lines = inOrder(measured).map(([, comparison, ratio]) => [
    comparison.what,
    comparison.reference,
    `${bold(digits(ratio.ratio), !holds(comparison, ratio))}`,
    `${digits(ratio.min)}–${digits(ratio.max)}`,
    goalOf(comparison),
    comparison.aim === undefined ? "" : digits(comparison.aim),
    `${digits(ratio.ours)} ${comparison.unit}`,
    `${digits(ratio.reference)}`,
  ]);
  return tableOf(head, lines);
}

/** Lines of cells as a Markdown table. */
export function tableOf(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Puts `text` between the marks `name` of `document`, in place of what stands there. Throws when it has no such marks, or not in this order. */
export function insertBetween(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document has no ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

function inOrder(measured: Measured): [name: string, comparison: Comparison, ratio: Ratio][] {
  return Object.entries(COMPARISONS).flatMap(([name, comparison]): [string, Comparison, Ratio][] => {
    const ratio = isRowName(name) ? measured[name] : undefined;
    return ratio ? [[name, comparison, ratio]] : [];
  });
}

function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}

/** What does not hold is told apart. */
export function bold(text: string, apart: boolean): string {
  return apart ? `**${text}**` : text;
}

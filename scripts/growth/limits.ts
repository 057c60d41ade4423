/** Rows of `npm run growth` with a limit of their own: milliseconds that something takes here, however large the system is. */
import { bold, tableOf } from "../bench/results.ts";
import { median } from "../bench/rounds.ts";
import { digits } from "../bench/rows.ts";

export interface LimitRow {
  name: string;
  what: string;
  /** Of each round; where something is measured cold there is one. */
  ms: readonly number[];
  /** What the median must not exceed; absent where it is only shown. */
  atMostMs?: number;
}

/** A row as it is kept. */
export interface LimitResult {
  name: string;
  ms: number;
  min: number;
  max: number;
  goal: string;
  /** True also where nothing must hold. */
  holds: boolean;
}

const DECIMALS = 1_000;

export function limitResult({ name, ms, atMostMs }: LimitRow): LimitResult {
  const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS;
  const middle = median(ms);
  return {
    name,
    ms: rounded(middle),
    min: rounded(Math.min(...ms)),
    max: rounded(Math.max(...ms)),
    goal: atMostMs === undefined ? "shown" : `≤ ${atMostMs.toLocaleString("en-US")} ms`,
    holds: middle <= (atMostMs ?? middle),
  };
}

/** A Markdown table. */
export function limitTable(rows: readonly LimitRow[]): string {
  const lines = rows.map((row) => {
    const { ms, min, max, goal, holds } = limitResult(row);
    const range = row.ms.length > 1 ? `${digits(min)}–${digits(max)}` : "once";
    return [row.what, bold(`${digits(ms)} ms`, !holds), range, goal];
  });
  return tableOf(["what", "median", "range", "must hold"], lines);
}

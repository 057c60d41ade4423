/** Totals of a list as it is filtered: how many rows, and their money by currency; of the newest rows alone where there are more than anybody waits for. */
import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { formatMicros } from "../../core/money.ts";

/** So many rows are counted and added up. */
export const MOST_COUNTED = 10_000;

/** What an answer says of whether all were counted. */
export const COUNTED_WHOLLY = {
  /** False where there may be more: then only the newest were counted and added up. */
  complete: v.boolean(),
};

/** A statement that reads rows, the newest first, `MOST_COUNTED` at most, which are added up. */
export interface Summed {
  sql: string;
  values: readonly Cell[];
  /** So many rows it reads at most, where that is not `MOST_COUNTED`. */
  most?: number;
  /** What sums stand apart by. */
  by: readonly string[];
  /** What is added up, by name: whole units, and micros beside them. */
  money: Readonly<Record<string, { units: string; rest: string }>>;
}

/** A column of micros, as sums are made of it. */
export function microsColumn(name: string): { units: string; rest: string } {
  return { units: `${name} / 1000000`, rest: `${name} % 1000000` };
}

/** A row of sums: how many rows are in it, and each sum as decimal text. */
export interface SumsOf {
  count: number;
  by: Record<string, string>;
  money: Record<string, string>;
}

/** Adds up what a statement reads, in one answer; `complete` is false where it read as many as it may. */
export async function sumsOf(
  database: D1Database | D1DatabaseSession,
  { sql, values, by, money, most = MOST_COUNTED }: Summed,
): Promise<{ count: number; complete: boolean; sums: SumsOf[] }> {
  // Sums cross SQL as whole units and the rest, since neither is too large for a number.
  const sums = Object.entries(money).map(
    ([name, { units, rest }]) => `sum(${units}) AS ${name}_units, sum(${rest}) AS ${name}_rest`,
  );
  const whole = [...by, "count(*) AS counted", ...sums].join(", ");
  const group = by.length === 0 ? "" : ` GROUP BY ${by.join(", ")} ORDER BY ${by.join(", ")}`;
  const { results } = await database
    .prepare(`SELECT ${whole} FROM (${sql})${group}`)
    .bind(...values)
    .all<Record<string, string | number | null>>();
  const read = results.reduce((total, row) => total + Number(row.counted), 0);
  return {
    count: read,
    complete: read < most,
    sums: results.map((row) => ({
      count: Number(row.counted),
      by: Object.fromEntries(by.map((name) => [name, String(row[name] ?? "")])),
      money: Object.fromEntries(
        Object.keys(money).map((name) => [
          name,
          formatMicros(BigInt(row[`${name}_units`] ?? 0) * 1_000_000n + BigInt(row[`${name}_rest`] ?? 0)),
        ]),
      ),
    })),
  };
}

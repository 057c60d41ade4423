/** Totals of a list as it is filtered: how many rows, and their money by currency; of the newest rows alone where there are more to look at than anybody waits for. */
import * as v from "valibot";
import { formatMicros, joinMicros } from "../../core/money.ts";
import { type NewestRows, selectNewest } from "./looked-at.ts";
import type { SqlCondition } from "./sql-condition.ts";

/** What an answer says of whether all were counted. */
export const COUNTED_WHOLLY = {
  /** False where only the newest rows were looked at, and there may be more that fit. */
  complete: v.boolean(),
};

/** Rows that are looked at, of which those are added up that all conditions fit. */
export interface Summed {
  rows: NewestRows;
  /** What conditions and sums read besides. */
  joins?: string;
  conditions: readonly SqlCondition[];
  /** What sums stand apart by, by name. */
  by: Readonly<Record<string, string>>;
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

/** Adds up the rows that fit, in one answer; `complete` is false where as many were looked at as may be. */
export async function sumsOf(
  database: D1Database | D1DatabaseSession,
  { rows, joins = "", conditions, by, money }: Summed,
): Promise<{ count: number; complete: boolean; sums: SumsOf[] }> {
  const names = Object.keys(by);
  const fits = conditions.map(({ sql }) => `(${sql})`).join(" AND ") || "1";
  const parts = Object.entries(money).flatMap(([name, { units, rest }]) => [
    { name: `${name}_units`, sql: units },
    // Sums cross SQL as whole units and the rest, since neither is too large for a number.
    { name: `${name}_rest`, sql: rest },
  ]);
  const cells = [...Object.entries(by).map(([name, sql]) => ({ name, sql })), ...parts, { name: "fits", sql: fits }];
  const select = cells.map(({ name, sql }) => `${sql} AS ${name}`).join(", ");
  const sums = parts.map(({ name }) => `sum(iif(fits, ${name}, 0)) AS ${name}`);
  const whole = [...names, "count(*) AS looked_at", "sum(iif(fits, 1, 0)) AS counted", ...sums].join(", ");
  const group = names.length === 0 ? "" : ` GROUP BY ${names.join(", ")} ORDER BY ${names.join(", ")}`;
  const asked = conditions.flatMap(({ values }) => values);
  const read = selectNewest(rows, select, asked, joins);
  const { results } = await database
    .prepare(`SELECT ${whole} FROM (${read.sql})${group}`)
    .bind(...read.values)
    .all<Record<string, string | number | null>>();
  const seen = results.reduce((total, row) => total + Number(row.looked_at), 0);
  const fitting = results.filter(({ counted }) => Number(counted) > 0);
  const count = fitting.reduce((total, row) => total + Number(row.counted), 0);
  return {
    count,
    complete: seen < rows.most,
    sums: fitting.map((row) => ({
      count: Number(row.counted),
      by: Object.fromEntries(names.map((name) => [name, String(row[name] ?? "")])),
      money: Object.fromEntries(
        Object.keys(money).map((name) => [
          name,
          formatMicros(joinMicros(row[`${name}_units`] ?? 0, row[`${name}_rest`] ?? 0)),
        ]),
      ),
    })),
  };
}

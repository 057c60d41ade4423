/** The queries of a report: each reads one relation and gives, for every group, what can be added up. */
import type { Additive } from "../../core/metrics/value.ts";
import type { Cell } from "../exports/column.ts";
import type { Env } from "../index.ts";
import { dimensionSql } from "./dimensions.ts";
import type { Condition, ReportPlan } from "./query.ts";
import type { Relation } from "./relations.ts";

/** More groups than this are no report any more: an export is. */
export const MAX_GROUPS = 20_000;
/** Histograms and reasons have several rows for each group. */
const MAX_FACT_ROWS = 200_000;

/** A group: the values of the dimensions, a key that tells its currency, and what was counted in it. */
export interface FactRow {
  values: Cell[];
  currency: string;
  measures: [Additive, bigint][];
}

/** What is read of a relation: the expression that tells a group's currency, and sums by the measure that they are. */
interface Question {
  relation: Relation;
  /** A column of the relation, or a text in quotes. */
  currency: string;
  sums: Partial<Record<Additive, string>>;
  /** True where something was counted in a group; without it every group has something. */
  counted?: string;
}

type Row = Record<string, Cell>;

/** Sums of the relation's rows for every group. */
export async function sumsBy(env: Databases, plan: ReportPlan, question: Question): Promise<FactRow[]> {
  const sums = Object.entries(question.sums);
  const columns = sums.map(([, sql], index) => `CAST(${sql} AS TEXT) AS s${index}`);
  const rows = await group(env, plan, question, [], columns, MAX_GROUPS + 1);
  const names = Object.keys(question.sums).filter((name): name is Additive => name in question.sums);
  return rows.map((row) => ({
    ...placeOf(plan, row),
    measures: names.map((name, index) => [name, BigInt(row[`s${index}`] ?? 0)]),
  }));
}

/** Counts of the relation's rows for every group and value of `by`, each under the name that `nameOf` gives that value; null: not told. */
export async function countsBy(
  env: Databases,
  plan: ReportPlan,
  question: Omit<Question, "sums"> & { by: string; count: string },
  nameOf: (value: Cell) => Additive | null,
): Promise<FactRow[]> {
  const rows = await group(env, plan, question, [question.by], [`CAST(${question.count} AS TEXT) AS s`], MAX_FACT_ROWS);
  return rows.flatMap((row) => {
    const name = nameOf(row.g0 ?? null);
    return name === null ? [] : [{ ...placeOf(plan, row), measures: [[name, BigInt(row.s ?? 0)]] }];
  });
}

export type Databases = Pick<Env, "DB" | "CLICKS">;

async function group(
  env: Databases,
  plan: ReportPlan,
  { relation, currency, counted }: Omit<Question, "sums">,
  by: readonly string[],
  columns: readonly string[],
  limit: number,
): Promise<Row[]> {
  const keys = [
    ...plan.dimensions.map((name, index) => `${dimensionSql(name, relation.columns, plan.spans)} AS d${index}`),
    `${currency} AS currency_of`,
    ...by.map((sql, index) => `${sql} AS g${index}`),
  ];
  const conditions = plan.conditions.filter(({ column }) => relation.columns.has(column));
  const sql = `SELECT ${[...keys, ...columns].join(", ")} FROM (${relation.sql}) ${whereOf(conditions)}
    GROUP BY ${keys.map((_, index) => index + 1).join(", ")} ${counted === undefined ? "" : `HAVING ${counted}`} LIMIT ${limit}`;
  const statement = env[relation.database].prepare(sql);
  const { results } = await statement.bind(...relation.values, ...conditions.map(({ value }) => value)).all<Row>();
  return results;
}

function whereOf(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.map(({ column }) => `${column} = ?`).join(" AND ")}`;
}

function placeOf(plan: ReportPlan, row: Row): { values: Cell[]; currency: string } {
  return {
    values: plan.dimensions.map((_, index) => row[`d${index}`] ?? ""),
    currency: String(row.currency_of ?? ""),
  };
}

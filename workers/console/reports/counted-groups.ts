/** The queries of a report: each reads one relation and gives, for every group, what can be added up. */
import type { Cell } from "../../../schema/columns.ts";
import { allPlaces, askParts, type QuartersQuestion } from "../../core/click-log/click-days.ts";
import type { CellQuestion, ClickCell } from "../../core/metrics/click-cells.ts";
import type { DeliveryCell, DeliveryQuestion } from "../../core/metrics/delivery-cells.ts";
import type { MeasureSum } from "../../core/metrics/measures.ts";
import { isTime, TIMES } from "../../core/metrics/time-dimensions.ts";
import type { Additive } from "../../core/metrics/value.ts";
import { type ClickLogEnv, dayObject, readDayPlan, type TimeSpan } from "../click-log/stretches.ts";
import type { Databases } from "../env.ts";
import type { ReportFilter, ReportPlan } from "./plan.ts";
import { has, type Relation, sqlOf } from "./relations.ts";

/** What reports are read from. */
export interface ReportEnv extends Databases, ClickLogEnv {
  CLICK_READERS: { getByName(name: string): CellReader };
  COURIER_CALLS: { countDeliveries(question: DeliveryQuestion): Promise<DeliveryCell[] | null> };
}

/** Who reads a share of the click log. */
export interface CellReader {
  count(question: CellQuestion, spans: TimeSpan[], nowMs: number): Promise<ClickCell[] | null>;
}

/** A question has a row for each group, or for each offer of a group: more than memory has place for are not added up. */
export const MAX_SUMS = 50_000;
/** Histograms and reasons have several rows for each group, and small ones. */
const MAX_COUNTS = 200_000;

/** A group: the values of the dimensions, a key that tells its currency, and what was counted in it; what is listed twice adds up. */
export interface CountedGroup {
  values: Cell[];
  currency: string;
  measures: [Additive, bigint][];
}

/** What is read of a relation: the expression that tells a group's currency, and sums by the measure that they are of. */
interface Question {
  relation: Relation;
  /** A column of the relation, or a text in quotes. */
  currency: string;
  sums: readonly MeasureSum[];
  /** True where something was counted in a group; without it every group has something. */
  counted?: string;
}

type Row = Record<string, Cell>;

/** Why nothing was found: there are more groups than can be added up, or so many clicks would have to be read one by one. */
export type TooMuch = "groups" | { clicks: number };

/** What a question found. */
export type Counted = CountedGroup[] | TooMuch;

/** What several questions found. */
export function together(found: readonly Counted[]): Counted {
  const groups: CountedGroup[] = [];
  for (const one of found) {
    if (!Array.isArray(one)) return one;
    groups.push(...one);
  }
  return groups;
}

/** Sums of the relation's rows for every group. */
export async function sumsBy(env: ReportEnv, plan: ReportPlan, question: Question): Promise<Counted> {
  const columns = question.sums.map(({ sql }, index) => `CAST(${sql} AS TEXT) AS s${index}`);
  const rows = await group(env, plan, question, [], columns, MAX_SUMS + 1);
  if (rows.length > MAX_SUMS) return "groups";
  return rows.map((row) => ({
    ...groupOf(plan, row),
    measures: question.sums.map(({ of, weight }, index) => [of, weight * BigInt(row[`s${index}`] ?? 0)]),
  }));
}

/** Counts of the relation's rows for every group and value of `by`, each under the name that `nameOf` gives that value; null: not told. */
export async function countsBy(
  env: ReportEnv,
  plan: ReportPlan,
  question: Omit<Question, "sums"> & { by: string; count: string },
  nameOf: (value: Cell) => Additive | null,
): Promise<Counted> {
  const columns = [`CAST(${question.count} AS TEXT) AS s`];
  const rows = await group(env, plan, question, [question.by], columns, MAX_COUNTS + 1);
  if (rows.length > MAX_COUNTS) return "groups";
  return rows.flatMap((row) => {
    const name = nameOf(row.g0 ?? null);
    return name === null ? [] : [{ ...groupOf(plan, row), measures: [[name, BigInt(row.s ?? 0)]] }];
  });
}

async function group(
  env: ReportEnv,
  plan: ReportPlan,
  question: Omit<Question, "sums">,
  by: readonly string[],
  columns: readonly string[],
  limit: number,
): Promise<Row[]> {
  const { database, besides = [] } = question.relation;
  const [asked, ...others] = [question.relation, ...besides].map((relation) =>
    groupQuery(plan, { ...question, relation }, by, columns, limit),
  );
  if (!asked) return [];
  if (typeof database === "number") return askDay(env, database, asked);
  const db = env[database];
  const answers = await db.batch<Row>([asked, ...others].map(({ sql, values }) => db.prepare(sql).bind(...values)));
  return answers.flatMap(({ results }) => results);
}

function groupQuery(
  plan: ReportPlan,
  { relation, currency, counted }: Omit<Question, "sums">,
  by: readonly string[],
  columns: readonly string[],
  limit: number,
): { sql: string; values: Cell[] } {
  const keys = [
    ...plan.dimensions.map((name, index) => `${dimensionSql(name, relation, plan.spans)} AS d${index}`),
    `${currency} AS currency_of`,
    ...by.map((sql, index) => `${sql} AS g${index}`),
  ];
  const conditions = plan.conditions.filter(({ column }) => has(relation, column));
  const [selected, where] = [[...keys, ...columns].join(", "), whereOf(conditions)];
  const isRead = (column: string): boolean =>
    new RegExp(`\\b${column}\\b`).test(`${selected} ${where} ${counted ?? ""}`);
  const sql = `SELECT ${selected} FROM (${sqlOf(relation, isRead)}) ${where}
    GROUP BY ${keys.map((_, index) => index + 1).join(", ")} ${counted === undefined ? "" : `HAVING ${counted}`} LIMIT ${limit}`;
  return { sql, values: [...relation.values, ...conditions.map(({ value }) => value)] };
}

/** What the objects of a day answer; what is listed twice adds up. */
export async function askDay(env: ReportEnv, day: number, question: QuartersQuestion): Promise<Row[]> {
  const plan = await readDayPlan(env);
  const answers = await Promise.all(
    allPlaces(plan.shards, day).map((place) =>
      askParts((part) => dayObject(env, plan, place, part).quarters(question)),
    ),
  );
  return answers.flat(2);
}

/** The expression for a dimension; '' where the relation cannot have it. */
function dimensionSql(dimension: string, relation: Relation, spans: ReportPlan["spans"]): string {
  if (isTime(dimension)) return TIMES[dimension].sql(spans);
  return has(relation, dimension) ? dimension : "''";
}

function whereOf(conditions: readonly ReportFilter[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.map(({ column }) => `${column} = ?`).join(" AND ")}`;
}

function groupOf(plan: ReportPlan, row: Row): { values: Cell[]; currency: string } {
  return {
    values: plan.dimensions.map((_, index) => row[`d${index}`] ?? ""),
    currency: String(row.currency_of ?? ""),
  };
}

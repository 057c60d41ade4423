/** What became of the customers that began in each month: counted by one statement over the conversions of the range, whose answer is a row a cohort and month. */
import type { Cell } from "../../../schema/columns.ts";
import { type CohortCounts, noCohortCounts } from "../../core/metrics/cohorts.ts";
import { joinMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { conversionsIn, selectRows } from "../reports/conversion-rows.ts";
import { KIND_OF_EVENT, SALE } from "../reports/relations.ts";
import { valuesInWords } from "../reports/values-in-words.ts";
import { invalidQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { COHORT_DIMENSIONS, type CohortPlan } from "./cohort-query.ts";

const MAX_ROWS = 20_000;

/** One month of a cohort, by its number in the plan. */
export interface CohortMonth {
  cohort: number;
  age: number;
  counts: CohortCounts;
}

/** A group's cohorts, the oldest first, each with its months. */
export interface CohortGroup {
  labels: (string | null)[];
  currency: string;
  months: CohortMonth[];
}

type Row = Record<string, Cell>;

/** The groups with the most customers first. Refuses more than can be told. */
export async function countCohorts({ DB }: Pick<Env, "DB">, plan: CohortPlan): Promise<Result<CohortGroup[], Problem>> {
  const { sql, values } = cohortSql(plan);
  const { results } = await DB.withSession("first-primary")
    .prepare(`${sql} LIMIT ${6 * MAX_ROWS + 1}`)
    .bind(...values)
    .all<Row>();
  const groups = groupsOf(plan, results);
  const told = groups.reduce((sum, { months }) => sum + months.length, 0);
  if (results.length > 6 * MAX_ROWS || told > MAX_ROWS)
    return refuse(
      invalidQuery([
        {
          parameter: "group_by",
          detail: `Cohorts have at most ${MAX_ROWS} rows: take fewer months, filter, or group by less.`,
        },
      ]),
    );
  const rows = groups.map(({ key }) => ({ values: key.slice(0, -1), currency: "", measures: [] }));
  const written = await valuesInWords(DB, { dimensions: plan.groups, spans: [] }, rows, plan.pseudonyms);
  const named = groups.map(({ key, months }) => ({
    labels: plan.groups.map((name, index) => written(name, key[index] ?? null)),
    currency: String(key.at(-1) ?? ""),
    months,
  }));
  return accept(named.sort((left, right) => begun(right) - begun(left) || compareLabels(left, right)));
}

/** Customers in all. */
function begun({ months }: CohortGroup): number {
  return months.reduce((sum, { age, counts }) => sum + (age === 0 ? Number(counts.customers) : 0), 0);
}

function compareLabels(left: CohortGroup, right: CohortGroup): number {
  const [a, b] = [left, right].map(({ labels, currency }) => JSON.stringify([labels, currency]));
  return (a ?? "") < (b ?? "") ? -1 : 1;
}

/** Counts of SQL laid out by cohort and month, where what nobody did is nought; what adds up over time is added up. */
function groupsOf({ groups, months, cohorts }: CohortPlan, rows: readonly Row[]) {
  const keyOf = (row: Row): Cell[] => [...groups.map((_, index) => row[`g${index}`] ?? ""), row.currency ?? ""];
  const byGroup = Map.groupBy(rows, (row) => JSON.stringify(keyOf(row)));
  return [...byGroup].map(([key, own]) => {
    const byCohort = Map.groupBy(own, (row) => Number(row.cohort));
    const told: CohortMonth[] = [];
    for (let cohort = 0; cohort < cohorts; cohort++) {
      const found = byCohort.get(cohort);
      if (found) told.push(...monthsOf(cohort, months.length - cohort, found));
    }
    return { key: JSON.parse(key) as Cell[], months: told };
  });
}

function monthsOf(cohort: number, length: number, rows: readonly Row[]): CohortMonth[] {
  const byPlace = new Map(rows.map((row) => [`${row.what} ${row.age}`, row]));
  const at = (what: string, age: number, name: string) => BigInt(byPlace.get(`${what} ${age}`)?.[name] ?? 0);
  const money = (age: number, of: "r" | "p") => joinMicros(at("money", age, `${of}u`), at("money", age, `${of}r`));
  const customers = at("size", 0, "a");
  const started = at("size", 0, "b");
  const ages = Array.from({ length }, (_, age) => age);
  let [gone, activated, revenue, payout] = [customers, 0n, 0n, 0n];
  for (const age of ages) gone -= at("last", age, "a");
  return ages.map((age) => {
    activated += at("reached", age, "a");
    revenue += money(age, "r");
    payout += money(age, "p");
    const counts = {
      ...noCohortCounts(),
      ...{ customers, started, gone, activated, revenue, payout },
      ...{ active: at("active", age, "a"), renewed: at("renewed", age, "a"), renewals: at("renewed", age, "b") },
    };
    gone += at("last", age, "a");
    return { cohort, age, counts };
  });
}

/**
 * In two parts, since D1 takes five terms of a compound at most. All conversions of a click are one customer's, and what only a conversion has is what the first one says. Sales of an event after the first one are renewals, as in the
 * reports' lifecycle. Numbers are months of the plan.
 */
function cohortSql(plan: CohortPlan): { sql: string; values: Cell[] } {
  const { groups, start, months, cohorts, filters, own, test, nowMs } = plan;
  const fromMs = months[0]?.fromMs ?? 0;
  const isByClick = start === "click";
  const toMs = (isByClick ? months[cohorts - 1] : months.at(-1))?.toMs ?? 0;
  const rows = selectRows(
    conversionsIn({ fromMs, toMs }, isByClick ? "clicked" : "occurred", own, nowMs),
    `c.status <> 'rejected' AND c.test = ${test}`,
  );
  const named = [...new Set([...groups, ...filters.map(({ name }) => name)])];
  const dimensions = named.map((name) => `, ${COHORT_DIMENSIONS[name].sql} AS d_${name}`).join("");
  const begin = isByClick ? "clicked_at" : "occurred_at";
  const columns = `conversion_id, click_id, clicked_at, occurred_at, currency, beside, event, status, amount, revenue, payout,
    ${KIND_OF_EVENT} AS kind${dimensions}`;
  const told = named.map((name) => `, d_${name}`).join("");
  const byGroup = groups.map((name, index) => `, d_${name} AS g${index}`).join("");
  const grouped = groups.map((_, index) => `g${index}`);
  const keys = [...grouped, "currency", "cohort"].join(", ");
  const lifeKeys = `life, ${keys}`;
  const order = `${keys}, age`;
  // A click whose first conversion came before the first month began in no cohort of these.
  const before = `earlier.status <> 'rejected' AND earlier.test = ${test} AND earlier.occurred_at < ${fromMs}`;
  const isNew = isByClick
    ? "1"
    : `NOT EXISTS (SELECT 1 FROM conversions AS earlier INDEXED BY conversions_beside_others WHERE earlier.click_id = first.click_id AND earlier.beside IS NOT NULL AND ${before})
      AND NOT EXISTS (SELECT 1 FROM json_each(coalesce(first.beside, '[]')) AS n CROSS JOIN conversions AS earlier ON earlier.conversion_id = n.value WHERE ${before})`;
  const where = [
    ...filters.map(({ name }) => `d_${name} = ?`),
    `${begin} >= ${fromMs} AND ${begin} < ${months[cohorts - 1]?.toMs ?? 0}`,
    isNew,
  ].join(" AND ");
  const noMoney = "'0' AS ru, '0' AS rr, '0' AS pu, '0' AS pr";
  return {
    sql: `WITH
      r AS MATERIALIZED (SELECT *, ${monthSql("occurred_at", months)} AS m, ${SALE} AS sale FROM (${rows.sql(columns)})),
      first AS (SELECT min(printf('%015d', occurred_at) || conversion_id), click_id, ${begin}, currency, beside${told},
        sum(kind IN ('lead', 'trial', 'install', 'other')) > 0 AS started FROM r GROUP BY click_id),
      lives AS MATERIALIZED (SELECT row_number() OVER () AS life, click_id, currency${byGroup}, started, ${monthSql(begin, months)} AS cohort FROM first WHERE ${where}),
      lived AS MATERIALIZED (SELECT ${lifeKeys}, started, max(m - cohort, 0) AS age, status IN ('pending', 'approved') AS stands, kind, r.event AS event, sale,
        revenue, payout FROM lives JOIN (SELECT click_id, m, status, kind, event, sale, revenue, payout FROM r) AS r USING (click_id)),
      renewed AS (SELECT ${lifeKeys}, age, sum(renewals) AS renewals FROM (
        SELECT ${lifeKeys}, age, (kind = 'renewal') + sale AS renewals FROM lived WHERE sale OR kind = 'renewal'
        UNION ALL SELECT ${lifeKeys}, min(age), -1 FROM lived WHERE sale GROUP BY life, event) GROUP BY life, age HAVING sum(renewals) > 0),
      active AS (SELECT ${lifeKeys}, age FROM lived WHERE stands GROUP BY life, age),
      newest AS (SELECT ${lifeKeys}, max(age) AS age FROM lived WHERE stands GROUP BY life),
      others AS (SELECT ${lifeKeys}, min(age) AS age FROM lived WHERE started AND kind = 'other' GROUP BY life, event),
      seconds AS (SELECT ${lifeKeys}, age, row_number() OVER (PARTITION BY life ORDER BY age) AS place FROM others),
      reached AS (SELECT ${lifeKeys}, min(age) AS age FROM (
        SELECT ${lifeKeys}, age FROM lived WHERE started AND kind IN ('activation', 'sale', 'renewal')
        UNION ALL SELECT ${lifeKeys}, age FROM seconds WHERE place = 2) GROUP BY life)
      SELECT * FROM (SELECT 'size' AS what, ${keys}, 0 AS age, count(*) AS a, sum(started) AS b, ${noMoney} FROM lives GROUP BY ${order}
      UNION ALL SELECT 'money', ${keys}, age, 0, 0,
        CAST(sum(revenue / 1000000) AS TEXT), CAST(sum(revenue % 1000000) AS TEXT), CAST(sum(payout / 1000000) AS TEXT), CAST(sum(payout % 1000000) AS TEXT)
        FROM lived GROUP BY ${order}
      UNION ALL SELECT 'active', ${keys}, age, count(*), 0, ${noMoney} FROM active GROUP BY ${order}
      ) UNION ALL SELECT * FROM (SELECT 'renewed', ${keys}, age, count(*), sum(renewals), ${noMoney} FROM renewed GROUP BY ${order}
      UNION ALL SELECT 'last', ${keys}, age, count(*), 0, ${noMoney} FROM newest GROUP BY ${order}
      UNION ALL SELECT 'reached', ${keys}, age, count(*), 0, ${noMoney} FROM reached GROUP BY ${order})`,
    values: [...rows.values, ...filters.map(({ value }) => value)],
  };
}

/** Which month of the plan a time lies in; what lies outside, in the nearest. */
function monthSql(time: string, months: CohortPlan["months"]): string {
  const steps = months.slice(1).map(({ fromMs }, index) => `WHEN ${time} < ${fromMs} THEN ${index}`);
  return steps.length === 0 ? "0" : `CASE ${steps.join(" ")} ELSE ${months.length - 1} END`;
}

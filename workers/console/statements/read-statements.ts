/** A statement as it is read and shown: to operators whole, to its owner once it is final. */
import * as v from "valibot";
import { formatInstant } from "../../core/instant.ts";
import { formatMicros, joinMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { StatementOwner } from "../../core/statements/due.ts";
import type { Env } from "../env.ts";
import { COUNTED_WHOLLY, sumsOf } from "../tables/list-sums.ts";
import { lookedAt, MOST_LOOKED_AT, type NewestRows } from "../tables/looked-at.ts";
import { keyedPlace } from "../tables/row-places.ts";
import { unknownSlug } from "../tables/slugs.ts";
import { sortedQuery } from "../tables/sorted-rows.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import type { Caller } from "../web/caller.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import { notFound, type Problem } from "../web/problem.ts";
import { readSort, type SortedPlace, sortedCursor, sortParameter, writeSortedCursor } from "../web/sorting.ts";
import { issuerAnswer } from "./issuer.ts";

export const STATES = ["draft", "final", "paid", "discarded"] as const;
/** What calls say of whose statements they are about. */
export const OF = ["affiliates", "advertisers"] as const;
export const OWNER_OF: Record<(typeof OF)[number], StatementOwner> = {
  affiliates: "affiliate",
  advertisers: "advertiser",
};

export const statementAnswer = v.object({
  /** `2026-0001`; of a draft `draft-` and its ID. */
  number: v.string(),
  of: v.picklist(["affiliate", "advertiser"]),
  /** Slug. */
  owner: v.string(),
  currency: v.string(),
  /** Null where it is about all offers. */
  offers: v.nullable(v.array(v.string())),
  until: v.string(),
  time_zone: v.string(),
  state: v.picklist(STATES),
  conversions: v.number(),
  amount: v.string(),
  due: v.string(),
  created_at: v.string(),
  finalized_at: v.nullable(v.string()),
  due_on: v.nullable(v.string()),
  paid_on: v.nullable(v.string()),
  reference: v.nullable(v.string()),
  finalized_by: v.exactOptional(v.nullable(v.string())),
  paid_by: v.exactOptional(v.nullable(v.string())),
});
export type StatementView = v.InferOutput<typeof statementAnswer>;

const groupAnswer = v.object({
  offer: v.string(),
  event: v.string(),
  carried: v.boolean(),
  conversions: v.number(),
  amount: v.string(),
  due: v.string(),
});
const adjustmentAnswer = v.object({ reason: v.string(), due: v.string(), made_at: v.string() });

export const wholeStatementAnswer = v.object({
  ...statementAnswer.entries,
  /** What its owner was called when it became final. */
  owner_name: v.nullable(v.record(v.string(), v.unknown())),
  /** Who issued it, as it was then; null of a draft, and where nobody had said it. */
  issuer: v.nullable(issuerAnswer),
  groups: v.array(groupAnswer),
  adjustments: v.array(adjustmentAnswer),
});
export type WholeStatement = v.InferOutput<typeof wholeStatementAnswer>;

interface StatementRow {
  number: number;
  written: string | null;
  owner_type: StatementOwner;
  slug: string;
  currency: string;
  offers: string | null;
  until: number;
  time_zone: string;
  state: (typeof STATES)[number];
  line_count: number;
  amount_units: number;
  amount_rest: number;
  due_units: number;
  due_rest: number;
  created_at: number;
  owner_name: string | null;
  issuer: string | null;
  finalized_at: number | null;
  finalized_by: string | null;
  due_on: string | null;
  paid_on: string | null;
  paid_by: string | null;
  reference: string | null;
}

const JOINS = `
  LEFT JOIN affiliates f ON s.owner_type = 'affiliate' AND f.number = s.owner
  LEFT JOIN advertisers a ON s.owner_type = 'advertiser' AND a.number = s.owner`;
const FROM = `FROM statements s ${JOINS}`;

/** `number` is the ID, by which lists are read. */
const SELECT = `
  SELECT s.id AS number, s.number AS written, s.owner_type, coalesce(f.slug, a.slug, '') AS slug, s.currency, s.until, s.time_zone, s.state, s.line_count, s.amount_units, s.amount_rest,
    s.due_units, s.due_rest, s.created_at, s.owner_name, s.issuer, s.finalized_at, s.finalized_by, s.due_on, s.paid_on, s.paid_by, s.reference,
    iif(s.offers IS NULL, NULL, (SELECT json_group_array(o.slug) FROM json_each(s.offers) j JOIN offers o ON o.number = j.value)) AS offers
  ${FROM}`;

const filterEntries = {
  of: v.exactOptional(v.picklist(OF)),
  state: v.exactOptional(v.picklist(STATES)),
  currency: v.exactOptional(currencyCode),
  affiliate: v.exactOptional(v.string()),
  advertiser: v.exactOptional(v.string()),
};
/** What the list is kept in the order of: when it was closed, which is its ID. */
const OWN_SORT = "created_at";
/** What else it is sorted by, where there are not too many. */
const SORTED = {
  until: "s.until",
  owner: "coalesce(f.slug, a.slug, '')",
  state: "s.state",
  conversions: "s.line_count",
  amount: "s.amount_units + s.amount_rest / 1000000.0",
  due: "s.due_units + s.due_rest / 1000000.0",
} as const;
export const STATEMENT_SORTS = [OWN_SORT, ...Object.keys(SORTED)];

export const statementList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: sortedCursor(STATEMENT_SORTS, /^\d{1,10}$/),
  sort: sortParameter(STATEMENT_SORTS),
  ...filterEntries,
});
/** The list's filters, without its pages. */
export const statementFilters = parameters(filterEntries);
export type StatementFilters = v.InferOutput<typeof statementFilters>;
export type StatementList = v.InferOutput<typeof statementList>;

/** What the caller may see. */
export function visibleStatements({ scope }: Caller): SqlCondition[] {
  if (scope === "everything") return [];
  const [type, owner] =
    "affiliate" in scope ? ["affiliate", scope.affiliate] : (["advertiser", scope.advertiser] as const);
  return [{ sql: "s.owner_type = ? AND s.owner = ? AND s.state IN ('final', 'paid')", values: [type, owner] }];
}

/** What a list is asked for. */
function conditionsOf(caller: Caller, query: StatementFilters): SqlCondition[] {
  const { of, state, currency, affiliate, advertiser } = query;
  const ownedBy = (type: StatementOwner, slug: string): SqlCondition => ({
    sql: `s.owner_type = '${type}' AND s.owner = (SELECT number FROM ${type}s WHERE slug = ?)`,
    values: [slug],
    indexed: true,
  });
  return [
    ...visibleStatements(caller),
    ...(of === undefined ? [] : [{ sql: "s.owner_type = ?", values: [OWNER_OF[of]] }]),
    ...(currency === undefined ? [] : [{ sql: "s.currency = ?", values: [currency] }]),
    ...(affiliate === undefined ? [] : [ownedBy("affiliate", affiliate)]),
    ...(advertiser === undefined ? [] : [ownedBy("advertiser", advertiser)]),
    // What is discarded is shown to who asks for it.
    state === undefined ? { sql: "s.state <> 'discarded'", values: [] } : { sql: "s.state = ?", values: [state] },
  ];
}

/** The newest statements that the caller may see, so many at most. */
function newest(caller: Caller, conditions: readonly SqlCondition[], most: number): NewestRows {
  const place = keyedPlace("statements s", ["s.id"], visibleStatements(caller));
  return lookedAt("s", [{ place, range: {} }], conditions, most);
}

/** What the statements that fit come to, by whose they are and currency. */
export const statementTotalsAnswer = v.object({
  statements: v.number(),
  ...COUNTED_WHOLLY,
  sums: v.array(
    v.object({
      of: v.picklist(["affiliate", "advertiser"]),
      currency: v.string(),
      statements: v.number(),
      due: v.string(),
    }),
  ),
});
export type StatementTotals = v.InferOutput<typeof statementTotalsAnswer>;

/** The totals of the statements that fit, of the newest at most. */
export async function totalStatements(
  { DB }: Pick<Env, "DB">,
  caller: Caller,
  query: StatementFilters,
): Promise<Result<StatementTotals, Problem>> {
  const unknown = await unknownSlug(DB, caller, query);
  if (unknown) return refuse(unknown);
  const conditions = conditionsOf(caller, query);
  const { count, complete, sums } = await sumsOf(DB, {
    rows: newest(caller, conditions, MOST_LOOKED_AT),
    conditions,
    by: { owner_type: "s.owner_type", currency: "s.currency" },
    money: { due: { units: "s.due_units", rest: "s.due_rest" } },
  });
  return accept({
    statements: count,
    complete,
    sums: sums.map(({ count: statements, by, money }) => ({
      of: by.owner_type === "affiliate" ? "affiliate" : "advertiser",
      currency: by.currency ?? "",
      statements,
      due: money.due ?? "",
    })),
  });
}

/** Newest first. */
export async function listStatements(
  { DB }: Pick<Env, "DB">,
  caller: Caller,
  query: StatementList,
): Promise<Result<ListPage<StatementView>, Problem>> {
  const unknown = await unknownSlug(DB, caller, query);
  if (unknown) return refuse(unknown);
  const { cursor } = query;
  const order = typeof cursor === "object" ? cursor.sort : readSort(query.sort ?? `-${OWN_SORT}`);
  if (order.name !== OWN_SORT && typeof cursor !== "string") return listSorted(DB, caller, query, order);
  const isOldestFirst = order.name === OWN_SORT && !order.descending;
  const behind = { sql: isOldestFirst ? "s.id > ?" : "s.id < ?", values: [Number(cursor)] };
  const conditions = [...conditionsOf(caller, query), ...(cursor === undefined ? [] : [behind])];
  const where = whereOf(conditions);
  const { results } = await DB.prepare(`${SELECT} ${where.sql} ORDER BY s.id ${isOldestFirst ? "ASC" : "DESC"} LIMIT ?`)
    .bind(...where.values, rowsToRead(query))
    .all<StatementRow>();
  const { page, last } = cutPage(results, query);
  return accept({ items: page.map((row) => viewOf(row, caller)), next: last ? String(last.number) : null });
}

/** In another order, by the IDs of the page's. */
async function listSorted(
  DB: D1Database,
  caller: Caller,
  query: StatementList,
  sort: SortedPlace["sort"],
): Promise<Result<ListPage<StatementView>, Problem>> {
  const { cursor } = query;
  const sql = Object.entries(SORTED).find(([name]) => name === sort.name)?.[1] ?? "s.id";
  const conditions = conditionsOf(caller, query);
  const found = await sortedQuery(DB, {
    rows: newest(caller, conditions, MOST_LOOKED_AT + 1),
    joins: JOINS,
    select: [{ sql: "s.id" }],
    conditions,
    by: { sort, sql, key: "s.id", behind: typeof cursor === "object" ? cursor : null },
    limit: rowsToRead(query),
  });
  if (!found.ok) return found;
  const { page, last } = cutPage(found.value, query);
  const ids = page.map(([id]) => id);
  const { results } = await DB.prepare(`${SELECT} WHERE s.id IN (SELECT value FROM json_each(?))`)
    .bind(JSON.stringify(ids))
    .all<StatementRow>();
  const byId = new Map(results.map((row) => [row.number, viewOf(row, caller)]));
  const [key, value] = last ?? [];
  return accept({
    items: ids.flatMap((id) => byId.get(Number(id)) ?? []),
    next: last ? writeSortedCursor({ sort, value: value ?? "", key: key ?? 0 }) : null,
  });
}

const DRAFT = /^draft-(\d{1,10})$/;

/** The statements of these numbers that the caller may see, by number. */
export async function findStatements(
  { DB }: Pick<Env, "DB">,
  caller: Caller,
  numbers: readonly string[],
): Promise<Map<string, StatementRow>> {
  const ids = numbers.flatMap((number) => Number(DRAFT.exec(number)?.[1] ?? Number.NaN)).filter(Number.isInteger);
  const named =
    "(s.number IN (SELECT value FROM json_each(?)) OR (s.number IS NULL AND s.id IN (SELECT value FROM json_each(?))))";
  const conditions = [
    ...visibleStatements(caller),
    { sql: named, values: [JSON.stringify(numbers), JSON.stringify(ids)] },
  ];
  const { results } = await DB.prepare(`${SELECT} WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`)
    .bind(...conditions.flatMap(({ values }) => values))
    .all<StatementRow>();
  return new Map(results.map((row) => [numberOf(row), row]));
}

export async function findStatement(
  env: Pick<Env, "DB">,
  caller: Caller,
  number: string,
): Promise<Result<StatementRow, Problem>> {
  const row = (await findStatements(env, caller, [number])).get(number);
  return row ? accept(row) : refuse(notFound("statement", number));
}

function numberOf({ written, number }: StatementRow): string {
  return written ?? `draft-${number}`;
}

interface SumRow {
  units: number;
  rest: number;
}

/** Sums cross SQL as whole units and the rest. */
export function decimalOf({ units, rest }: SumRow): string {
  return formatMicros(joinMicros(units, rest));
}

export async function readStatement(
  env: Pick<Env, "DB">,
  caller: Caller,
  number: string,
): Promise<Result<WholeStatement, Problem>> {
  const found = await findStatement(env, caller, number);
  if (!found.ok) return found;
  const row = found.value;
  const [groups, adjustments] = await Promise.all([groupsOf(env.DB, row.number), adjustmentsOf(env.DB, row.number)]);
  const name: unknown = row.owner_name === null ? null : JSON.parse(row.owner_name);
  return accept({
    ...viewOf(row, caller),
    owner_name: v.parse(wholeStatementAnswer.entries.owner_name, name),
    issuer: row.issuer === null ? null : v.parse(issuerAnswer, JSON.parse(row.issuer)),
    groups,
    adjustments,
  });
}

async function groupsOf(db: D1Database, id: number): Promise<WholeStatement["groups"]> {
  const { results } = await db
    .prepare(
      `SELECT o.slug AS offer, l.event, l.carried, count(*) AS conversions, sum(l.amount / 1000000) AS amount_units, sum(l.amount % 1000000) AS amount_rest,
         sum(l.due / 1000000) AS due_units, sum(l.due % 1000000) AS due_rest
       FROM statement_lines l JOIN offers o ON o.number = l.offer WHERE l.statement = ? GROUP BY l.carried, o.slug, l.event`,
    )
    .bind(id)
    .all<
      Pick<StatementRow, "amount_units" | "amount_rest" | "due_units" | "due_rest"> & {
        offer: string;
        event: string;
        carried: number;
        conversions: number;
      }
    >();
  return results.map(({ offer, event, carried, conversions, ...row }) => ({
    offer,
    event,
    carried: carried === 1,
    conversions,
    amount: decimalOf({ units: row.amount_units, rest: row.amount_rest }),
    due: decimalOf({ units: row.due_units, rest: row.due_rest }),
  }));
}

async function adjustmentsOf(db: D1Database, id: number): Promise<WholeStatement["adjustments"]> {
  const { results } = await db
    .prepare("SELECT reason, CAST(due AS TEXT) AS due, made_at FROM adjustments WHERE statement = ? ORDER BY id")
    .bind(id)
    .all<{ reason: string; due: string; made_at: number }>();
  return results.map(({ reason, due, made_at }) => ({
    reason,
    due: formatMicros(due),
    made_at: formatInstant(made_at),
  }));
}

function viewOf(row: StatementRow, { scope }: Caller): StatementView {
  const offers: unknown = row.offers === null ? null : JSON.parse(row.offers);
  return {
    number: numberOf(row),
    of: row.owner_type,
    owner: row.slug,
    currency: row.currency,
    offers: v.parse(statementAnswer.entries.offers, offers),
    until: formatInstant(row.until),
    time_zone: row.time_zone,
    state: row.state,
    conversions: row.line_count,
    amount: decimalOf({ units: row.amount_units, rest: row.amount_rest }),
    due: decimalOf({ units: row.due_units, rest: row.due_rest }),
    created_at: formatInstant(row.created_at),
    finalized_at: row.finalized_at === null ? null : formatInstant(row.finalized_at),
    due_on: row.due_on,
    paid_on: row.paid_on,
    reference: row.reference,
    ...(scope === "everything" && { finalized_by: row.finalized_by, paid_by: row.paid_by }),
  };
}

/** What is held for an operator, oldest first: which, for what, since when, and what it is worth together. */
import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { HOLD_REASONS } from "../../../schema/tables.ts";
import { readInstant } from "../../core/instant.ts";
import { formatMicros, joinMicros, parseMicros } from "../../core/money.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { OPERATORS } from "../../core/roles.ts";
import { conversionRow } from "../conversions/account.ts";
import type { Env } from "../env.ts";
import { column, objectOf } from "../tables/column.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { columnsFor, queryText } from "../tables/selection.ts";
import { learnSlugs, noSlugs, noSuchSlug, numberFor } from "../tables/slugs.ts";
import { type SqlCondition, whereOf } from "../tables/sql-condition.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import { currencyCode } from "../web/field-schemas.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";

/** So many are counted and added up, and decided at once; beyond it the sums say that there are more. */
export const MOST_AT_ONCE = 5_000;

const SINCE_ADVICE = "Write a day, such as 2026-11-30, or a time of RFC 3339.";
const instant = v.pipe(
  v.string(),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const read = readInstant(dataset.value);
    if (read !== null) return read;
    addIssue({ message: SINCE_ADVICE });
    return NEVER;
  }),
);
const AMOUNT_ADVICE = "Write digits and a decimal point, such as 100.00.";
const amount = v.pipe(
  v.string(),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const micros = parseMicros(dataset.value);
    if (micros !== null) return micros;
    addIssue({ message: AMOUNT_ADVICE });
    return NEVER;
  }),
);

/** By which what is held is chosen: whose, of what, held for what, received before when, and worth how much in its own currency. */
export const heldFilters = {
  advertiser: v.exactOptional(queryText),
  offer: v.exactOptional(queryText),
  affiliate: v.exactOptional(queryText),
  event: v.exactOptional(queryText),
  currency: v.exactOptional(currencyCode),
  hold_reason: v.exactOptional(v.picklist(HOLD_REASONS)),
  before: v.exactOptional(instant),
  least: v.exactOptional(amount),
  most: v.exactOptional(amount),
};
const filterFields = v.object(heldFilters);
export type HeldFilters = v.InferOutput<typeof filterFields>;

export const heldList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(/^[0-9a-hjkmnp-tv-z]{26}$/)),
  ...heldFilters,
});
export type HeldList = v.InferOutput<typeof heldList>;

export const heldSum = v.object({
  currency: v.string(),
  conversions: v.number(),
  amount: v.string(),
  payout: v.string(),
});
export type HeldSum = v.InferOutput<typeof heldSum>;

export const heldAnswer = v.object({
  items: v.array(v.object({ ...conversionRow.entries, held_since: v.string() })),
  next: v.nullable(v.string()),
  sums: v.array(heldSum),
  /** There are more than are added up. */
  more: v.boolean(),
});

export interface HeldPage extends ListPage<Record<string, unknown>> {
  sums: HeldSum[];
  more: boolean;
}

/** When it was held last: by an entry, or with the first. */
const HELD_SINCE = column(
  "time",
  "held_since",
  `coalesce((SELECT max(e.received_at) FROM entries AS e WHERE e.conversion_id = c.conversion_id AND e.kind = 'hold'), c.received_at)`,
  OPERATORS,
);

const HELD: SqlCondition = { sql: "c.hold = 'held'", values: [] };
/** Those that are held are few, and have an index. */
export const FROM_HELD = "conversions AS c INDEXED BY conversions_held";

/** A page of what is held, oldest first, with what all that fits is worth by currency. */
export async function listHeld(env: Env, caller: Caller, query: HeldList): Promise<Result<HeldPage, Problem>> {
  const { limit: _, cursor, ...filters } = query;
  const conditions = await heldConditions(env, caller, filters);
  if (!conditions.ok) return conditions;
  const behind = cursor === undefined ? [] : [{ sql: "c.conversion_id > ?", values: [cursor] }];
  const where = whereOf([...conditions.value, ...behind]);
  const columns = [...columnsFor(conversionsTable.columns, caller), HELD_SINCE];
  const session = env.DB.withSession("first-primary");
  const select = columns.map(({ sql }) => sql).join(", ");
  const rows = await session
    .prepare(`SELECT ${select} FROM ${FROM_HELD} ${where.sql} ORDER BY c.conversion_id LIMIT ?`)
    .bind(...where.values, rowsToRead(query))
    .raw<Cell[]>();
  const { page, last } = cutPage(rows, query);
  const slugs = noSlugs();
  await learnSlugs(slugs, session, columns, page, pseudonymsFor(caller));
  const next = last?.[columns.findIndex(({ name }) => name === "conversion_id")];
  const items = page.map((cells) => objectOf(columns, cells, slugs));
  const { sums, more } = await sumHeld(session, conditions.value);
  return accept({ items, next: typeof next === "string" ? next : null, sums, more });
}

/** The conditions of these filters on a conversion `c`. Refuses slugs that do not exist. */
export async function heldConditions(
  env: Env,
  caller: Caller,
  filters: HeldFilters,
): Promise<Result<SqlCondition[], Problem>> {
  const conditions: SqlCondition[] = [HELD];
  for (const kind of ["advertiser", "offer", "affiliate"] as const) {
    const slug = filters[kind];
    if (slug === undefined) continue;
    const number = await numberFor(env.DB, caller, kind, slug);
    if (number === null) return refuse(noSuchSlug(kind, slug));
    conditions.push({ sql: `c.${kind} = ?`, values: [number] });
  }
  const { event, currency, hold_reason, before, least, most } = filters;
  const plain: [sql: string, value: string | number | undefined][] = [
    ["c.event = ?", event],
    ["c.currency = ?", currency],
    ["c.hold_reason = ?", hold_reason],
    ["c.received_at < ?", before],
    ["c.amount >= ?", least],
    ["c.amount <= ?", most],
  ];
  for (const [sql, value] of plain) if (value !== undefined) conditions.push({ sql, values: [value] });
  return accept(conditions);
}

interface SumRow {
  currency: string;
  conversions: number;
  amount: string;
  payout: string;
}

/** What all that is held under these conditions is worth, by currency, up to a bound. Units and the rest are added apart, so that no sum overflows. */
async function sumHeld(
  session: D1DatabaseSession,
  conditions: readonly SqlCondition[],
): Promise<{ sums: HeldSum[]; more: boolean }> {
  const where = whereOf(conditions);
  const apart = (name: string) =>
    `CAST(sum(${name} / 1000000) AS TEXT) || ' ' || CAST(sum(${name} % 1000000) AS TEXT) AS ${name}`;
  const { results } = await session
    .prepare(
      `SELECT currency, count(*) AS conversions, ${apart("amount")}, ${apart("payout")} FROM (
         SELECT c.currency, c.amount, c.payout FROM ${FROM_HELD} ${where.sql} ORDER BY c.conversion_id LIMIT ?
       ) GROUP BY currency ORDER BY count(*) DESC, currency`,
    )
    .bind(...where.values, MOST_AT_ONCE + 1)
    .all<SumRow>();
  const sums = results.map((row) => ({ ...row, amount: together(row.amount), payout: together(row.payout) }));
  return { sums, more: sums.reduce((count, { conversions }) => count + conversions, 0) > MOST_AT_ONCE };
}

/** `12 500000` → `12.50` */
function together(apart: string): string {
  const [units = "0", rest = "0"] = apart.split(" ");
  return formatMicros(joinMicros(units, rest));
}

/** Conversions, newest first, as their export has them. */

import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { accept, type Result } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { objectOf } from "../tables/column.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { COUNTED_WHOLLY, MOST_COUNTED, microsColumn, sumsOf } from "../tables/list-sums.ts";
import { isSaid, placesQuery } from "../tables/row-places.ts";
import { exportParameters, select } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import type { Caller } from "../web/caller.ts";
import { parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";

/** What a conversion comes to, as far as a role sees it. */
export const MONEY = ["amount", "revenue", "payout"] as const;

const { after: _, ...filters } = exportParameters(conversionsTable).entries;

export const conversionList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(/^[0-9a-hjkmnp-tv-z]{26}$/)),
  ...filters,
});
export type ConversionList = v.InferOutput<typeof conversionList>;

/** The list's filters, without its pages. */
export const conversionFilters = parameters(filters);
export type ConversionFilters = v.InferOutput<typeof conversionFilters>;

/** What the conversions that fit are worth, by currency; what a role does not see of one is in no sum of its. */
export const conversionTotalsAnswer = v.object({
  conversions: v.number(),
  ...COUNTED_WHOLLY,
  sums: v.array(
    v.object({
      currency: v.string(),
      conversions: v.number(),
      amount: v.string(),
      revenue: v.exactOptional(v.string()),
      payout: v.exactOptional(v.string()),
    }),
  ),
});
export type ConversionTotals = v.InferOutput<typeof conversionTotalsAnswer>;

/** The totals of the conversions that fit: of the newest, where there are many, as many as `most`. */
export async function totalConversions(
  env: Env,
  caller: Caller,
  query: ConversionFilters,
  most: number = MOST_COUNTED,
): Promise<Result<ConversionTotals, Problem>> {
  const selection = await select(env, conversionsTable, query, caller);
  if (!selection.ok) return selection;
  const { places, columns, conditions, below, start } = selection.value;
  const money = MONEY.filter((name) => columns.some((column) => column.name === name));
  const { sql, values } = placesQuery({
    places,
    select: ["conversion_id", "currency", ...money].map((name) => ({ name, sql: `c.${name}` })),
    key: conversionsTable.key,
    range: { ...(start && "at" in start ? start : {}), below },
    conditions,
    limit: most,
    descending: true,
  });
  const session = env.DB.withSession("first-primary");
  const { count, complete, sums } = await sumsOf(session, {
    sql,
    values,
    most,
    by: ["currency"],
    money: Object.fromEntries(money.map((name) => [name, microsColumn(name)])),
  });
  return accept({
    conversions: count,
    complete,
    sums: sums.map(({ count: conversions, by, money: { amount = "", ...rest } }) => ({
      currency: by.currency ?? "",
      conversions,
      amount,
      ...rest,
    })),
  });
}

/** A page of conversions. The next one goes on behind the last ID, since an ID begins with the time. */
export async function listConversions(
  env: Env,
  caller: Caller,
  query: ConversionList,
): Promise<Result<ListPage<Record<string, unknown>>, Problem>> {
  const { limit: _limit, cursor, ...asked } = query;
  const selection = await select(env, conversionsTable, asked, caller);
  if (!selection.ok) return selection;
  const { places, columns, conditions, below, start } = selection.value;
  // One upper bound, so that the index is read by it: the cursor is in the range.
  const most = [cursor, below].filter(isSaid).map(String).sort();
  const { sql, values } = placesQuery({
    places,
    select: columns,
    key: conversionsTable.key,
    range: { ...(start && "at" in start ? start : {}), below: most[0] ?? null },
    conditions,
    limit: rowsToRead(query),
    descending: true,
  });
  const session = env.DB.withSession("first-primary");
  const rows = await session
    .prepare(sql)
    .bind(...values)
    .raw<Cell[]>();
  const { page, last } = cutPage(rows, query);
  const slugs = noSlugs();
  await learnSlugs(slugs, session, columns, page, selection.value.pseudonyms);
  const items = page.map((cells) => objectOf(columns, cells, slugs));
  const next = last?.[columns.findIndex(({ name }) => name === "conversion_id")];
  return accept({ items, next: typeof next === "string" ? next : null });
}

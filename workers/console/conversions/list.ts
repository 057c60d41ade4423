/** Conversions, newest first, as their export has them. */

import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { objectOf } from "../tables/column.ts";
import { conversionsTable } from "../tables/conversions.ts";
import { COUNTED_WHOLLY, microsColumn, sumsOf } from "../tables/list-sums.ts";
import { lookedAt, MOST_LOOKED_AT, partsOf } from "../tables/looked-at.ts";
import { isSaid, placesQuery } from "../tables/row-places.ts";
import { exportParameters, type Selection, select } from "../tables/selection.ts";
import { learnSlugs, noSlugs } from "../tables/slugs.ts";
import { type SortedBy, sortedQuery } from "../tables/sorted-rows.ts";
import type { Caller } from "../web/caller.ts";
import { invalidQuery, parameters } from "../web/input.ts";
import { cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";
import { readSort, type Sort, sortedCursor, sortParameter, writeSortedCursor } from "../web/sorting.ts";

/** What the list is kept in the order of: the key. */
export const OWN_SORT = "received_at";
/** What else it is sorted by, where there are not too many; what each column holds, as SQL has it. */
const SORTED = {
  occurred_at: "c.occurred_at",
  clicked_at: "c.clicked_at",
  event: "c.event",
  status: "c.status",
  amount: "c.amount",
  revenue: "c.revenue",
  payout: "c.payout",
} as const;
const CONVERSION_SORTS = [OWN_SORT, ...Object.keys(SORTED)];
const ID = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** What a conversion comes to, as far as a role sees it. */
export const MONEY = ["amount", "revenue", "payout"] as const;

const { after: _, ...filters } = exportParameters(conversionsTable).entries;

export const conversionList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: sortedCursor(CONVERSION_SORTS, ID),
  sort: sortParameter(CONVERSION_SORTS),
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
  most: number = MOST_LOOKED_AT,
): Promise<Result<ConversionTotals, Problem>> {
  const selection = await select(env, conversionsTable, query, caller);
  if (!selection.ok) return selection;
  const { columns, conditions } = selection.value;
  const money = MONEY.filter((name) => columns.some((column) => column.name === name));
  const session = env.DB.withSession("first-primary");
  const { count, complete, sums } = await sumsOf(session, {
    rows: lookedAt("c", partsOf(selection.value), conditions, most),
    conditions,
    by: { currency: "c.currency" },
    money: Object.fromEntries(money.map((name) => [name, microsColumn(`c.${name}`)])),
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

/** A page of conversions. In their own order the next one goes on behind the last ID, since an ID begins with the time. */
export async function listConversions(
  env: Env,
  caller: Caller,
  query: ConversionList,
): Promise<Result<ListPage<Record<string, unknown>>, Problem>> {
  const { limit: _limit, cursor, sort, ...asked } = query;
  const selection = await select(env, conversionsTable, asked, caller);
  if (!selection.ok) return selection;
  const order = typeof cursor === "object" ? cursor.sort : readSort(sort ?? `-${OWN_SORT}`);
  const by = order.name in SORTED && typeof cursor !== "string" ? sortedBy(selection.value, order) : accept(null);
  if (!by.ok) return by;
  const session = env.DB.withSession("first-primary");
  const behind = typeof cursor === "object" ? cursor : null;
  const found =
    by.value === null
      ? accept(await ownOrder(session, selection.value, query, order.name === OWN_SORT && !order.descending))
      : await sortedRows(session, selection.value, query, { ...by.value, behind });
  if (!found.ok) return found;
  const { columns, pseudonyms } = selection.value;
  const { page, last } = cutPage(found.value, query);
  const slugs = noSlugs();
  await learnSlugs(slugs, session, columns, page, pseudonyms);
  const items = page.map((cells) => objectOf(columns, cells, slugs));
  const key = last?.[columns.findIndex(({ name }) => name === "conversion_id")];
  if (last === undefined || typeof key !== "string") return accept({ items, next: null });
  if (by.value === null) return accept({ items, next: key });
  return accept({ items, next: writeSortedCursor({ sort: order, value: last.at(-1) ?? "", key }) });
}

/** By what it is sorted. Refuses what the caller does not see. */
function sortedBy({ columns }: Selection, sort: Sort): Result<Omit<SortedBy, "behind">, Problem> {
  const seen = Object.entries(SORTED).filter(([name]) => columns.some((column) => column.name === name));
  const sql = seen.find(([name]) => name === sort.name)?.[1];
  if (sql !== undefined) return accept({ sort, sql, key: "c.conversion_id" });
  const detail = `There is no column ${sort.name} to sort by here. These are: ${[OWN_SORT, ...seen.map(([name]) => name)].join(", ")}.`;
  return refuse(invalidQuery([{ parameter: "sort", detail }]));
}

function ownOrder(
  session: D1DatabaseSession,
  { places, columns, conditions, below, start }: Selection,
  query: ConversionList,
  isAscending: boolean,
): Promise<Cell[][]> {
  const { cursor } = query;
  const id = typeof cursor === "string" ? cursor : null;
  const least = start && "at" in start ? start : {};
  // One bound at each end, so that the index is read by it: the cursor is in the range.
  const most = [id, below].filter(isSaid).map(String).sort()[0] ?? null;
  const { sql, values } = placesQuery({
    places,
    select: columns,
    key: conversionsTable.key,
    range: isAscending ? { ...(id === null ? least : { after: [id] }), below } : { ...least, below: most },
    conditions,
    limit: rowsToRead(query),
    descending: !isAscending,
  });
  return session
    .prepare(sql)
    .bind(...values)
    .raw<Cell[]>();
}

/** In another order: of all that is there, which is refused where it is more than anybody waits for. */
async function sortedRows(
  session: D1DatabaseSession,
  selection: Selection,
  query: ConversionList,
  by: SortedBy,
): Promise<Result<Cell[][], Problem>> {
  const { columns, conditions } = selection;
  const rows = lookedAt("c", partsOf(selection), conditions, MOST_LOOKED_AT + 1);
  const limit = rowsToRead(query);
  return sortedQuery(session, { rows, select: columns, conditions, by, limit });
}

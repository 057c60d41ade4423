/** Lists in pages: how many, after which, and where the next page begins. */
import * as v from "valibot";
import { wholeNumberText } from "./field-schemas.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const LIMIT_ADVICE = `Write a number from 1 to ${MAX_LIMIT}.`;

/** A cursor of a list: what the page before said as its `next`. */
export function cursorText(pattern: RegExp) {
  return v.pipe(v.string(), v.regex(pattern, "Send what the previous page's next said, unchanged."));
}

/** The query parameters of every list: `limit`, and `cursor` as the previous page's `next` said it. */
export const PAGE_PARAMETERS = {
  limit: v.exactOptional(wholeNumberText(1, MAX_LIMIT, LIMIT_ADVICE)),
  cursor: v.exactOptional(v.pipe(cursorText(/^\d{1,10}$/), v.transform(Number))),
};

export interface PageQuery {
  limit?: number;
  /** Number of the last row of the page before. */
  cursor?: number;
}

export interface ListPage<Item> {
  items: Item[];
  /** Cursor of the next page; null on the last one. */
  next: string | null;
}

/** What a list was asked for, but for the page of it. */
export function withoutPage<Query extends { limit?: number; cursor?: unknown }>({
  limit: _limit,
  cursor: _cursor,
  ...filters
}: Query): Omit<Query, "limit" | "cursor"> {
  return filters;
}

/** A page as the API answers it. */
export function pageAnswer<const Item extends v.GenericSchema>(item: Item) {
  return v.object({ items: v.array(item), next: v.nullable(v.string()) });
}

/** How many rows to read: one more than a page holds, so that a next page is known to be there. */
export function rowsToRead(query: Pick<PageQuery, "limit">): number {
  return (query.limit ?? DEFAULT_LIMIT) + 1;
}

/** The rows of a page out of those that were read; `last` is the last of them where another page follows. */
export function cutPage<Row>(rows: readonly Row[], { limit = DEFAULT_LIMIT }: Pick<PageQuery, "limit">) {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? page.at(-1) : undefined };
}

/** The page out of the rows that were read, of a list in the order of their numbers. */
export function pageOf<Row extends { number: number }, Item>(
  rows: readonly Row[],
  query: PageQuery,
  view: (row: Row) => Item,
): ListPage<Item> {
  const { page, last } = cutPage(rows, query);
  return { items: page.map(view), next: last ? String(last.number) : null };
}

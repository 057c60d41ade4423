/**
 * The ways from a page of a list to the others. Lists go one way only, by cursors; the way back is the cursors that led here, which the address keeps, so that it leads to
 * the very pages that were seen, whatever the list is sorted by, and costs no statement of its own.
 */
import { MOST_BACK, ROWS } from "./list-query.ts";

/** How many rows a page may have by its links; the address takes what the list takes. */
export const PAGE_SIZES = [50, 100, 200] as const;

export interface PageLinks {
  /** Null on the first page itself. */
  first: string | null;
  /** The page before, where the address knows it. */
  previous: string | null;
  next: string | null;
  /** The same list from its beginning, with so many rows a page. None where everything fits on the smallest page. */
  sizes: { rows: number; href: string; isChosen: boolean }[];
}

/** `next` is the cursor that the list gave; `rows` is how many a page has where the address does not say. */
export function pageLinks(url: URL, next: string | null, rows = Number(ROWS)): PageLinks {
  const here = url.searchParams.get("cursor") || null;
  const limit = url.searchParams.get("limit");
  const back = url.searchParams.getAll("back");
  const before = back.at(-1);
  const isOnePage = here === null && next === null && (limit || String(rows)) === String(rows);
  return {
    first: here === null ? null : placeIn(url, null, []),
    previous: here === null || before === undefined ? null : placeIn(url, before || null, back.slice(0, -1)),
    next: next === null ? null : placeIn(url, next, [...back, here ?? ""].slice(-MOST_BACK)),
    sizes: isOnePage
      ? []
      : PAGE_SIZES.map((size) => ({
          rows: size,
          href: placeIn(url, null, [], size),
          isChosen: String(size) === (limit || String(rows)),
        })),
  };
}

/** The same list at another place. What led to the first page is the empty cursor. */
function placeIn(url: URL, cursor: string | null, back: readonly string[], limit?: number): string {
  const query = new URLSearchParams(url.search);
  for (const name of ["cursor", "back", "done", "sent"]) query.delete(name);
  if (limit !== undefined) query.set("limit", String(limit));
  if (cursor !== null) query.set("cursor", cursor);
  for (const one of back) query.append("back", one);
  return query.size === 0 ? url.pathname : `${url.pathname}?${query}`;
}

/** Reading an export: page after page by the key, so that neither D1's limits nor the Worker's memory depend on how long it is. */
import type { Cell } from "../../../schema/columns.ts";
import { placesQuery } from "../tables/row-places.ts";
import type { Selection } from "../tables/selection.ts";

/** Rows in a page: few enough for memory when every text is as long as it may be, enough to make a round trip's cost small. */
export const PAGE_ROWS = 2_000;

/** The rows of a selection in pages, the next one being fetched while this one is used. */
export async function* pages(database: D1DatabaseSession, selection: Selection): AsyncGenerator<Cell[][]> {
  let start = selection.start;
  let next: Promise<Cell[][]> | null = readPage(database, selection, start);
  while (next) {
    const rows: Cell[][] = await next;
    const last = rows.length === (selection.pageRows ?? PAGE_ROWS) ? rows.at(-1) : undefined;
    start = last ? { after: keyOf(selection, last) } : null;
    next = last ? readPage(database, selection, start) : null;
    // Until it is awaited, a failure of the page ahead is nobody's: it is met again above.
    next?.catch(() => {});
    yield rows;
  }
}

function readPage(database: D1DatabaseSession, selection: Selection, start: Selection["start"]): Promise<Cell[][]> {
  const { sql, values } = pageQuery(selection, start);
  return database
    .prepare(sql)
    .bind(...values)
    .raw<Cell[]>();
}

/** The statement of one page, or of other rows behind `start`. */
export function pageQuery(
  selection: Selection,
  start: Selection["start"],
  { limit, offset } = { limit: selection.pageRows ?? PAGE_ROWS, offset: 0 },
): { sql: string; values: Cell[] } {
  const { table, places, columns, conditions, below, through } = selection;
  const range = { ...start, below, ...(through === undefined ? {} : { through }) };
  return placesQuery({ places, select: columns, key: table.key, range, conditions, limit, offset });
}

/** The key of a row whose columns are the selection's. */
export function keyOf({ table, columns }: Pick<Selection, "table" | "columns">, row: readonly Cell[]): Cell[] {
  return table.key.map((name) => row[columns.findIndex((column) => column.name === name)] ?? null);
}

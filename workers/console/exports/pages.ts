/** Reading an export: page after page by the key, so that neither D1's limits nor the Worker's memory depend on how long it is. */
import type { Cell } from "../tables/column.ts";
import type { Selection } from "../tables/selection.ts";

/** Rows in a page: few enough for memory when every text is as long as it may be, enough to make a round trip's cost small. */
export const PAGE_ROWS = 2_000;

/** The rows of a selection in pages, the next one being fetched while this one is used. */
export async function* pages(database: D1DatabaseSession, selection: Selection): AsyncGenerator<Cell[][]> {
  let start = selection.start;
  let next: Promise<Cell[][]> | null = readPage(database, selection, start);
  while (next) {
    const rows: Cell[][] = await next;
    const last = rows.length === PAGE_ROWS ? rows.at(-1) : undefined;
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
  { limit, offset } = { limit: PAGE_ROWS, offset: 0 },
): { sql: string; values: Cell[] } {
  const { table, columns, conditions, below, through } = selection;
  const key = table.key.map((name) => table.columns.find((column) => column.name === name)?.sql ?? name);
  const where: string[] = [];
  const values: Cell[] = [];
  if (start && "after" in start) {
    where.push(`(${key.join(", ")}) > (${key.map(() => "?").join(", ")})`);
    values.push(...start.after);
  } else if (start) {
    where.push(`${key[0]} >= ?`);
    values.push(start.at);
  }
  if (below !== null) {
    where.push(`${key[0]} < ?`);
    values.push(below);
  }
  if (through) {
    where.push(`(${key.join(", ")}) <= (${key.map(() => "?").join(", ")})`);
    values.push(...through);
  }
  for (const condition of conditions) {
    where.push(condition.sql);
    values.push(...condition.values);
  }
  const select = columns.map(({ sql }) => sql).join(", ");
  const filter = where.length > 0 ? ` WHERE ${where.join(" AND ")}` : "";
  const page = `LIMIT ${limit}${offset > 0 ? ` OFFSET ${offset}` : ""}`;
  return { sql: `SELECT ${select} FROM ${table.from}${filter} ORDER BY ${key.join(", ")} ${page}`, values };
}

/** The key of a row whose columns are the selection's. */
export function keyOf({ table, columns }: Pick<Selection, "table" | "columns">, row: readonly Cell[]): Cell[] {
  return table.key.map((name) => row[columns.findIndex((column) => column.name === name)] ?? null);
}

/** Reading an export: page after page by the key, so that neither D1's limits nor the Worker's memory depend on how long it is. */
import type { Cell } from "../../../schema/columns.ts";
import { entryKey, idAt, idBound } from "../../core/books/first-entry.ts";
import { type Selection, type SqlCondition, whereOf } from "../tables/selection.ts";

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
): SqlCondition {
  if (selection.firsts !== undefined) return mergedQuery(selection, selection.firsts, start, { limit, offset });
  const { table, from, columns, conditions, below, through } = selection;
  const key = table.key.map((name) => table.columns.find((column) => column.name === name)?.sql ?? name);
  const whole = key.join(", ");
  const marks = key.map(() => "?").join(", ");
  const bounds: SqlCondition[] = [];
  if (start && "after" in start) bounds.push({ sql: `(${whole}) > (${marks})`, values: start.after });
  else if (start) bounds.push({ sql: `${key[0]} >= ?`, values: [start.at] });
  if (below !== null) bounds.push({ sql: `${key[0]} < ?`, values: [below] });
  if (through) bounds.push({ sql: `(${whole}) <= (${marks})`, values: [...through] });
  const where = whereOf([...bounds, ...conditions]);
  const select = columns.map(({ sql }) => sql).join(", ");
  const page = `LIMIT ${limit}${offset > 0 ? ` OFFSET ${offset}` : ""}`;
  const sql = `SELECT ${select} FROM ${from} ${where.sql} ORDER BY ${whole} ${page}`;
  return { sql, values: where.values };
}

/** The same of entries, of which the first lie in their conversions: as many of each, in the order of the key, are merged. */
function mergedQuery(
  selection: Selection,
  firsts: string,
  start: Selection["start"],
  { limit, offset }: { limit: number; offset: number },
): SqlCondition {
  const { table, columns, conditions, below, through } = selection;
  const { firsts: _, ...rest } = selection;
  const named = columns.map(({ sql, ...column }, index) => ({ ...column, sql: `${sql} AS c${index}` }));
  const most = { limit: limit + offset, offset: 0 };
  const later = pageQuery({ ...rest, columns: named }, start, most);
  const bounds: SqlCondition[] = [];
  const bound = (how: "<" | ">=", id: string) => bounds.push({ sql: `c.conversion_id ${how} ?`, values: [id] });
  if (start) bound(">=", "after" in start ? idBound(entryKey(start.after)) : idAt(Number(start.at)));
  if (below !== null) bound("<", idAt(Number(below)));
  if (through) bound("<", idBound(entryKey(through)));
  const where = whereOf([...bounds, ...conditions]);
  const select = named.map(({ sql }) => sql).join(", ");
  const first = `SELECT ${select} FROM ${firsts} ${where.sql} ORDER BY c.conversion_id LIMIT ${most.limit}`;
  const order = table.key.map((name) => columns.findIndex((column) => column.name === name) + 1).join(", ");
  const page = `LIMIT ${limit}${offset > 0 ? ` OFFSET ${offset}` : ""}`;
  const sql = `SELECT * FROM (${first}) UNION ALL SELECT * FROM (${later.sql}) ORDER BY ${order} ${page}`;
  return { sql, values: [...where.values, ...later.values] };
}

/** The key of a row whose columns are the selection's. */
export function keyOf({ table, columns }: Pick<Selection, "table" | "columns">, row: readonly Cell[]): Cell[] {
  return table.key.map((name) => row[columns.findIndex((column) => column.name === name)] ?? null);
}

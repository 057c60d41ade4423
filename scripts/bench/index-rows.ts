/** Which tables and indexes the rows of a database lie in: a row is billed once for its table, and once for each index that it stands in. */
import type { Database } from "../local/migrate.ts";

/** What is billed of each table and index, by its name. */
export type IndexRows = Record<string, number>;

/** Of an index that has not all rows, the condition. */
const PARTIAL = /\bWHERE\b([\s\S]*)$/;

/** Rows in each of these tables and in their indexes; those that no row stands in are left out. */
export async function indexRows(database: Database, tables: readonly string[]): Promise<IndexRows> {
  const found: IndexRows = {};
  for (const { type, name, of, sql } of await rowsOf(database, LIST, JSON.stringify(tables))) {
    const condition = type === "index" ? PARTIAL.exec(String(sql))?.[1] : undefined;
    const query = `SELECT count(*) AS number FROM ${of}${condition ? ` WHERE ${condition}` : ""}`;
    const rows = Number((await rowsOf(database, query))[0]?.number);
    if (rows > 0) found[String(name)] = rows;
  }
  return found;
}

const LIST = `
  SELECT type, name, tbl_name AS "of", sql FROM sqlite_master
  WHERE tbl_name IN (SELECT value FROM json_each(?)) AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY tbl_name, type DESC, name`;

async function rowsOf(
  database: Database,
  sql: string,
  ...values: string[]
): Promise<Record<string, string | number | null>[]> {
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all();
  return JSON.parse(JSON.stringify(results));
}

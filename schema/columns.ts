/** A table's columns by their names in SQL: in order, and as the type of a row. So whoever writes a table by hand has its columns from `tables.ts`. */
import { getTableColumns } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";

/** A value as D1 takes and gives it. Money comes as the text of whole micros, so that nothing is rounded on the way. */
export type Cell = string | number | null;

type Columns<Table extends SQLiteTable> = Table["_"]["columns"];

type SqlCell<Column extends SQLiteColumn> = Column["_"]["notNull"] extends true
  ? Column["_"]["driverParam"]
  : Column["_"]["driverParam"] | null;

/** A row as SQLite takes and gives it: booleans are 0 and 1, JSON is text. */
export type SqlRow<Table extends SQLiteTable> = {
  [Key in keyof Columns<Table> as Columns<Table>[Key]["_"]["name"]]: SqlCell<Columns<Table>[Key]>;
};

/** The names of a table's columns, in their order. */
export function columnsOf(table: SQLiteTable): string[] {
  return Object.values(getTableColumns(table)).map(({ name }) => name);
}

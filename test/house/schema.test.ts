/** Data at rest is written twice, as SQL that SQLite runs and as tables that TypeScript sees: both say the same. */
import type { DatabaseSync } from "node:sqlite";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import * as tables from "../../schema/tables.ts";
import { migrated } from "./databases.ts";

/** The books hold an older table of LOG, whose rows the ledger moves: the later ones here say what holds. */
const DATABASES = ["books", "log", "courier"] as const;

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  key: boolean;
}

/** Every table that the migrations of all databases make, by name. */
function sqlTables(): Map<string, Column[]> {
  const found = DATABASES.flatMap((name) => {
    const database = migrated(name);
    const names = rows(database, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'");
    return names
      .map(({ name: table }) => String(table))
      .filter((table) => !table.startsWith("sqlite_"))
      .map((table) => [table, sqlColumns(database, table)] as const);
  });
  return new Map(found);
}

function sqlColumns(database: DatabaseSync, table: string): Column[] {
  return rows(database, "SELECT * FROM pragma_table_info(?)", table).map((column) => ({
    name: String(column.name),
    type: String(column.type).toLowerCase(),
    nullable: column.notnull === 0 && column.pk === 0,
    key: column.pk !== 0,
  }));
}

function drizzleTables(): Map<string, Column[]> {
  const found = Object.values(tables).flatMap((table) => (is(table, SQLiteTable) ? [getTableConfig(table)] : []));
  return new Map(
    found.map(({ name, columns, primaryKeys }) => {
      const keys = new Set(primaryKeys.flatMap((key) => key.columns.map((column) => column.name)));
      return [
        name,
        columns.map((column) => ({
          name: column.name,
          type: column.getSQLType(),
          nullable: !column.notNull && !column.primary && !keys.has(column.name),
          key: column.primary || keys.has(column.name),
        })),
      ] as const;
    }),
  );
}

function rows(database: DatabaseSync, sql: string, ...values: string[]): Record<string, unknown>[] {
  return database.prepare(sql).all(...values);
}

test("both have the same tables", () => {
  expect([...drizzleTables().keys()].sort()).toEqual([...sqlTables().keys()].sort());
});

test.each([...sqlTables()])("%s has the same columns, types and keys in both", (name, columns) => {
  expect(drizzleTables().get(name)).toEqual(columns);
});

test.each(DATABASES)("in %s every table is strict, and one with a text key is without rowid", (name) => {
  const database = migrated(name);
  const list = rows(
    database,
    "SELECT name, strict, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
  );
  for (const { name: table, strict, wr } of list) {
    if (String(table).startsWith("sqlite_")) continue;
    const key = sqlColumns(database, String(table)).filter((column) => column.key);
    expect({ table, strict }).toEqual({ table, strict: 1 });
    if (key[0]?.type === "text") expect({ table, wr }).toEqual({ table, wr: 1 });
  }
});

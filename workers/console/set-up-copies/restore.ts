/** Brings rows of the set-up back from a night's copy: those that are missing, and where it is asked for those that were changed, unless that could let in who was shut out. */
import { jsonChunks } from "../../core/json-chunks.ts";
import type { CopiedRow, CopiedTable } from "./copied-tables.ts";
import type { TableDifferences } from "./differences.ts";

/** The statements for one transaction. What the copy's version did not have yet, columns' defaults say. */
export function restoreStatements(
  db: D1Database,
  table: CopiedTable,
  { missing, changed }: TableDifferences,
  isOver: boolean,
): D1PreparedStatement[] {
  const over = isOver && !table.isOnlyAdded ? changed.map(({ row }) => row) : [];
  const rows = [...missing, ...over];
  const byColumns = Map.groupBy(rows, (row) => table.columns.filter((column) => column in row).join(","));
  return [...byColumns].flatMap(([columns, some]) =>
    jsonChunks(some).map((chunk) => db.prepare(write(table, columns.split(","))).bind(chunk)),
  );
}

/** How many rows that brings back. */
export function restoredRows(table: CopiedTable, { missing, changed }: TableDifferences, isOver: boolean): number {
  return missing.length + (isOver && !table.isOnlyAdded ? changed.length : 0);
}

function write({ name, key }: CopiedTable, columns: readonly string[]): string {
  const told = columns.map((column) => `value ->> '${column}'`).join(", ");
  const moved = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
  const then = moved.length > 0 ? `DO UPDATE SET ${moved.join(", ")}` : "DO NOTHING";
  return `INSERT INTO ${name} (${columns.join(", ")}) SELECT ${told} FROM json_each(?) WHERE true ON CONFLICT (${key.join(", ")}) ${then}`;
}

/** A key as people read it. */
export function shownKey(table: CopiedTable, row: CopiedRow): string {
  return String(row.slug ?? table.key.map((column) => row[column]).join(" "));
}

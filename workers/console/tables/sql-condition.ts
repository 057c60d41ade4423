/** Conditions in SQL, each with what is bound to it. */
import type { Cell } from "../../../schema/columns.ts";

/** What a row must have: for what is not read by SQL. */
export interface Compared {
  /** The expression, which is a column's name there. */
  what: string;
  how: "=" | ">=" | "<";
  value: Cell;
}

/** A part of a WHERE clause with what is bound to it; where it compares one thing, as that besides. */
export interface SqlCondition {
  sql: string;
  values: readonly Cell[];
  compares?: Compared;
  /** An index was made for it, by which rows are read. */
  indexed?: true;
}

/** Conditions as a whole WHERE clause. */
export function whereOf(conditions: readonly SqlCondition[]): { sql: string; values: Cell[] } {
  const sql = conditions.length > 0 ? `WHERE ${conditions.map((condition) => condition.sql).join(" AND ")}` : "";
  return { sql, values: conditions.flatMap(({ values }) => values) };
}

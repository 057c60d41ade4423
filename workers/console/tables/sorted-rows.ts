/** Rows in an order that no index has: all that are there are read for each page, so there may not be more than anybody waits for. */
import type { Cell } from "../../../schema/columns.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { invalidQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import type { Sort, SortedPlace } from "../web/sorting.ts";
import { MOST_LOOKED_AT, type NewestRows, selectNewest, wholeOf } from "./looked-at.ts";
import { type SqlCondition, whereOf } from "./sql-condition.ts";

/** By what rows are sorted: an expression that is never null, and their key, which tells those apart that have the same. */
export interface SortedBy {
  sort: Sort;
  sql: string;
  key: string;
  /** The last row of the page before. */
  behind: Pick<SortedPlace, "value" | "key"> | null;
}

/** A page of them; what they are sorted by is behind what is selected. */
export interface SortedRows {
  /** One more than may be looked at, so that more are known to be there. */
  rows: NewestRows;
  joins?: string;
  select: readonly { sql: string }[];
  conditions: readonly SqlCondition[];
  by: SortedBy;
  limit: number;
}

export async function sortedQuery(
  database: Pick<D1DatabaseSession, "prepare">,
  { rows, joins = "", select, conditions, by, limit }: SortedRows,
): Promise<Result<Cell[][], Problem>> {
  const { sort, sql, key, behind } = by;
  const way = sort.descending ? " DESC" : "";
  const comes = sort.descending ? "<" : ">";
  const where = whereOf([
    ...conditions,
    ...(behind === null ? [] : [{ sql: `(${sql}, ${key}) ${comes} (?, ?)`, values: [behind.value, behind.key] }]),
  ]);
  const cells = [...select.map((one) => one.sql), sql].join(", ");
  const { from, values } = wholeOf(rows);
  const page = database
    .prepare(`SELECT ${cells} FROM ${from} ${joins} ${where.sql} ORDER BY ${sql}${way}, ${key}${way} LIMIT ${limit}`)
    .bind(...values, ...where.values);
  const all = selectNewest(rows, "1");
  const count = database.prepare(`SELECT count(*) AS looked_at FROM (${all.sql})`).bind(...all.values);
  const [found, looked] = await Promise.all([page.raw<Cell[]>(), count.first<number>("looked_at")]);
  return (looked ?? 0) > MOST_LOOKED_AT ? refuse(tooManyToSort(sort)) : accept(found);
}

function tooManyToSort({ name }: Sort): Problem {
  const detail = `There are more than ${MOST_LOOKED_AT.toLocaleString("en-US")} rows here, too many to sort by ${name}: choose fewer by from and to, or by whose they are.`;
  return invalidQuery([{ parameter: "sort", detail }]);
}

/** The order of a list of what is set up: that in which they were made, or by a field; and where its pages begin. */
import { type AnyColumn, asc, desc, gt, lt, type SQL, sql } from "drizzle-orm";
import { isSeenBy } from "../../core/roles.ts";
import { type Caller, pseudonymsFor } from "../web/caller.ts";
import { readSort, type Sort, writeSortedCursor } from "../web/sorting.ts";
import type { AnyFields, SortedQuery } from "./schemas.ts";

/** An order, what comes behind the page before, and the cursor of a thing, as the caller sees it. */
export interface ListOrder {
  order: readonly SQL[];
  behind: SQL | undefined;
  cursorOf(number: number, view: object): string;
}

/** People do not look for capital letters first. */
export function ignoringCase(column: AnyColumn): SQL {
  return sql`${column} COLLATE NOCASE`;
}

/** A cursor goes on in its own order. What a caller does not see orders nothing: the list is in the order in which they were made then. */
export function orderedBy(
  number: AnyColumn,
  fields: AnyFields,
  caller: Caller,
  { sort: asked, cursor }: SortedQuery,
): ListOrder {
  const sort = typeof cursor === "object" ? cursor.sort : asked === undefined ? null : readSort(asked);
  const by = sort === null ? undefined : sortedBy(fields, caller, sort);
  if (sort === null || by === undefined || by === "number" || typeof cursor === "string")
    return asMade(number, by === "number" && sort?.descending === true, cursor);
  const way = sort.descending ? desc : asc;
  const comes = sort.descending ? sql`<` : sql`>`;
  return {
    order: [way(by), way(number)],
    behind: cursor === undefined ? undefined : sql`(${by}, ${number}) ${comes} (${cursor.value}, ${cursor.key})`,
    cursorOf: (key, view) => writeSortedCursor({ sort, value: String(Reflect.get(view, sort.name)), key }),
  };
}

/** True where the caller may have the list in the order of this field. */
export function isSortedBy(fields: AnyFields, caller: Caller, name: string): boolean {
  return sortedBy(fields, caller, { name, descending: false }) !== undefined;
}

function sortedBy(fields: AnyFields, caller: Caller, { name }: Sort) {
  const field = fields[name];
  if (field === undefined || !isSeenBy(field, caller.role)) return undefined;
  return field.disguised && pseudonymsFor(caller) !== null ? undefined : field.sort;
}

function asMade(number: AnyColumn, descending: boolean, cursor: SortedQuery["cursor"]): ListOrder {
  const last = typeof cursor === "string" ? Number(cursor) : undefined;
  return {
    order: [descending ? desc(number) : asc(number)],
    behind: last === undefined ? undefined : descending ? lt(number, last) : gt(number, last),
    cursorOf: String,
  };
}

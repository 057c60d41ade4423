/**
 * How somebody's own rows of a table that grows with everybody's are read, without an index of owners. Time is closed hour by hour (`closed_…`, up to `until`): of what came before
 * then, lists have the IDs, by kind and number of the owner and hour; what came since is read itself, by time, and is never much. A list may name a row that has become
 * another's, so the row is asked too.
 */
import type { Cell } from "../../../schema/columns.ts";
import { isSaid, type KeyRange, keyBounds, keyFilters, type RowPlace } from "./row-places.ts";
import type { SqlCondition } from "./sql-condition.ts";

/** A table whose rows are listed by owner. */
export interface ListedTable {
  /** The table of lists: `kind`, `owner`, `hour`, `first`, `ids`, a JSON array. */
  lists: string;
  /** The table of the rows, and what statements call it. */
  rows: string;
  alias: string;
  /** The column that lists name rows by. */
  id: string;
  /** The columns of its order in time; an index, named if it is not the primary key, has them, and the first tells the hour. */
  key: readonly [string, ...string[]];
  keyIndex?: string;
  /** The scalar query of where closed time ends: a row whose first part of the key is less is listed. */
  until: string;
  /** The hour (since 1970) of the lists that a value of the key's first part lies in. */
  hourOf(first: string | number): number;
}

/** Whose rows: the list's kind, which is the name of the row's column too, and the number. */
export interface RowOwner {
  kind: "advertiser" | "affiliate";
  number: Cell;
}

/** Closed rows by their lists, `l`, `i` being one of the IDs. */
export function listedFrom({ lists, rows, alias, id }: ListedTable): string {
  return `${lists} AS l CROSS JOIN json_each(l.ids) AS i CROSS JOIN ${rows} AS ${alias} ON ${alias}.${id} = i.value`;
}

/** Which of them: those of the lists of a kind and an owner, and of these hours. */
export function listedWhere(
  table: ListedTable,
  { kind, number }: { kind: string; number: Cell },
  hours: { from?: number; through?: number },
): SqlCondition[] {
  const { alias, key, until } = table;
  return [
    { sql: `l.kind = '${kind}' AND l.owner = ?`, values: [number] },
    ...(hours.from === undefined ? [] : [{ sql: "l.hour >= ?", values: [hours.from] }]),
    ...(hours.through === undefined ? [] : [{ sql: "l.hour <= ?", values: [hours.through] }]),
    // Told by the row itself, so that what is read in both places is read once, whatever a list says.
    { sql: `+${alias}.${key[0]} < (${until})`, values: [] },
  ];
}

/** What came since, in the order of its time. */
export function openFrom({ rows, alias, keyIndex }: ListedTable): string {
  return `${rows} AS ${alias}${keyIndex === undefined ? "" : ` INDEXED BY ${keyIndex}`}`;
}

/** Which of it: from where closed time ends, or from a value of the key's first part if that is more. It is the one lower bound of the key: SQLite would read from the one that it likes. */
export function openWhere({ alias, key, until }: ListedTable, least?: Cell): SqlCondition {
  const column = `${alias}.${key[0]}`;
  return isSaid(least)
    ? { sql: `${column} >= max((${until}), ?)`, values: [least] }
    : { sql: `${column} >= (${until})`, values: [] };
}

/** The condition that a row is the owner's. */
export function ownedBy({ alias }: ListedTable, { kind, number }: RowOwner): SqlCondition {
  return { sql: `+${alias}.${kind} = ?`, values: [number] };
}

/** The two places of an owner's rows. `owned` is what makes a row theirs, where that is more than a column with their number. */
export function ownPlaces(
  table: ListedTable,
  owner: RowOwner,
  owned: SqlCondition = ownedBy(table, owner),
): [listed: RowPlace, open: RowPlace] {
  const key = table.key.map((name) => `${table.alias}.${name}`);
  const listed: RowPlace = {
    from: listedFrom(table),
    conditions: [...listedWhere(table, owner, {}), owned],
    // Sorted hour by hour, so that reading ends with the page.
    order: ["l.hour", ...key],
    within: (range) => [...hourBounds(table, range), ...keyFilters(key, range)],
  };
  const open: RowPlace = {
    from: openFrom(table),
    conditions: [owned],
    order: key,
    within: (range) => [openWhere(table, range.after?.[0] ?? range.at), ...openFilters(key, range)],
  };
  return [listed, open];
}

/** The hours of lists that hold a part of the key's order. */
export function hourBounds({ hourOf }: ListedTable, range: KeyRange): SqlCondition[] {
  const least = range.after?.[0] ?? range.at;
  const most = [range.through?.[0], range.before?.[0], range.below].filter(isSaid).map(hourOf);
  return [
    ...(isSaid(least) ? [{ sql: "l.hour >= ?", values: [hourOf(least)] }] : []),
    ...(most.length > 0 ? [{ sql: "l.hour <= ?", values: [Math.min(...most)] }] : []),
  ];
}

/** An upper bound may choose the way besides. */
function openFilters(key: readonly string[], { after, at, ...upper }: KeyRange): SqlCondition[] {
  const lower = { ...(after === undefined ? {} : { after }), ...(at === undefined ? {} : { at }) };
  return [...keyFilters(key, lower), ...keyBounds(key, upper)];
}

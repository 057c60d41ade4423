/** Where rows lie that are read in the order of a key: in one place, or in several, of which as many as a page has are read and merged. */
import type { Cell } from "../../../schema/columns.ts";
import { type SqlCondition, whereOf } from "./sql-condition.ts";

/** A part of the order of a key: behind a whole key, or from a value of its first part; up to a whole key, or before one, or below a value of its first part. */
export interface KeyRange {
  after?: readonly Cell[];
  at?: Cell;
  through?: readonly Cell[];
  before?: readonly Cell[];
  below?: Cell;
}

/** One of the places of a table's rows. */
export interface RowPlace {
  from: string;
  /** What makes a row there one of those that are meant. */
  conditions: readonly SqlCondition[];
  /** What its rows are read by, in the order of the key. */
  order: readonly string[];
  /** The conditions that keep it to a part of that order. */
  within(range: KeyRange): SqlCondition[];
}

/** What is selected of a row, under the name that it has outside. */
interface Selected {
  name: string;
  sql: string;
  /** Looked up once the page is read, for its rows alone; `sql` calls it `page`. */
  onPage?: boolean;
}

/** A page out of places: the names of the key's parts are among those that are selected. */
export interface PlacesQuery {
  places: readonly RowPlace[];
  select: readonly Selected[];
  key: readonly string[];
  range: KeyRange;
  conditions: readonly SqlCondition[];
  limit: number;
  offset?: number;
  descending?: boolean;
}

/** A place that an index has in the order of the key, whose parts are these expressions. */
export function keyedPlace(from: string, key: readonly string[], conditions: readonly SqlCondition[] = []): RowPlace {
  return { from, conditions, order: key, within: (range) => keyBounds(key, range) };
}

/** The bounds of a range, as the index of the key is read by them. */
export function keyBounds(key: readonly string[], { after, at, through, before, below }: KeyRange): SqlCondition[] {
  const whole = key.join(", ");
  const marks = key.map(() => "?").join(", ");
  const bounds: SqlCondition[] = [];
  if (after) bounds.push({ sql: `(${whole}) > (${marks})`, values: after });
  else if (isSaid(at)) bounds.push({ sql: `${key[0]} >= ?`, values: [at] });
  if (before) bounds.push({ sql: `(${whole}) < (${marks})`, values: before });
  // One upper bound, so that the index is read by it.
  if (isSaid(below)) bounds.push({ sql: `${before ? "+" : ""}${key[0]} < ?`, values: [below] });
  if (through) bounds.push({ sql: `(${whole}) <= (${marks})`, values: through });
  return bounds;
}

/** The same, where the way to the rows is another: the plus keeps SQLite from taking an index by them. */
export function keyFilters(key: readonly string[], range: KeyRange): SqlCondition[] {
  return keyBounds(
    key.map((part) => `+${part}`),
    range,
  );
}

export function isSaid(value: Cell | undefined): value is string | number {
  return value !== undefined && value !== null;
}

/** The statement of a page. */
export function placesQuery(query: PlacesQuery): { sql: string; values: Cell[] } {
  const { select } = query;
  const own = select.filter(({ onPage }) => onPage !== true);
  if (own.length === select.length) return pageQuery(query);
  const page = pageQuery({ ...query, select: own });
  const cells = select.map((one) =>
    one.onPage === true ? `${one.sql} AS "${one.name}"` : `page.${nameOf(one.name, own.indexOf(one))}`,
  );
  return {
    sql: `SELECT ${cells.join(", ")} FROM (${page.sql}) AS page ORDER BY ${orderOf(query)}`,
    values: page.values,
  };
}

function pageQuery(query: PlacesQuery): { sql: string; values: Cell[] } {
  const { places, limit, offset = 0 } = query;
  const page = `LIMIT ${limit}${offset > 0 ? ` OFFSET ${offset}` : ""}`;
  const [only, ...others] = places;
  if (only && others.length === 0) {
    const one = placeQuery(only, query);
    return { sql: `${one.sql} ${page}`, values: one.values };
  }
  const parts = places.map((place) => placeQuery(place, query));
  const all = parts.map(({ sql }) => `SELECT * FROM (${sql} LIMIT ${limit + offset})`).join(" UNION ALL ");
  return { sql: `${all} ORDER BY ${orderOf(query)} ${page}`, values: parts.flatMap(({ values }) => values) };
}

/** The key's parts by their places among what is selected. */
function orderOf({ select, key, descending = false }: PlacesQuery): string {
  const way = descending ? " DESC" : "";
  return key.map((name) => `${select.findIndex((one) => one.name === name) + 1}${way}`).join(", ");
}

function nameOf(name: string, index: number): string {
  return name === "" ? `c${index}` : `"${name}"`;
}

function placeQuery(place: RowPlace, { select, range, conditions, descending = false }: PlacesQuery) {
  const where = whereOf([...place.conditions, ...place.within(range), ...conditions]);
  const cells = select.map(({ name, sql }, index) => `${sql} AS ${nameOf(name, index)}`).join(", ");
  const order = place.order.map((part) => `${part}${descending ? " DESC" : ""}`).join(", ");
  return { sql: `SELECT ${cells} FROM ${place.from} ${where.sql} ORDER BY ${order}`, values: where.values };
}

/** Which rows and columns are read: what was asked for, within what the caller may see. */

import * as v from "valibot";
import type { Cell } from "../../../schema/columns.ts";
import { ATTRIBUTED_BY } from "../../../schema/tables.ts";
import { plainClickId } from "../../core/click-id-hex.ts";
import type { Pseudonyms } from "../../core/pseudonyms.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { isShownTo } from "../../core/roles.ts";
import { SUBJECTS } from "../../core/subjects.ts";
import { hasClickShape } from "../../core/table-file/click-shape.ts";
import type { Env, Readable } from "../env.ts";
import { type Caller, pseudonymsFor, type Scope } from "../web/caller.ts";
import { currencyCode, instant } from "../web/field-schemas.ts";
import { invalidQuery, parameters } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import type { Column } from "./column.ts";
import {
  CLOCKS,
  COLUMN_FILTERS,
  EMPTY_COLUMNS,
  type ExportTable,
  FILTERS,
  type Filter,
  type FindTime,
  FLAG_FILTERS,
} from "./export-table.ts";
import type { RowOwner } from "./listed-rows.ts";
import { idsOfOrder } from "./order-ids.ts";
import type { KeyRange, RowPlace } from "./row-places.ts";
import { noSuchSlug, numberFor } from "./slugs.ts";
import { type Compared, type SqlCondition, whereOf } from "./sql-condition.ts";

/** The plus sign keeps SQLite from reading an index by it: the key's bounds are the index's. */
function compare(what: string, how: Compared["how"], value: Cell): SqlCondition {
  return { sql: `+${what} ${how} ?`, values: [value], compares: { what, how, value } };
}

export interface Selection {
  table: ExportTable;
  /** Where they lie: of whoever sees only what is theirs, those alone. */
  places: readonly RowPlace[];
  columns: readonly Column[];
  /** What the caller knows affiliates and links by, where it is not by their slugs. */
  pseudonyms: Pseudonyms | null;
  conditions: readonly SqlCondition[];
  /** Bound of the key's first part. */
  below: Cell;
  /** Where to begin: behind a whole key, or at a value of the key's first part; null: at the beginning. */
  start: { after: Cell[] } | { at: Cell } | null;
  /** The whole key of the last row, where it is a part of an export. */
  through?: readonly Cell[];
  /** How many rows a page has, where that is not as always. */
  pageRows?: number;
  /** Where exactly what was received in its range lies, of a selection by receipt that has one. */
  received?: { range: KeyRange; elsewhere: RowPlace };
}

/** A yes or no in a query string, as SQLite has it. */
export const queryFlag = v.pipe(
  v.picklist(["true", "false", "1", "0"]),
  v.metadata({ type: "boolean", enum: undefined }),
  v.transform((text) => (text === "true" || text === "1" ? 1 : 0)),
);
/** A text to compare with. */
export const queryText = v.pipe(v.string(), v.nonEmpty("Leave the parameter out, or say a value."));

const TEXT_FILTERS = FILTERS.filter((filter) => !FLAG_FILTERS.some((flag) => flag === filter));

/** Columns whose words are known: any other one is refused, and is no empty list. */
const KNOWN_COLUMN_WORDS = {
  currency: v.exactOptional(currencyCode),
  attributed_by: v.exactOptional(v.picklist(ATTRIBUTED_BY)),
  customer: v.exactOptional(v.picklist(["new", "returning"])),
};

/** Besides, a range of another clock. */
const AND_CLOCK = ["and_clock"] as const;
const AND_TIMES = ["and_from", "and_to"] as const;

/** The parameters of an export of `table`: the range, its clock, the filters that the table has, and where to go on. */
export function exportParameters(table: ExportTable) {
  const clocks = CLOCKS.filter((clock) => table.clocks[clock] !== undefined);
  const flags = FLAG_FILTERS.filter((filter) => table.filters[filter] !== undefined);
  return parameters({
    from: v.exactOptional(instant),
    to: v.exactOptional(instant),
    clock: v.exactOptional(v.picklist(clocks)),
    after: v.exactOptional(queryText),
    ...v.entriesFromList(table.andClocks ? AND_CLOCK : [], v.exactOptional(v.picklist(CLOCKS))),
    ...v.entriesFromList(table.andClocks ? AND_TIMES : [], v.exactOptional(instant)),
    ...filterParameters(table),
    ...v.entriesFromList(flags, v.exactOptional(queryFlag)),
    ...v.entriesFromList(table.byColumns ? [...COLUMN_FILTERS, EMPTY_COLUMNS] : [], v.exactOptional(queryText)),
    ...(table.byColumns ? KNOWN_COLUMN_WORDS : {}),
  });
}

/** The filters that the table has, but tests: one of their words, where those are known. */
export function filterParameters(table: Pick<ExportTable, "filters" | "choices">): FilterParameters;
export function filterParameters({ filters, choices = {} }: Pick<ExportTable, "filters" | "choices">) {
  const names = TEXT_FILTERS.filter((filter) => filters[filter] !== undefined);
  const wordsOf = (filter: Filter) => {
    const known = choices[filter];
    if (known === undefined) return queryText;
    return "kind" in known ? known : v.picklist(known);
  };
  const entries = names.map((filter) => [filter, v.exactOptional(wordsOf(filter))] as const);
  return Object.fromEntries(entries);
}

/** As the compiler is to know them, which cannot follow the loop: what was asked for is text. */
type FilterParameters = Record<
  Exclude<Filter, "test">,
  v.ExactOptionalSchema<v.GenericSchema<string, string>, undefined>
>;

export type ExportQuery = v.InferOutput<ReturnType<typeof exportParameters>>;

/** Reads what was asked for against the books. Refuses slugs that do not exist, a clock that the table lacks, and an `after` that is no key of it. */
export async function select(
  env: Readable,
  table: ExportTable,
  query: ExportQuery,
  caller: Caller,
): Promise<Result<Selection, Problem>> {
  const contradiction = statusContradiction(query);
  if (contradiction !== null) return refuse(contradiction);
  const filters = await readFilters(env, table, query, caller);
  if (!filters.ok) return filters;
  const byColumns = columnConditions(table, query, caller);
  if (!byColumns.ok) return byColumns;
  const clock = query.clock ?? "received";
  const time = table.clocks[clock] ?? table.clocks.received ?? "";
  const range = { fromMs: query.from ?? null, toMs: query.to ?? null };
  const { least, below } = table.bounds(range, clock);
  // Of a row that is not the caller's, `after` says no more than one that was never there.
  const find: FindTime = async (one, time, from) => {
    if (table.database === "click log") return null;
    const where = whereOf([one, ...ownership(table, caller)]);
    const database = env[table.database].withSession();
    const asked = database.prepare(`SELECT ${time} AS at FROM ${from} ${where.sql}`).bind(...where.values);
    return asked.first<number>("at");
  };
  const after = query.after === undefined ? null : await table.keyAfter(query.after, find);
  if (query.after !== undefined && !after)
    return refuse(
      invalidQuery([{ parameter: "after", detail: `This is not the ${table.after} of a row of this export.` }]),
    );
  const own = await ownPages(env, table, caller, filters.value);
  const isByReceipt = clock === "received" && own.byIds !== true && (range.fromMs ?? range.toMs) !== null;
  const owner = caller.scope === "everything" ? null : ownerOf(caller.scope);
  const received = isByReceipt ? table.received?.(range, owner) : undefined;
  return accept({
    table,
    places: own.places,
    columns: columnsFor(table.columns, caller),
    pseudonyms: pseudonymsFor(caller),
    conditions: [
      ...(range.fromMs === null ? [] : [compare(time, ">=", range.fromMs)]),
      ...(range.toMs === null ? [] : [compare(time, "<", range.toMs)]),
      ...andTimes(table, query),
      ...filters.value,
      ...byColumns.value,
      // Once more, whatever a place holds; clicks are kept to their owner by this alone.
      ...ownership(table, caller),
    ],
    below,
    start: startOf(after, least),
    ...(own.pageRows === undefined ? {} : { pageRows: own.pageRows }),
    ...(received === undefined ? {} : { received }),
  });
}

/** Behind `after`, unless the range begins later. Two lower bounds in SQL would not do: SQLite reads from the one it likes. */
function startOf(after: Cell[] | null, least: Cell): Selection["start"] {
  const first = after?.[0];
  if (after && (least === null || (first !== undefined && first !== null && first >= least))) return { after };
  return least === null ? null : { at: least };
}

/** The range of another clock, of the conversion's times, which is a filter of what the first one finds. */
function andTimes(table: ExportTable, query: ExportQuery): SqlCondition[] {
  const time = table.andClocks?.[query.and_clock ?? "received"];
  if (time === undefined) return [];
  return [
    ...(query.and_from === undefined ? [] : [compare(time, ">=", query.and_from)]),
    ...(query.and_to === undefined ? [] : [compare(time, "<", query.and_to)]),
  ];
}

/** What the filters of a query ask for. Refuses slugs that do not exist. */
export async function readFilters(
  env: Pick<Env, "DB">,
  table: Pick<ExportTable, "filters" | "ownFilters" | "indexed" | "affiliatesFilters">,
  query: Partial<Record<Filter, string | number>>,
  caller: Caller,
): Promise<Result<SqlCondition[], Problem>> {
  const { scope } = caller;
  const conditions: SqlCondition[] = [];
  for (const filter of FILTERS) {
    const given = query[filter];
    const own = scope === "everything" ? undefined : table.ownFilters?.[filter];
    const affiliates = caller.role === "affiliate" ? table.affiliatesFilters?.[filter] : undefined;
    const expression = affiliates ?? own ?? table.filters[filter];
    if (given === undefined || expression === undefined) continue;
    const subject = SUBJECTS.find((name) => name === filter);
    const value =
      subject === undefined ? spelled(filter, given) : await numberFor(env.DB, caller, subject, String(given));
    if (value === null && scope === "everything") return refuse(noSuchSlug(filter, given));
    // Whoever sees only what is theirs does not learn which other slugs exist: nothing has the number 0.
    conditions.push(compare(expression, "=", value ?? 0));
    const indexed = table.indexed?.[filter]?.[String(given)];
    if (indexed !== undefined) conditions.push({ sql: indexed, values: [], indexed: true });
  }
  return accept(conditions);
}

/** What is wrong where no row can have this status and stand, or not stand: an empty list would say that there is none. */
function statusContradiction({ status, stands }: ExportQuery): Problem | null {
  if (status === undefined || stands === undefined) return null;
  const isStanding = status === "pending" || status === "approved";
  if (isStanding === (stands === 1)) return null;
  const detail = `What is ${status} ${isStanding ? "stands" : "does not stand"}: leave one of status and stands out.`;
  return invalidQuery([{ parameter: "stands", detail }]);
}

/** What is asked of single columns, as the caller sees them. Refuses those that the caller does not see. */
function columnConditions(table: ExportTable, query: ExportQuery, caller: Caller): Result<SqlCondition[], Problem> {
  if (table.byColumns !== true) return accept([]);
  const seen = columnsFor(table.columns, caller).filter(({ name }) => COLUMN_FILTERS.some((filter) => filter === name));
  const empty = new Set((query[EMPTY_COLUMNS] ?? "").split(",").filter((name) => name !== ""));
  const asked = [
    ...COLUMN_FILTERS.map((name) => ({ parameter: name, name, value: query[name] })),
    ...[...empty].map((name) => ({ parameter: EMPTY_COLUMNS, name, value: "" })),
  ];
  const conditions: SqlCondition[] = [];
  for (const { parameter, name, value } of asked) {
    if (value === undefined) continue;
    const column = seen.find((one) => one.name === name);
    if (column === undefined) {
      const detail = `There is no column ${name} to filter by here. These are: ${seen.map((one) => one.name).join(", ")}.`;
      return refuse(invalidQuery([{ parameter, detail }]));
    }
    conditions.push({ sql: `coalesce(${column.sql}, '') = ?`, values: [value] });
  }
  return accept(conditions);
}

/** A click ID of ours in the spelling that is kept; other texts, such as another tracker's click ID in the log, as they are. */
function spelled(filter: Filter, given: string | number): string | number {
  return filter === "click_id" && typeof given === "string" && hasClickShape(given) ? plainClickId(given) : given;
}

/** Those of the columns that the caller may see, as far as it may. */
export function columnsFor(columns: readonly Column[], caller: Pick<Caller, "role" | "scope">): Column[] {
  const { role } = caller;
  const seen = columns.filter((column) => isShownTo(column, role, pseudonymsFor(caller) === null));
  return seen.map((column) => ({ ...column, sql: column.sqlFor?.[role] ?? column.sql }));
}

/** What keeps callers to the rows that are theirs. */
export function ownership(table: Pick<ExportTable, "owners">, { scope }: Caller): SqlCondition[] {
  if (scope === "everything") return [];
  const { kind, number } = ownerOf(scope);
  return [compare(table.owners[kind], "=", number)];
}

/** The same for pages that are read one after the other: where each takes reading all that is the caller's, only as long as that is not much. */
async function ownPages(
  env: Readable,
  table: ExportTable,
  caller: Caller,
  filters: readonly SqlCondition[],
): Promise<{ places: readonly RowPlace[]; pageRows?: number; byIds?: true }> {
  const { scope } = caller;
  const { ownWhole } = table;
  const txid = scope === "everything" && table.ofIds ? comparedTo(table.filters.txid, filters) : undefined;
  if (typeof txid === "string" && table.ofIds)
    return { places: [table.ofIds(await idsOfOrder(env, caller, txid))], byIds: true };
  if (scope === "everything" || !ownWhole || table.database === "click log")
    return { places: placesFor(table, caller, filters) };
  const { sql, values } = ownWhole.count(ownerOf(scope));
  const counted = env[table.database]
    .withSession()
    .prepare(sql)
    .bind(...values);
  if (((await counted.first<number>("own")) ?? 0) > ownWhole.most) return { places: amongAll(table, caller) };
  return { places: placesFor(table, caller, filters), pageRows: ownWhole.pageRows };
}

/** Whose rows alone a caller of this scope sees. */
export function ownerOf(scope: Exclude<Scope, "everything">): RowOwner {
  return "advertiser" in scope
    ? { kind: "advertiser", number: scope.advertiser }
    : { kind: "affiliate", number: scope.affiliate };
}

/** Where a page of the caller's rows is read from: of whoever sees only what is theirs, where those lie, if the table knows, so that nobody reads everybody's; and of whoever sees everything, where what a filter names lies. */
export function placesFor(
  table: Pick<ExportTable, "places" | "own" | "owners" | "filters" | "ways">,
  caller: Caller,
  filters: readonly SqlCondition[],
): readonly RowPlace[] {
  const { scope } = caller;
  if (scope !== "everything" && table.own) return table.own(ownerOf(scope));
  return (scope === "everything" ? shortWay(table, filters) : null) ?? amongAll(table, caller);
}

/** Filters by how few rows have one value of them, the fewest first. */
const SHORTEST = ["click_id", "affiliate", "advertiser"] as const satisfies readonly Filter[];

/** Where the rows lie that a filter names, if the table knows. The filters stay conditions of each row. */
function shortWay(
  { filters, ways = {} }: Pick<ExportTable, "filters" | "ways">,
  asked: readonly SqlCondition[],
): readonly RowPlace[] | null {
  for (const filter of SHORTEST) {
    const value = comparedTo(filters[filter], asked);
    const places = value === undefined ? null : ways[filter]?.(value);
    if (places) return places;
  }
  return null;
}

/** The value that a filter asks for; undefined where it is not asked. */
function comparedTo(filter: string | undefined, asked: readonly SqlCondition[]): Cell | undefined {
  return asked.find(({ compares }) => compares?.how === "=" && compares.what === filter)?.compares?.value;
}

/** The same, found among everybody's. */
function amongAll({ places, owners }: Pick<ExportTable, "places" | "owners">, caller: Caller): readonly RowPlace[] {
  const whose = ownership({ owners }, caller);
  return places.map((place) => ({ ...place, conditions: [...place.conditions, ...whose] }));
}

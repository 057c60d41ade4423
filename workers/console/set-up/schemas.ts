/**
 * What the API takes and answers, out of a table of fields. The compiler cannot follow a loop over a table's entries: the first signature of each
 * function says what comes out of it.
 */
import type { AnyColumn, SQL } from "drizzle-orm";
import * as v from "valibot";
import { isSeenBy, type Role, type Seen, type SeenBy } from "../../core/roles.ts";
import { queryFlag } from "../tables/selection.ts";
import { columnNames } from "../web/field-schemas.ts";
import { fields as exactly, parameters, type Schema } from "../web/input.ts";
import { PAGE_PARAMETERS } from "../web/listing.ts";
import { fixedField } from "../web/saving.ts";
import { type ListCursor, sortedCursor, sortParameter } from "../web/sorting.ts";

/** A file may begin with a byte order mark, and have some columns alone, by name, in this order. */
const FILE_PARAMETERS = { bom: v.exactOptional(queryFlag), columns: v.exactOptional(columnNames) };

/** What every list of set-up is asked for besides its filters. */
export interface SortedQuery {
  limit?: number;
  cursor?: ListCursor;
  sort?: string;
}
type SortedParameters = Pick<typeof PAGE_PARAMETERS, "limit"> & {
  cursor: ReturnType<typeof sortedCursor>;
  sort: ReturnType<typeof sortParameter>;
};
/** Cursors of the order in which they were made. */
const OWN_CURSOR = /^\d{1,10}$/;

export interface AnyField extends Seen {
  input?: Schema;
  required?: true;
  fixed?: true;
  shown: v.GenericSchema;
  leftOut?: true;
  filter?: AnyColumn;
  asked?: v.GenericSchema<string, string>;
  sort?: AnyColumn | SQL | "number";
  disguised?: true;
  writers?: readonly Role[];
}
/** The fields of whatever thing. */
export type AnyFields = Readonly<Record<string, AnyField>>;

export type Flat<Type> = { [Name in keyof Type]: Type[Name] };
type Optional<Inner extends v.GenericSchema> = v.ExactOptionalSchema<Inner, undefined>;
type InputOf<Entry> = Entry extends { input: infer Input extends v.GenericSchema } ? Input : never;
/** Names of the entries that are like `Like`. */
export type NamesOf<Table, Like> = { [Name in keyof Table]: Table[Name] extends Like ? Name : never }[keyof Table];

type RequiredName<Table> = NamesOf<Table, { input: Schema; required: true }>;
export type GivenName<Table> = NamesOf<Table, { input: Schema }>;
export type ChangeableName<Table> = Exclude<GivenName<Table>, NamesOf<Table, { fixed: true }>>;

type Inputs<Table, Names extends keyof Table> = { [Name in Names]: InputOf<Table[Name]> };
type OptionalInputs<Table, Names extends keyof Table> = { [Name in Names]: Optional<InputOf<Table[Name]>> };
type Fixed<Names extends PropertyKey> = { [Name in Names]: ReturnType<typeof fixedField> };
type Creation<Table> = Flat<
  Inputs<Table, RequiredName<Table>> & OptionalInputs<Table, Exclude<GivenName<Table>, RequiredName<Table>>>
>;

type Exactly<Entries> = Entries extends v.ObjectEntries ? ReturnType<typeof exactly<Entries>> : never;

/** What makes a thing: first what it must have, then what it may. */
export function creationOf<Table extends AnyFields>(table: Table): Exactly<Creation<Table>>;
export function creationOf(table: AnyFields) {
  return exactly(creationEntries(table));
}

/** What changes a thing: what it names; the rest stays. */
export function changeOf<Table extends AnyFields>(
  table: Table,
): Exactly<Flat<OptionalInputs<Table, ChangeableName<Table>> & Fixed<Exclude<keyof Table, ChangeableName<Table>>>>>;
export function changeOf(table: AnyFields) {
  const changeable = inInputOrder(table).flatMap(([name, { input, fixed }]) =>
    input && !fixed ? [[name, v.exactOptional(input)] as const] : [],
  );
  return exactly({ ...Object.fromEntries(changeable), ...fixedEntries(table, fixedFields(table)) });
}

/** An item of a list in a thing: what it must have, what it may, and what comes back as it was read. */
export function itemOf<Table extends AnyFields>(
  table: Table,
): Exactly<Flat<Creation<Table> & Fixed<Exclude<keyof Table, GivenName<Table>>>>>;
export function itemOf(table: AnyFields) {
  const untaken = Object.keys(table).filter((name) => table[name]?.input === undefined);
  return exactly({ ...creationEntries(table), ...fixedEntries(table, untaken) });
}

function fixedEntries(table: AnyFields, names: readonly string[]) {
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = table[name];
      return field ? [[name, fixedField(field.shown)] as const] : [];
    }),
  );
}

/** Names of what a change must not change. */
export function fixedFields(table: AnyFields): string[] {
  return Object.entries(table).flatMap(([name, { input, fixed }]) => (input && !fixed ? [] : [name]));
}

type ShownOf<Entry> = Entry extends { shown: infer Shown extends v.GenericSchema } ? Shown : never;
/** Those of `Readers` see it, and it is never left out. */
type IsAlwaysThere<Entry, Readers extends Role> = Entry extends { leftOut: true }
  ? false
  : Entry extends { seenBy: infer Roles extends SeenBy }
    ? Readers extends Roles[number]
      ? true
      : false
    : false;
export type Answer<Table, Readers extends SeenBy> = ObjectOf<{
  [Name in keyof Table]: false extends IsAlwaysThere<Table[Name], Readers[number]>
    ? Optional<ShownOf<Table[Name]>>
    : ShownOf<Table[Name]>;
}>;
type ObjectOf<Entries> = Entries extends v.ObjectEntries ? v.ObjectSchema<Entries, undefined> : never;
/** One of several, or the value as it is shown. */
type AskedOf<Entry> = Entry extends { asked: infer Asked extends v.GenericSchema } ? Asked : ShownOf<Entry>;
/** The values that a list is asked for. */
export type AskedFilters<Table> = {
  [Name in NamesOf<Table, { filter: AnyColumn }>]?: v.InferOutput<AskedOf<Table[Name]>>;
};
type Filters<Table> = { [Name in NamesOf<Table, { filter: AnyColumn }>]: Optional<AskedOf<Table[Name]>> };

/** What answers hold; what some of the readers do not see, or what is left out at times, is optional. */
export function answerOf<Table extends AnyFields, const Readers extends SeenBy>(
  table: Table,
  readers: Readers,
): Answer<Table, Readers>;
export function answerOf(table: AnyFields, readers: SeenBy) {
  const entries = Object.entries(table).map(
    ([name, field]) => [name, isAlwaysThere(field, readers) ? field.shown : v.exactOptional(field.shown)] as const,
  );
  return v.object(Object.fromEntries(entries));
}

/** What the file of a list can be asked for. */
export function listFileOf<Table extends AnyFields>(
  table: Table,
): Exactly<Flat<typeof FILE_PARAMETERS & Filters<Table>>>;
export function listFileOf(table: AnyFields) {
  return parameters({ ...FILE_PARAMETERS, ...filterEntries(table) });
}

/** What a list can be asked for. */
export function listOf<Table extends AnyFields>(table: Table): Exactly<Flat<SortedParameters & Filters<Table>>>;
export function listOf(table: AnyFields) {
  const sorts = Object.keys(table).filter((name) => table[name]?.sort !== undefined);
  const page = {
    limit: PAGE_PARAMETERS.limit,
    cursor: sortedCursor(sorts, OWN_CURSOR),
    sort: sortParameter(sorts),
  };
  return parameters({ ...page, ...filterEntries(table) });
}

function filterEntries(table: AnyFields) {
  const filters = Object.entries(table).flatMap(([name, { filter, asked, shown }]) =>
    filter ? [[name, v.exactOptional(asked ?? shown)] as const] : [],
  );
  return Object.fromEntries(filters);
}

/** True for what all of the readers see in every answer. */
function isAlwaysThere(field: AnyField, readers: SeenBy): boolean {
  return !field.leftOut && readers.every((role) => isSeenBy(field, role));
}

/** The same table, what all of the readers see first. */
export function inAnswerOrder<Table extends AnyFields>(table: Table, readers: SeenBy): Table;
export function inAnswerOrder(table: AnyFields, readers: SeenBy) {
  const entries = Object.entries(table);
  const isFirst = ([, field]: (typeof entries)[number]) => isAlwaysThere(field, readers);
  return Object.fromEntries([...entries.filter(isFirst), ...entries.filter((entry) => !isFirst(entry))]);
}

function creationEntries(table: AnyFields): Record<string, v.GenericSchema> {
  const entries = inInputOrder(table).flatMap(([name, { input, required }]) =>
    input ? [[name, required ? input : v.exactOptional(input)] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** What must be there comes first. */
export function inInputOrder<Entry extends { required?: true }>(
  table: Readonly<Record<string, Entry>>,
): [string, Entry][] {
  const entries = Object.entries(table);
  return [...entries.filter(([, { required }]) => required), ...entries.filter(([, { required }]) => !required)];
}

/**
 * The values of a thing, out of its table of fields: as answers show them, as a new row holds them, as a change writes them. As in schemas.ts, the
 * first signature of each function says what the compiler cannot follow.
 */
import type * as v from "valibot";
import { isSeenBy, type SeenBy } from "../../core/roles.ts";
import type { Viewer } from "./field.ts";
import {
  type Answer,
  type AnyField,
  answerOf,
  type ChangeableName,
  type Flat,
  type GivenName,
  type NamesOf,
} from "./schemas.ts";

export interface ValueField extends AnyField {
  column?: PropertyKey;
  default?: unknown;
  show?(source: object, viewer: Viewer): unknown;
}
export type ValueFields = Readonly<Record<string, ValueField>>;

type ColumnOf<Entry> = Entry extends { column: infer Column extends PropertyKey } ? Column : never;
type OutputOf<Entry> = Entry extends { input: infer Input extends v.GenericSchema } ? v.InferOutput<Input> : never;
/** What every `show` of the table can be given. */
type TakenByAll<Table> = {
  [Name in keyof Table]: Table[Name] extends { show(source: infer Of, viewer: Viewer): unknown }
    ? (of: Of) => void
    : never;
}[keyof Table] extends (of: infer Of) => void
  ? Of
  : never;
type SourceOf<Table> = TakenByAll<Table> & { row: { [Name in keyof Table as ColumnOf<Table[Name]>]: unknown } };

/** What answers hold of the fields, and the answers themselves: to each of the readers what is theirs to see. */
export interface Showing<Table, Readers extends SeenBy> {
  answer: Answer<Table, Readers>;
  view(source: SourceOf<Table>, viewer: Viewer): v.InferOutput<Answer<Table, Readers>>;
}

export function showing<Table extends ValueFields, const Readers extends SeenBy>(
  table: Table,
  readers: Readers,
): Showing<Table, Readers>;
export function showing(table: ValueFields, readers: SeenBy) {
  return {
    answer: answerOf(table, readers),
    view: (source: { row: object }, viewer: Viewer) =>
      Object.fromEntries(
        Object.entries(table)
          .filter(([, field]) => isSeenBy(field, viewer.role))
          .map(([name, field]) => [name, shownValue(field, source, viewer)] as const)
          .filter(([, value]) => value !== undefined),
      ),
  };
}

export function shownValue({ show, column = "" }: ValueField, source: { row: object }, viewer: Viewer): unknown {
  return show ? show(source, viewer) : Reflect.get(source.row, column);
}

type NewName<Table> = Extract<
  GivenName<Table>,
  NamesOf<Table, { required: true }> | NamesOf<Table, { default: unknown }>
>;
/** Every column that creation decides. */
type NewColumns<Table> = Flat<{ [Name in NewName<Table> as ColumnOf<Table[Name]>]: OutputOf<Table[Name]> }>;
export type ChangedColumns<Table> = Flat<{
  [Name in ChangeableName<Table> as ColumnOf<Table[Name]>]?: OutputOf<Table[Name]> | undefined;
}>;

/** The columns of a new row: what was given, and the defaults of the rest. */
export function newColumns<Table extends ValueFields>(table: Table, input: object): NewColumns<Table>;
export function newColumns(table: ValueFields, input: object) {
  return columnsOf(table, ({ default: unsaid }, name) =>
    Reflect.has(input, name) ? Reflect.get(input, name) : unsaid,
  );
}

/** The columns that a change speaks of; the others are undefined, and stay. */
export function changedColumns<Table extends ValueFields>(table: Table, input: object): ChangedColumns<Table>;
export function changedColumns(table: ValueFields, input: object) {
  return columnsOf(table, ({ fixed }, name) => (fixed ? undefined : Reflect.get(input, name)));
}

function columnsOf(
  table: ValueFields,
  valueIn: (field: ValueField, name: string) => unknown,
): Record<PropertyKey, unknown> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, field]) => {
      const value = field.input && field.column !== undefined ? valueIn(field, name) : undefined;
      return value === undefined || field.column === undefined ? [] : [[field.column, value] as const];
    }),
  );
}

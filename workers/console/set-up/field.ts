/** A field of what is set up: one entry, which says everything that is said of it anywhere. API, OpenAPI, form, page and audit are made from it. */
import type { AnyColumn, SQL } from "drizzle-orm";
import type * as v from "valibot";
import type { Role, Seen } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import type { Schema } from "../web/input.ts";
import type { FormField } from "./form-field.ts";

/** Who a thing is shown to, and where the addresses in it lead. */
export interface Viewer {
  env: Pick<Env, "CLICK_ORIGIN" | "POSTBACK_ORIGIN">;
  role: Role;
}

/** A thing as it is read: its row, and what was read besides. */
export interface ReadThing {
  row: object;
}

/** `seenBy` of `Seen` says who sees it in answers and on pages; whoever forgets it shows the field to admins only. */
interface EveryField<Of extends ReadThing> extends Seen {
  /** What answers hold. */
  shown: v.GenericSchema;
  /** The value in answers; where this is not said, the column as it is. */
  show?(source: Of, viewer: Viewer): unknown;
  /** It is left out of answers where there is nothing to show. */
  leftOut?: true;
  /** Lists can be asked for what has one value of it, as it is shown: the column that holds it so. */
  filter?: AnyColumn;
  /** What lists are asked for, where the column holds several: one of these. */
  asked?: v.GenericSchema<string, string>;
  /** Lists can be sorted by it: what holds it as it is shown, or `number`, which says that it is the order in which they were made. */
  sort?: AnyColumn | SQL | "number";
  /** Callers who know it by a pseudonym are shown no order by it. */
  disguised?: true;
  /** How the thing's page tells it among its details; where this is not said, by the form's label and the value as it is. */
  detail?: DetailOf<Of> | "nowhere";
}

/** What the API takes: at creation, and in changes unless it is fixed. */
interface Given<Value> {
  /** What may be written; a value of its output is what the column holds. */
  input: Schema<Value>;
  /** It must be given at creation. */
  required?: true;
  /** It stays as it was at creation. */
  fixed?: true;
  /** What stands in a new row where nothing is given. */
  default?: Value;
  /** Who may write it, where that is not everybody who may set up the thing. */
  writers?: readonly Role[];
  /** Where a form asks for it: only what says so is asked for nowhere. */
  form: FormField | "nowhere";
}

/** What is only shown: a change may send it back as it was read. */
interface OnlyShown {
  input?: never;
  required?: never;
  fixed?: never;
  default?: never;
  writers?: never;
  /** Where a form carries it along. */
  form?: FormField;
}

/** What a column of the row holds, under the column's name in `schema/tables.ts`. */
type ColumnField<Of extends ReadThing, Column extends keyof Of["row"]> = EveryField<Of> & { column: Column } & (
    | Given<Of["row"][Column]>
    | OnlyShown
  );

/** What no column holds as it is shown, such as a slug of something else: the room's store reads and writes it. */
type OwnField<Of extends ReadThing> = EveryField<Of> & { column?: never; show(source: Of, viewer: Viewer): unknown } & (
    | Given<unknown>
    | OnlyShown
  );

export type Field<Of extends ReadThing> =
  | OwnField<Of>
  | { [Column in keyof Of["row"]]: ColumnField<Of, Column> }[keyof Of["row"]];

/** Fields by their names in the API, in the order in which it has them. */
export type Fields<Of extends ReadThing> = Record<string, Field<Of>>;

/** A line among the details of a page. */
export interface DetailOf<Of extends ReadThing> {
  /** Where it is not the form's label. */
  name?: string;
  /** The value in words; null where there is nothing to tell. */
  words?(source: Of): string | null;
  as?: "code" | "address" | "time";
}

/** True for who may write a field. */
export function mayWrite({ writers }: { writers?: readonly Role[] | undefined }, role: Role): boolean {
  return writers === undefined || writers.includes(role);
}

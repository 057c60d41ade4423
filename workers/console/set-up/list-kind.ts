/** A kind of thing of which whole lists go out and come in as CSV: its columns come from its table of fields. */
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Result } from "../../core/result.ts";
import { isSeenBy, type Role, type SeenBy } from "../../core/roles.ts";
import type { CHANGE_KINDS } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import type { Schema } from "../web/input.ts";
import type { ListPage } from "../web/listing.ts";
import type { Fault } from "../web/problem.ts";
import type { ValueField } from "./field-values.ts";
import type { SortedQuery } from "./schemas.ts";

/** What a list reads of a thing's row, besides what the fields say. */
export interface ListThingRow {
  slug: string;
  updatedAtMs: number;
}
/** A thing of a list; once it is stored its row has a number. */
export interface ListedThing {
  row: ListThingRow;
}
export interface StoredThing extends ListedThing {
  row: ListThingRow & { number: number };
}

/** Why one of the rows cannot be. */
export type ListFault = Fault & { pointer: string };

export interface ListKind<Made extends ListedThing, One extends Made & StoredThing, New extends object> {
  kind: (typeof CHANGE_KINDS)[number];
  /** `a link`, `links` */
  one: string;
  many: string;
  roles: SeenBy;
  table: SQLiteTable;
  fields: Readonly<Record<string, ValueField>>;
  /** Columns of what is only shown, which a list may send back as they are. */
  besides: readonly string[];
  newOne: Schema<New>;
  change: Schema<object>;
  named(env: Env, by: Caller, slugs: readonly string[]): Promise<Map<string, One>>;
  /** As the audit log and an admin see it. */
  view(env: Env, thing: Made): object;
  /** A page as the caller sees it. */
  page(env: Env, caller: Caller, query: SortedQuery): Promise<ListPage<object>>;
  /** Each of the new ones, or what is wrong with it. */
  make(env: Env, inputs: readonly New[], atMs: number): Promise<Result<Made, ListFault>[]>;
  /** Columns that change with others. */
  also?(columns: object): object;
}

/** The columns of a list: what may be set, in the table's order, and what is shown besides. */
export function columnsOf(
  { fields, besides }: Pick<ListKind<ListedThing, StoredThing, object>, "fields" | "besides">,
  role: Role,
): string[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    (field.input || besides.includes(name)) && isSeenBy(field, role) ? [name] : [],
  );
}

/** A value as a list has it: lines end as forms send them back. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return String(value).replaceAll("\r\n", "\n");
}

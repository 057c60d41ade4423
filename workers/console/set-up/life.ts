/** The life of what is set up: it is created, read, listed and changed, and never deleted. What it is made of comes from its table of fields. */
import { type AnyColumn, asc, eq, getTableName, type SQL, sql, type Table } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { accept, type Result, refuse } from "../../core/result.ts";
import { isSeenBy } from "../../core/roles.ts";
import { type CHANGE_KINDS, type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { cutPage, type ListPage, rowsToRead } from "../web/listing.ts";
import { fixedAfterCreation, notFound, type Problem, taken } from "../web/problem.ts";
import { isTaken, merge, movedFields } from "../web/saving.ts";
import { mayWrite, type Viewer } from "./field.ts";
import { type ChangedColumns, changedColumns, type ValueFields } from "./field-values.ts";
import { orderedBy } from "./list-order.ts";
import { type AskedFilters, fixedFields, type SortedQuery } from "./schemas.ts";

type Statement = BatchItem<"sqlite">;
/** An insert that gives the number of what it wrote. */
type Insert = Statement & { _: { result: { number: number }[] } };

/** Which part of what fits is read, in which order. */
export interface FoundPage {
  order: readonly SQL[];
  limit: number;
}

/** A thing as it is shown: its row, and what is read besides. */
interface Shown {
  row: { slug: string };
}

/** What is particular to a kind of thing; `One` is such a thing once it has a number. */
interface Particulars<Made extends Shown, One extends Made & { row: { number: number } }, Entries, Input, View> {
  kind: (typeof CHANGE_KINDS)[number];
  /** `an offer` */
  one: string;
  table: Table & { number: AnyColumn; slug: AnyColumn };
  fields: Entries;
  view(thing: Made, viewer: Viewer): View;
  /** Those that the caller may see and that all conditions fit. */
  find(
    db: DrizzleD1Database,
    caller: Caller,
    conditions: readonly (SQL | undefined)[],
    page: FoundPage,
  ): Promise<One[]>;
  /** The slug of what the caller calls by this name, where callers may know things by pseudonyms. */
  slugBehind?(env: Env, caller: Caller, name: string): Promise<string>;
  /** How the caller is told of it, where it does not know all names. */
  told?(caller: Caller, thing: One): One;
  insert(db: DrizzleD1Database, row: Made["row"]): Insert;
  update(db: DrizzleD1Database, number: number, columns: ChangedColumns<Entries> & { updatedAtMs: number }): Statement;
  /** What lies beside the row: the thing as the input of this caller makes it, and what writes it; refuses what does not fit together. */
  beside?<Any extends Made>(
    db: DrizzleD1Database,
    thing: Any,
    input: Input,
    by: Caller,
  ): Promise<Result<{ thing: Any; statements: readonly Statement[] }, Problem>>;
}

interface Created<View> {
  number: number;
  view: View;
}

export function lifeOf<
  Made extends Shown,
  One extends Made & { row: { number: number } },
  Entries extends ValueFields,
  Input extends object,
  View extends object,
>({ kind, one, table, fields, ...its }: Particulars<Made, One, Entries, Input, View>) {
  const auditView = (env: Env, thing: Made) => its.view(thing, { env, role: "admin" });
  const nothingBeside = <Any extends Made>(thing: Any) => accept({ thing, statements: [] });
  const inOrder = [asc(table.number)];
  const beside: NonNullable<typeof its.beside> = its.beside ?? (async (_, thing) => nothingBeside(thing));

  /** The thing, when the caller may see it. */
  async function find(env: Env, caller: Caller, key: string): Promise<Result<One, Problem>> {
    const slug = (await its.slugBehind?.(env, caller, key)) ?? key;
    const [found] = await its.find(drizzle(env.DB), caller, [eq(table.slug, slug)], { order: inOrder, limit: 1 });
    // As it was asked for: the slug behind a pseudonym is nobody's to know.
    return found ? accept(its.told?.(caller, found) ?? found) : refuse(notFound(kind, key));
  }

  /** The same as the caller may see it. */
  async function read(env: Env, caller: Caller, key: string): Promise<Result<View, Problem>> {
    const found = await find(env, caller, key);
    return found.ok ? accept(its.view(found.value, { env, role: caller.role })) : found;
  }

  async function list(env: Env, caller: Caller, query: SortedQuery & AskedFilters<Entries>): Promise<ListPage<View>> {
    const ordered = orderedBy(table.number, fields, caller, query);
    const filters = Object.entries(fields).map(([name, { filter, ...field }]) => {
      const asked: unknown = Reflect.get(query, name);
      if (!filter || asked === undefined) return undefined;
      // What a role does not see it learns by no filter either.
      if (!isSeenBy(field, caller.role)) return sql`1 = 0`;
      return field.asked ? sql`EXISTS (SELECT 1 FROM json_each(${filter}) WHERE value = ${asked})` : eq(filter, asked);
    });
    const { order, behind } = ordered;
    const found = await its.find(drizzle(env.DB), caller, [behind, ...filters], { order, limit: rowsToRead(query) });
    const { page, last } = cutPage(found, query);
    const view = (thing: One) => its.view(its.told?.(caller, thing) ?? thing, { env, role: caller.role });
    return { items: page.map(view), next: last ? ordered.cursorOf(last.row.number, view(last)) : null };
  }

  /** Those of these slugs that there are, by slug. */
  async function named(env: Env, by: Caller, slugs: readonly string[]): Promise<Map<string, One>> {
    const condition = sql`${table.slug} IN (SELECT value FROM json_each(${JSON.stringify(slugs)}))`;
    const found = await its.find(drizzle(env.DB), by, [condition], { order: inOrder, limit: slugs.length });
    return new Map(found.map((thing) => [thing.row.slug, thing]));
  }

  /** What the caller may not write, and would be other than it is. */
  function notTheirs(input: object, present: object, { role }: Caller): Problem | null {
    const names = Object.entries(input).flatMap(([name, value]) => {
      const field = fields[name];
      const isSo = JSON.stringify(value ?? null) === JSON.stringify(Reflect.get(present, name) ?? null);
      // What a role does not see it learns by no refusal either.
      const isSame = isSo && field !== undefined && isSeenBy(field, role);
      return field === undefined || isSame || mayWrite(field, role) ? [] : [name];
    });
    if (names.length === 0) return null;
    return { name: "not_allowed", detail: `With the role ${role} ${names.join(", ")} of ${one} cannot be set.` };
  }

  /** Writes a new thing, and gives its number. Refuses a slug that is taken. */
  async function create(
    env: Env,
    made: Made,
    input: Input,
    change: ChangeStamp,
  ): Promise<Result<Created<View>, Problem>> {
    const db = drizzle(env.DB);
    const whole = await beside(db, made, input, change.by);
    if (!whole.ok) return whole;
    const { thing, statements } = whole.value;
    const after = auditView(env, thing);
    const others = notTheirs(input, {}, change.by);
    if (others) return refuse(others);
    const { slug } = thing.row;
    try {
      const [[created]] = await db.batch([
        its.insert(db, thing.row),
        ...statements,
        logChange(db, change, { action: "create", kind, subject: slug, before: null, after }),
      ]);
      if (!created) throw new Error("SQLite returned no row");
      return accept({ number: created.number, view: after });
    } catch (error) {
      if (isTaken(error, `${getTableName(table)}.slug`)) return refuse(taken(one, slug));
      throw error;
    }
  }

  /** Writes what is given, and gives the thing as it was and is now. Refuses to change what is fixed. */
  async function change(
    env: Env,
    key: string,
    input: Input,
    by: ChangeStamp,
  ): Promise<Result<{ before: One; after: One; view: View }, Problem>> {
    const found = await find(env, by.by, key);
    if (!found.ok) return found;
    const before = found.value;
    const moved = movedFields(input, auditView(env, before), fixedFields(fields));
    if (moved.length > 0) return refuse(fixedAfterCreation(one, moved));
    const others = notTheirs(input, auditView(env, before), by.by);
    if (others) return refuse(others);
    const columns = { ...changedColumns(fields, input), updatedAtMs: by.atMs };
    const db = drizzle(env.DB);
    const whole = await beside(db, { ...before, row: merge(before.row, columns) }, input, by.by);
    if (!whole.ok) return whole;
    const { thing: after, statements } = whole.value;
    const view = auditView(env, after);
    await db.batch([
      its.update(db, before.row.number, columns),
      ...statements,
      logChange(db, by, { action: "change", kind, subject: key, before: auditView(env, before), after: view }),
    ]);
    return accept({ before, after, view });
  }

  return { find, read, list, named, auditView, create, change };
}

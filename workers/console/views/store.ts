/** Views of lists and their columns, as their holder keeps them. */
import { and, eq, ne, or, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { listSettings, listViews } from "../../../schema/tables.ts";
import { encodeBase32 } from "../../core/base32.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { invalid, notFound, type Problem } from "../web/problem.ts";
import { isTaken } from "../web/saving.ts";
import { MOST_SHARED, MOST_VIEWS, type NewView, type ViewChange, type ViewOfList } from "./fields.ts";
import { holderOf, type ListName, listNamed } from "./lists.ts";

type ViewRow = typeof listViews.$inferSelect;

/** 50 random bits. */
const ID_LENGTH = 10;
const KIND = "view";

/** What somebody has of a list: views, columns, and the view that it opens with. */
export interface KeptList {
  views: ViewOfList[];
  columns: string[] | null;
}

/** The views of one list, or of all, that the caller keeps or its role is shown: its own first. */
export async function listViewsOf(env: Env, caller: Caller, list?: ListName): Promise<ViewOfList[]> {
  const [views] = await readKept(env, caller, list);
  return views;
}

export async function readKeptList(env: Env, caller: Caller, list: ListName): Promise<KeptList> {
  const [views, settings] = await readKept(env, caller, list);
  return { views, columns: settings.find((one) => one.list === list)?.columns ?? null };
}

async function readKept(env: Env, caller: Caller, list?: ListName) {
  const db = drizzle(env.DB);
  const holder = holderOf(caller);
  const ofList = list === undefined ? undefined : eq(listViews.list, list);
  const [own, shared, settings] = await db.batch([
    db
      .select()
      .from(listViews)
      .where(and(eq(listViews.holder, holder), ofList))
      .orderBy(listViews.name)
      .limit(MOST_VIEWS),
    db
      .select()
      .from(listViews)
      .where(and(sharedTo(caller), ofList, ne(listViews.holder, holder)))
      .orderBy(listViews.name)
      .limit(MOST_SHARED),
    db
      .select()
      .from(listSettings)
      .where(and(eq(listSettings.holder, holder), list === undefined ? undefined : eq(listSettings.list, list))),
  ] as const);
  const defaults = new Set(settings.map(({ view }) => view));
  const views = [...own, ...shared].flatMap((row) => shown(row, caller, defaults) ?? []);
  return [views, settings] as const;
}

/** Shared views are shown to the role that they are shared with, and to no other. */
function sharedTo({ role }: Caller): SQL {
  // The role stands there as text: an affiliate's or an advertiser's is none that a view can be shared with.
  return sql`${listViews.sharedWith} IS NOT NULL AND ${listViews.sharedWith} = ${role}`;
}

function shown(row: ViewRow, caller: Caller, defaults: ReadonlySet<string | null>): ViewOfList | null {
  const list = listNamed(row.list, caller);
  if (list === null) return null;
  const { id, name, query, sharedWith } = row;
  const own = row.holder === holderOf(caller);
  return { id, list, name, query, shared_with: sharedWith, own, default: defaults.has(id) };
}

/** Keeps a view; one of the same name is taken by the API, and written anew where `anew` says so. */
export async function keepView(
  env: Env,
  input: NewView,
  { by, atMs }: ChangeStamp,
  anew = false,
): Promise<Result<ViewOfList, Problem>> {
  if (listNamed(input.list, by) === null) return refuse(notFound("list", input.list));
  const barred = barredSharing(by, input.shared_with);
  if (barred) return refuse(barred);
  const db = drizzle(env.DB);
  const holder = holderOf(by);
  const own = await db.select().from(listViews).where(eq(listViews.holder, holder)).limit(MOST_VIEWS);
  const same = own.find((one) => one.list === input.list && one.name === input.name);
  if (same && anew) return changeView(env, same.id, { query: input.query, ...optional(input) }, { by, atMs });
  if (own.length >= MOST_VIEWS)
    return refuse(invalid("#", `You keep ${MOST_VIEWS} views, which is as many as may be: delete one.`));
  const { list, name, query, shared_with: sharedWith = null } = input;
  const id = encodeBase32(crypto.getRandomValues(new Uint8Array(ID_LENGTH)), ID_LENGTH);
  const row = { id, holder, list, name, query, sharedWith, createdAtMs: atMs, updatedAtMs: atMs };
  const view = shown(row, by, new Set(input.default === true ? [id] : [])) ?? null;
  try {
    await db.batch([
      db.insert(listViews).values(row),
      logChange(db, { by, atMs }, { action: "create", kind: KIND, subject: name, before: null, after: told(row) }),
      ...(input.default === true ? [openingWith(db, holder, list, id, atMs)] : []),
    ]);
  } catch (error) {
    if (!isTaken(error, "list_views.holder")) throw error;
    return refuse(nameTaken(name));
  }
  return view === null ? refuse(notFound("list", list)) : accept(view);
}

function optional({ shared_with, default: isDefault }: Pick<NewView, "shared_with" | "default">): ViewChange {
  return {
    ...(shared_with === undefined ? {} : { shared_with }),
    ...(isDefault === undefined ? {} : { default: isDefault }),
  };
}

/** Changes what is said: whoever keeps it, all of it; somebody else opens its list with it, or not. */
export async function changeView(
  env: Env,
  id: string,
  input: ViewChange,
  { by, atMs }: ChangeStamp,
): Promise<Result<ViewOfList, Problem>> {
  const row = await findView(env, by, id);
  const list = row && listNamed(row.list, by);
  if (!row || !list) return refuse(notFound(KIND, id));
  const { default: isDefault, ...changed } = input;
  const writes = Object.keys(changed).length > 0;
  if (writes && !mayWrite(row, by, changed)) return refuse(notItsOwn());
  const barred = barredSharing(by, input.shared_with);
  if (barred) return refuse(barred);
  const { name = row.name, query = row.query, shared_with: sharedWith = row.sharedWith } = changed;
  const after = { ...row, name, query, sharedWith, updatedAtMs: atMs };
  const db = drizzle(env.DB);
  const holder = holderOf(by);
  const writing = writes
    ? [
        db.update(listViews).set({ name, query, sharedWith, updatedAtMs: atMs }).where(eq(listViews.id, id)),
        logChange(
          db,
          { by, atMs },
          { action: "change", kind: KIND, subject: name, before: told(row), after: told(after) },
        ),
      ]
    : [];
  const opening =
    isDefault === undefined ? [] : [openingWith(db, holder, list, isDefault ? id : null, atMs, isDefault ? null : id)];
  const [first, ...rest] = [...writing, ...opening];
  try {
    if (first) await db.batch([first, ...rest]);
  } catch (error) {
    if (!isTaken(error, "list_views.holder")) throw error;
    return refuse(nameTaken(name));
  }
  const settings = await db
    .select({ view: listSettings.view })
    .from(listSettings)
    .where(and(eq(listSettings.holder, holder), eq(listSettings.list, list)));
  const view = shown(after, by, new Set(settings.map((one) => one.view)));
  return view === null ? refuse(notFound(KIND, id)) : accept(view);
}

/** Deletes it: a view is nobody's history. */
export async function deleteView(env: Env, id: string, { by, atMs }: ChangeStamp): Promise<Result<null, Problem>> {
  const row = await findView(env, by, id);
  if (!row) return refuse(notFound(KIND, id));
  if (!mayWrite(row, by, { shared_with: null })) return refuse(notItsOwn());
  const db = drizzle(env.DB);
  await db.batch([
    db.delete(listViews).where(eq(listViews.id, id)),
    db
      .update(listSettings)
      .set({ view: null })
      .where(and(eq(listSettings.holder, holderOf(by)), eq(listSettings.view, id))),
    logChange(db, { by, atMs }, { action: "delete", kind: KIND, subject: row.name, before: told(row), after: null }),
  ]);
  return accept(null);
}

/** Which columns a list shows, where the address does not say it; null: as it is without a choice. */
export async function keepColumns(
  env: Env,
  list: ListName,
  columns: string[] | null,
  { by, atMs }: ChangeStamp,
): Promise<void> {
  await drizzle(env.DB)
    .insert(listSettings)
    .values({ holder: holderOf(by), list, columns, view: null, updatedAtMs: atMs })
    .onConflictDoUpdate({ target: [listSettings.holder, listSettings.list], set: { columns, updatedAtMs: atMs } });
}

/** The view of this ID that the caller keeps or is shown. */
async function findView(env: Env, caller: Caller, id: string): Promise<ViewRow | null> {
  const theirs = or(eq(listViews.holder, holderOf(caller)), sharedTo(caller));
  const [row] = await drizzle(env.DB)
    .select()
    .from(listViews)
    .where(and(eq(listViews.id, id), theirs));
  return row ?? null;
}

/** Who keeps it; and whoever may share takes away what is shared with their own role, by whom it may be. */
function mayWrite(row: ViewRow, caller: Caller, changed: ViewChange): boolean {
  if (row.holder === holderOf(caller)) return true;
  const isTakenAway = Object.keys(changed).every((name) => name === "shared_with") && changed.shared_with === null;
  return isTakenAway && may(caller, "share_views");
}

function barredSharing(caller: Caller, role: ViewOfList["shared_with"] | undefined): Problem | null {
  if (role === undefined || role === null || may(caller, "share_views")) return null;
  return {
    name: "not_allowed",
    detail: `With the role ${caller.role} a view cannot be shared: leave shared_with out.`,
  };
}

function notItsOwn(): Problem {
  return { name: "not_allowed", detail: "Somebody else keeps this view and shares it: keep one of your own." };
}

function nameTaken(name: string): Problem {
  return {
    ...invalid("#/name", `You keep a view “${name}” of this list already: choose another name.`),
    name: "taken",
  };
}

/** `only`: where the list opens with that one now. */
function openingWith(
  db: DrizzleD1Database,
  ...[holder, list, view, atMs, only = null]: [string, ListName, string | null, number, (string | null)?]
) {
  return db
    .insert(listSettings)
    .values({ holder, list, columns: null, view, updatedAtMs: atMs })
    .onConflictDoUpdate({
      target: [listSettings.holder, listSettings.list],
      set: { view, updatedAtMs: atMs },
      ...(only === null ? {} : { setWhere: eq(listSettings.view, only) }),
    });
}

/** What the audit log keeps of a view. */
function told({ list, name, query, sharedWith }: ViewRow) {
  return { list, name, query, shared_with: sharedWith };
}

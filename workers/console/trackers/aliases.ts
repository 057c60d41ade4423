/** Aliases: how an old tracker's placed links name links of ours. Many are set at once, and setting them again changes nothing. */
import { and, asc, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import { aliasKey } from "../../../schema/records.ts";
import { dueKeys, linkAliases, links, trackers } from "../../../schema/tables.ts";
import { formatInstant } from "../../core/instant.ts";
import { must } from "../../core/must.ts";
import { accept, type Result } from "../../core/result.ts";
import { placedTarget, readPlacedAlias } from "../../core/trackers/placed-alias.ts";
import { TRACKER_TABLES } from "../../core/trackers/tracker-tables.ts";
import { type ChangeStamp, logChange } from "../audit/change.ts";
import type { Env } from "../env.ts";
import { publishKeys } from "../publishing/due-keys.ts";
import type { Caller } from "../web/caller.ts";
import { listAtMost } from "../web/field-schemas.ts";
import { fields, parameters } from "../web/input.ts";
import { cursorText, cutPage, type ListPage, PAGE_PARAMETERS, rowsToRead } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";
import type { StoredTracker } from "./fields.ts";
import { linksOfAliases, linksOfSlugs } from "./placed-links.ts";
import { findTracker } from "./store.ts";

export const MOST_ALIASES = 1_000;
const MOST_TEXT = 2_048;

const text = v.pipe(v.string(), v.maxLength(MOST_TEXT, `At most ${MOST_TEXT} characters.`));

export const setAliases = fields({ aliases: listAtMost(fields({ alias: text, link: text }), MOST_ALIASES) });
export const goneAliases = fields({ aliases: listAtMost(text, MOST_ALIASES) });

/** `index`: the place in what was sent, from 0. */
const aliasFault = v.object({ index: v.number(), field: v.picklist(["alias", "link"]), detail: v.string() });
export type AliasFault = v.InferOutput<typeof aliasFault>;

export const aliasesAnswer = v.object({
  made: v.number(),
  changed: v.number(),
  unchanged: v.number(),
  errors: v.array(aliasFault),
});
export type AliasesView = v.InferOutput<typeof aliasesAnswer>;

/** `unknown`: there was none. */
export const goneAnswer = v.object({ deleted: v.number(), unknown: v.array(v.string()) });

export const aliasAnswer = v.object({
  alias: v.string(),
  /** Slug. */
  link: v.string(),
  /** Where it can be tried. */
  try_url: v.nullable(v.string()),
  made_at: v.string(),
});
export type AliasView = v.InferOutput<typeof aliasAnswer>;

export const aliasList = parameters({
  limit: PAGE_PARAMETERS.limit,
  cursor: v.exactOptional(cursorText(/^.{1,128}$/)),
  alias: v.exactOptional(v.pipe(v.string(), v.nonEmpty("Leave the parameter out, or say an alias."))),
  link: v.exactOptional(v.pipe(v.string(), v.nonEmpty("Leave the parameter out, or say a link."))),
});
export type AliasList = v.InferOutput<typeof aliasList>;

export interface AliasInput {
  /** As it is called, or the placed link itself. */
  alias: string;
  /** Slug. */
  link: string;
}

/** What setting them would do. */
export interface AliasPlan {
  set: { index: number; alias: string; link: number; slug: string; was: string | null }[];
  faults: AliasFault[];
}

/** Reads what is to be set against the links and aliases that there are; of an alias that is said twice, alike, the first counts. */
export async function planAliases(env: Env, { row }: StoredTracker, inputs: readonly AliasInput[]): Promise<AliasPlan> {
  const table = must(TRACKER_TABLES.get(row.dialect), "the table of dialect", row.dialect);
  const faults: AliasFault[] = [];
  const read = inputs.flatMap((input, index) => {
    const alias = readPlacedAlias(table, row.slug, input.alias);
    if (alias.ok) return [{ index, alias: alias.value, slug: input.link.trim() }];
    faults.push({ index, field: "alias", detail: `${alias.refusal}.` });
    return [];
  });
  const [known, present] = await Promise.all([
    linksOfSlugs(
      env.DB,
      read.map(({ slug }) => slug),
    ),
    linksOfAliases(
      env.DB,
      row.number,
      read.map(({ alias }) => alias),
    ),
  ]);
  const set = new Map<string, AliasPlan["set"][number]>();
  for (const { index, alias, slug } of read) {
    const link = known.get(slug)?.number;
    const before = set.get(alias);
    if (link === undefined)
      faults.push({ index, field: "link", detail: `There is no link "${slug}": create it first.` });
    else if (before && before.link !== link)
      faults.push({ index, field: "alias", detail: `${alias} is said twice, and not of the same link.` });
    else if (!before) set.set(alias, { index, alias, link, slug, was: present.get(alias)?.slug ?? null });
  }
  return { set: [...set.values()], faults: faults.sort((left, right) => left.index - right.index) };
}

/** Sets all that can be set. What is wrong is told by its place; the others are set all the same, and the same call once it is mended sets the rest. */
export async function saveAliases(
  env: Env,
  key: string,
  inputs: readonly AliasInput[],
  change: ChangeStamp,
): Promise<Result<AliasesView, Problem>> {
  const found = await findTracker(env, change.by, key);
  if (!found.ok) return found;
  const { set, faults } = await planAliases(env, found.value, inputs);
  const fresh = set.filter(({ was, slug }) => was !== slug);
  if (fresh.length > 0) await writeAliases(env, found.value, fresh, change);
  const made = fresh.filter(({ was }) => was === null).length;
  return accept({
    made,
    changed: fresh.length - made,
    unchanged: inputs.length - fresh.length - faults.length,
    errors: faults,
  });
}

async function writeAliases(
  env: Env,
  { row: { number, slug } }: StoredTracker,
  fresh: AliasPlan["set"],
  change: ChangeStamp,
): Promise<void> {
  const db = drizzle(env.DB);
  const pairs = JSON.stringify(fresh.map(({ alias, link }) => [alias, link]));
  const before = Object.fromEntries(fresh.map(({ alias, was }) => [alias, was]));
  const after = Object.fromEntries(fresh.map(({ alias, slug: link }) => [alias, link]));
  await db.batch([
    db
      .insert(linkAliases)
      .select(sql`SELECT ${number}, value ->> 0, value ->> 1, ${change.atMs} FROM json_each(${pairs}) WHERE true`)
      .onConflictDoUpdate({
        target: [linkAliases.tracker, linkAliases.alias],
        set: { link: sql`excluded.link`, madeAtMs: sql`excluded.made_at` },
      }),
    logChange(db, change, { action: "change", kind: "tracker", subject: slug, before, after }),
  ]);
  await publishKeys(
    env,
    fresh.map(({ alias }) => aliasKey(slug, alias)),
  );
}

/** Takes aliases away: what was placed under them is unknown from now on. */
export async function deleteAliases(
  env: Env,
  key: string,
  aliases: readonly string[],
  change: ChangeStamp,
): Promise<Result<v.InferOutput<typeof goneAnswer>, Problem>> {
  const found = await findTracker(env, change.by, key);
  if (!found.ok) return found;
  const { number, slug } = found.value.row;
  const present = await linksOfAliases(env.DB, number, aliases);
  const unknown = [...new Set(aliases)].filter((alias) => !present.has(alias));
  if (present.size > 0) {
    const db = drizzle(env.DB);
    const names = JSON.stringify([...present.keys()]);
    const keys = [...present.keys()].map((alias) => aliasKey(slug, alias));
    const after = Object.fromEntries([...present.keys()].map((alias) => [alias, null]));
    await db.batch([
      db
        .delete(linkAliases)
        .where(
          and(eq(linkAliases.tracker, number), sql`${linkAliases.alias} IN (SELECT value FROM json_each(${names}))`),
        ),
      // The trigger knows when they were made, and not when they go.
      db
        .update(dueKeys)
        .set({ changedAtMs: change.atMs })
        .where(sql`${dueKeys.key} IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`),
      logChange(db, change, {
        action: "change",
        kind: "tracker",
        subject: slug,
        before: Object.fromEntries([...present].map(([alias, link]) => [alias, link.slug])),
        after,
      }),
    ]);
    await publishKeys(env, keys);
  }
  return accept({ deleted: present.size, unknown });
}

/** A page of a tracker's aliases, in the order of their texts. */
export async function listAliases(
  env: Env,
  caller: Caller,
  key: string,
  query: AliasList,
): Promise<Result<ListPage<AliasView>, Problem>> {
  const found = await findTracker(env, caller, key);
  if (!found.ok) return found;
  const { row } = found.value;
  const rows = await drizzle(env.DB)
    .select({ alias: linkAliases.alias, link: links.slug, madeAtMs: linkAliases.madeAtMs })
    .from(linkAliases)
    .innerJoin(links, eq(links.number, linkAliases.link))
    .where(
      and(
        eq(linkAliases.tracker, row.number),
        query.cursor === undefined ? undefined : gt(linkAliases.alias, query.cursor),
        query.alias === undefined ? undefined : eq(linkAliases.alias, query.alias),
        query.link === undefined ? undefined : eq(links.slug, query.link),
      ),
    )
    .orderBy(asc(linkAliases.alias))
    .limit(rowsToRead(query));
  const { page, last } = cutPage(rows, query);
  return accept({ items: page.map((one) => aliasView(env, row, one)), next: last ? last.alias : null });
}

function aliasView(
  env: Env,
  { slug, dialect }: StoredTracker["row"],
  { alias, link, madeAtMs }: { alias: string; link: string; madeAtMs: number },
): AliasView {
  const target = targetOf(dialect, alias);
  const tryUrl = target === null ? null : `${env.CLICK_ORIGIN}/t/${slug}${target}`;
  return { alias, link, try_url: tryUrl, made_at: formatInstant(madeAtMs) };
}

/** Path and query of a placed link with this alias; null where none could have it. */
export function targetOf(dialect: string, alias: string): string | null {
  const table = TRACKER_TABLES.get(dialect);
  return table ? placedTarget(table, alias) : null;
}

/** How many aliases a tracker has. */
export function countAliases(env: Env, tracker: number): Promise<number> {
  return drizzle(env.DB).$count(linkAliases, eq(linkAliases.tracker, tracker));
}

/** An old address of a link's: `host` where its tracker has one. */
export interface OldAddress {
  tracker: string;
  alias: string;
  address: string | null;
}

/** The old addresses that lead to a link of this number, the first of them. */
export async function oldAddressesOf(env: Env, link: number, limit: number): Promise<OldAddress[]> {
  const found = await drizzle(env.DB)
    .select({ tracker: trackers.slug, host: trackers.host, dialect: trackers.dialect, alias: linkAliases.alias })
    .from(linkAliases)
    .innerJoin(trackers, eq(trackers.number, linkAliases.tracker))
    .where(eq(linkAliases.link, link))
    .orderBy(asc(linkAliases.tracker), asc(linkAliases.alias))
    .limit(limit);
  return found.map(({ tracker, host, dialect, alias }) => {
    const target = targetOf(dialect, alias);
    const origin = host === null ? `${env.CLICK_ORIGIN}/t/${tracker}` : `https://${host}`;
    return { tracker, alias, address: target === null ? null : `${origin}${target}` };
  });
}

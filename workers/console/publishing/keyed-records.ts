/** What is to stand at the edge under keys of trackers, of their aliases, and of links' owners: a record, or nothing where there is no such thing any more. */
import { asc, eq, gt, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import {
  type AliasRecord,
  aliasKey,
  type OwnerRecord,
  ownerKey,
  trackerKeyOfHost,
  trackerKeyOfPath,
} from "../../../schema/records.ts";
import { advertisers, linkAliases, links, offers, trackers } from "../../../schema/tables.ts";
import { SLUG } from "../../core/slug.ts";
import type { Env } from "../env.ts";
import type { EdgeRecord } from "./edge-record.ts";
import { type TrackerParts, trackerRecord } from "./edge-records.ts";

const ALIAS_KEY = new RegExp(`^alias:(${SLUG})/(.+)$`);
const PATH_KEY = new RegExp(`^tracker:/(${SLUG})$`);
const HOST_KEY = /^tracker:([^/]+)$/;
const OWNER_KEY = /^owner:(\d{1,10})$/;

type Books = Pick<Env, "DB">;

/** The records of these keys; of one that leads to nothing, its absence. */
export async function recordsUnder(env: Books, keys: readonly string[]): Promise<EdgeRecord[]> {
  const [ofTrackers, ofAliases, ofOwners] = await Promise.all([
    trackersUnder(env, keys),
    aliasesUnder(env, keys),
    ownersUnder(env, keys),
  ]);
  const found = new Map([...ofTrackers, ...ofAliases, ...ofOwners].map((record) => [record.key, record]));
  return keys.map((key) => found.get(key) ?? { key, value: null });
}

/** Under which keys a tracker stands: its path's, and its host's where it has one. */
export function keysOfTracker({ slug, host }: Pick<TrackerParts["row"], "slug" | "host">): string[] {
  return [trackerKeyOfPath(slug), ...(host === null ? [] : [trackerKeyOfHost(host)])];
}

function recordsOfTracker(tracker: TrackerParts): EdgeRecord[] {
  const value = trackerRecord(tracker);
  return keysOfTracker(tracker.row).map((key) => ({ key, value }));
}

/** An alias with the slugs of its tracker and of its link. */
interface AliasParts {
  tracker: string;
  alias: string;
  link: string;
}

function recordOfAlias({ tracker, alias, link }: AliasParts): EdgeRecord {
  return { key: aliasKey(tracker, alias), value: { link } satisfies AliasRecord };
}

function capturesIn(pattern: RegExp, keys: readonly string[]): string[][] {
  return keys.flatMap((key) => {
    const match = pattern.exec(key);
    return match ? [match.slice(1)] : [];
  });
}

async function trackersUnder(env: Books, keys: readonly string[]): Promise<EdgeRecord[]> {
  const slugs = capturesIn(PATH_KEY, keys).flat();
  const hosts = capturesIn(HOST_KEY, keys).flat();
  if (slugs.length + hosts.length === 0) return [];
  const isAsked = or(
    sql`${trackers.slug} IN (SELECT value FROM json_each(${JSON.stringify(slugs)}))`,
    sql`${trackers.host} IN (SELECT value FROM json_each(${JSON.stringify(hosts)}))`,
  );
  return (await findTrackers(env, isAsked, keys.length)).flatMap(recordsOfTracker);
}

async function aliasesUnder(env: Books, keys: readonly string[]): Promise<EdgeRecord[]> {
  const asked = capturesIn(ALIAS_KEY, keys);
  if (asked.length === 0) return [];
  const { results } = await env.DB.prepare(
    `SELECT trackers.slug AS tracker, link_aliases.alias AS alias, links.slug AS link FROM json_each(?) AS asked
     JOIN trackers ON trackers.slug = asked.value ->> 0
     JOIN link_aliases ON link_aliases.tracker = trackers.number AND link_aliases.alias = asked.value ->> 1
     JOIN links ON links.number = link_aliases.link`,
  )
    .bind(JSON.stringify(asked))
    .all<AliasParts & Record<string, unknown>>();
  return results.map(recordOfAlias);
}

async function ownersUnder(env: Books, keys: readonly string[]): Promise<EdgeRecord[]> {
  const numbers = capturesIn(OWNER_KEY, keys).flat().map(Number);
  if (numbers.length === 0) return [];
  const among = sql`${links.number} IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))`;
  return (await findOwners(env, among, numbers.length)).map(recordOfOwner);
}

function recordOfOwner({ link, advertiser }: { link: number; advertiser: string }): EdgeRecord {
  return { key: ownerKey(link), value: { advertiser } satisfies OwnerRecord };
}

function findTrackers(env: Books, condition: SQL | undefined, limit: number): Promise<TrackerParts[]> {
  return drizzle(env.DB)
    .select({ row: trackers, advertiser: advertisers.slug })
    .from(trackers)
    .innerJoin(advertisers, eq(advertisers.number, trackers.advertiser))
    .where(condition)
    .orderBy(asc(trackers.number))
    .limit(limit);
}

function findOwners(env: Books, condition: SQL, limit: number): Promise<{ link: number; advertiser: string }[]> {
  return drizzle(env.DB)
    .select({ link: links.number, advertiser: advertisers.slug })
    .from(links)
    .innerJoin(offers, eq(offers.number, links.offer))
    .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
    .where(condition)
    .orderBy(asc(links.number))
    .limit(limit);
}

/** A page of records in an order of their own; `next` is where the one after it begins, null at the end. */
export interface RecordPage {
  records: EdgeRecord[];
  next: string | null;
}

export async function trackersFrom(env: Books, after: string, limit: number): Promise<RecordPage> {
  const found = await findTrackers(env, gt(trackers.number, Number(after)), limit);
  const last = found.length === limit ? found.at(-1) : undefined;
  return { records: found.flatMap(recordsOfTracker), next: last ? String(last.row.number) : null };
}

export async function ownersFrom(env: Books, after: string, limit: number): Promise<RecordPage> {
  const found = await findOwners(env, gt(links.number, Number(after)), limit);
  const last = found.length === limit ? found.at(-1) : undefined;
  return { records: found.map(recordOfOwner), next: last ? String(last.link) : null };
}

/** `after`: the number of a tracker and an alias of it, `1/x7Kd93ab`. */
export async function aliasesFrom(env: Books, after: string, limit: number): Promise<RecordPage> {
  const slash = after.indexOf("/");
  const [number, alias] = [Number(after.slice(0, slash)), after.slice(slash + 1)];
  const found = await drizzle(env.DB)
    .select({ number: linkAliases.tracker, tracker: trackers.slug, alias: linkAliases.alias, link: links.slug })
    .from(linkAliases)
    .innerJoin(trackers, eq(trackers.number, linkAliases.tracker))
    .innerJoin(links, eq(links.number, linkAliases.link))
    .where(sql`(${linkAliases.tracker}, ${linkAliases.alias}) > (${number}, ${alias})`)
    .orderBy(asc(linkAliases.tracker), asc(linkAliases.alias))
    .limit(limit);
  const last = found.length === limit ? found.at(-1) : undefined;
  return { records: found.map(recordOfAlias), next: last ? `${last.number}/${last.alias}` : null };
}

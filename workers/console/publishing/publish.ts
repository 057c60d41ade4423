/** Publishing: writes to KV what the edge needs to know of links and advertisers, whenever set-up is saved, and once more a minute later. */
import { asc, eq, gt, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { advertiserKey, linkKey, sourceKey } from "../../../schema/records.ts";
import { advertisers, affiliates, links, offers, sources } from "../../../schema/tables.ts";
import type { AdvertiserRow } from "../advertisers/fields.ts";
import type { Env } from "../env.ts";
import { type EdgeRecord, put } from "./edge-record.ts";
import { advertiserRecord, type LinkParts, linkRecord, sourceRecord } from "./edge-records.ts";

/** A Worker's request may make a thousand calls; what is beyond this is published by the sweep. */
const LINKS_AT_ONCE = 500;
/** The sweep leaves alone what was changed this recently: the change itself is publishing it. */
export const SETTLED_MS = 20_000;
/** Records that one sweep publishes. */
export const SWEPT_AT_ONCE = 800;

/** Which links: those of one offer, affiliate or advertiser, or one link; all by number. */
export type ChangedThing = { link: number } | { offer: number } | { affiliate: number } | { advertiser: number };

export function recordOfAdvertiser(row: AdvertiserRow): EdgeRecord {
  return { key: advertiserKey(row.slug), value: advertiserRecord(row) };
}

export function recordOfLink(parts: LinkParts): EdgeRecord {
  return { key: linkKey(parts.link.slug), value: linkRecord(parts) };
}

/** A source with the slug of its advertiser. */
export interface SourceParts {
  row: typeof sources.$inferSelect;
  advertiser: string;
}

export function recordOfSource({ row, advertiser }: SourceParts): EdgeRecord {
  return { key: sourceKey(advertiser, row.path), value: sourceRecord(row) };
}

export async function publishSource(env: Pick<Env, "EDGE">, source: SourceParts): Promise<void> {
  await put(env, recordOfSource(source));
}

export function sourcesBehind(env: Pick<Env, "DB">, number: number, limit: number): Promise<SourceParts[]> {
  return findSources(env, gt(sources.number, number), limit);
}

function findSources(env: Pick<Env, "DB">, condition: SQL, limit: number): Promise<SourceParts[]> {
  return drizzle(env.DB)
    .select({ row: sources, advertiser: advertisers.slug })
    .from(sources)
    .innerJoin(advertisers, eq(advertisers.number, sources.advertiser))
    .where(condition)
    .orderBy(asc(sources.number))
    .limit(limit);
}

export async function publishAdvertiser(env: Pick<Env, "EDGE">, row: AdvertiserRow): Promise<void> {
  await put(env, recordOfAdvertiser(row));
}

/** Publishes every link that is touched, the oldest first; where there are too many for one request, the sweep does the others. */
export async function publishLinks(env: Pick<Env, "DB" | "EDGE">, touched: ChangedThing): Promise<void> {
  const found = await findLinks(env, conditionOf(touched), LINKS_AT_ONCE);
  await Promise.all(found.map((link) => put(env, recordOfLink(link))));
}

/** The same of many things of a kind, each link once. */
export async function publishLinksOf(
  env: Pick<Env, "DB" | "EDGE">,
  kind: keyof typeof COLUMNS,
  numbers: readonly number[],
): Promise<void> {
  const condition = sql`${COLUMNS[kind]} IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))`;
  const found = await findLinks(env, condition, LINKS_AT_ONCE);
  await Promise.all(found.map((link) => put(env, recordOfLink(link))));
}

const COLUMNS = {
  link: links.number,
  offer: links.offer,
  affiliate: links.affiliate,
  advertiser: offers.advertiser,
} as const;

export function findLinks(env: Pick<Env, "DB">, condition: SQL | undefined, limit: number): Promise<LinkParts[]> {
  return drizzle(env.DB)
    .select({ link: links, offer: offers, affiliate: affiliates, advertiser: advertisers })
    .from(links)
    .innerJoin(offers, eq(offers.number, links.offer))
    .innerJoin(affiliates, eq(affiliates.number, links.affiliate))
    .innerJoin(advertisers, eq(advertisers.number, offers.advertiser))
    .where(condition)
    .orderBy(asc(links.number))
    .limit(limit);
}

export function linksBehind(env: Pick<Env, "DB">, number: number, limit: number): Promise<LinkParts[]> {
  return findLinks(env, gt(links.number, number), limit);
}

export function advertisersBehind(env: Pick<Env, "DB">, number: number, limit: number): Promise<AdvertiserRow[]> {
  return findAdvertisers(env, gt(advertisers.number, number), limit);
}

function findAdvertisers(env: Pick<Env, "DB">, condition: SQL, limit: number): Promise<AdvertiserRow[]> {
  return drizzle(env.DB).select().from(advertisers).where(condition).orderBy(asc(advertisers.number)).limit(limit);
}

function conditionOf(touched: ChangedThing): SQL {
  if ("link" in touched) return eq(links.number, touched.link);
  if ("offer" in touched) return eq(links.offer, touched.offer);
  if ("affiliate" in touched) return eq(links.affiliate, touched.affiliate);
  return eq(offers.advertiser, touched.advertiser);
}

type DueSource = [number: number, changedAtMs: number];

/** The same of sources. */
export async function publishDueSources(env: Pick<Env, "DB" | "EDGE">, nowMs: number): Promise<number> {
  const due = await env.DB.prepare(
    "SELECT number, changed_at FROM due_sources WHERE changed_at <= ? ORDER BY changed_at LIMIT ?",
  )
    .bind(nowMs - SETTLED_MS, SWEPT_AT_ONCE)
    .raw<DueSource>();
  if (due.length === 0) return 0;
  const numbers = JSON.stringify(due.map(([number]) => number));
  const found = await findSources(
    env,
    sql`${sources.number} IN (SELECT value FROM json_each(${numbers}))`,
    SWEPT_AT_ONCE,
  );
  await Promise.all(found.map((source) => publishSource(env, source)));
  await env.DB.prepare(
    "DELETE FROM due_sources WHERE (number, changed_at) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
  )
    .bind(JSON.stringify(due))
    .run();
  return found.length;
}

type Due = [kind: "advertiser" | "link", number: number, changedAtMs: number];

/**
 * The sweep: publishes what was changed a while ago and strikes it off, unless it was changed again meanwhile. Gives how many records it wrote.
 * Throws when KV failed; what it failed on is still due.
 */
export async function publishDue(env: Pick<Env, "DB" | "EDGE">, nowMs: number): Promise<number> {
  const due = await env.DB.prepare(
    "SELECT kind, number, changed_at FROM due_records WHERE changed_at <= ? ORDER BY changed_at LIMIT ?",
  )
    .bind(nowMs - SETTLED_MS, SWEPT_AT_ONCE)
    .raw<Due>();
  if (due.length === 0) return 0;
  const [foundAdvertisers, foundLinks] = await Promise.all([
    findAdvertisers(env, among(advertisers.number, due, "advertiser"), SWEPT_AT_ONCE),
    findLinks(env, among(links.number, due, "link"), SWEPT_AT_ONCE),
  ]);
  const records = [...foundAdvertisers.map(recordOfAdvertiser), ...foundLinks.map(recordOfLink)];
  await Promise.all(records.map((record) => put(env, record)));
  await env.DB.prepare(
    `DELETE FROM due_records WHERE (kind, number, changed_at) IN
      (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`,
  )
    .bind(JSON.stringify(due))
    .run();
  return records.length;
}

function among(column: typeof links.number | typeof advertisers.number, due: readonly Due[], kind: Due[0]): SQL {
  const numbers = due.filter((one) => one[0] === kind).map((one) => one[1]);
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))`;
}

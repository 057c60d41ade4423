/** Adopted clicks as the console reads them: which of a tracker's are known, and what they are. The ledger alone writes them. */
import { jsonChunks } from "../../core/json-chunks.ts";

/** A tracker's number, and what it calls a click. */
export type ForeignName = readonly [tracker: number, foreignId: string];

/** What an adopted click hangs on. */
export interface KnownClick {
  link: number;
  clickedAtMs: number;
}

const FIND = `
  SELECT a.tracker, a.foreign_id AS foreignId, a.link, a.clicked_at AS clickedAtMs
  FROM json_each(?) AS k CROSS JOIN adopted_clicks AS a ON a.tracker = k.value ->> 0 AND a.foreign_id = k.value ->> 1`;

/** Those of these that are adopted, by `foreignKey`. */
export async function adoptedAmong(db: D1Database, names: readonly ForeignName[]): Promise<Map<string, KnownClick>> {
  if (names.length === 0) return new Map();
  const statements = jsonChunks(names).map((chunk) => db.prepare(FIND).bind(chunk));
  const answers = await db.batch<KnownClick & { tracker: number; foreignId: string }>(statements);
  return new Map(
    answers
      .flatMap(({ results }) => results)
      .map(({ tracker, foreignId, ...known }) => [foreignKey([tracker, foreignId]), known]),
  );
}

export function foreignKey(name: ForeignName): string {
  return JSON.stringify(name);
}

/** A tracker whose clicks are adopted. */
export interface Adopter {
  number: number;
  slug: string;
  name: string;
  dialect: string;
  subIds: Record<string, string>;
  /** Number of the advertiser that keeps what names no known click. */
  advertiser: number;
  advertiserSlug: string;
}

/** Null where there is no tracker of this slug. */
export async function findAdopter(db: D1Database, slug: string): Promise<Adopter | null> {
  const row = await db
    .prepare(
      `SELECT t.number, t.slug, t.name, t.dialect, t.sub_ids AS subIds, t.advertiser, a.slug AS advertiserSlug
       FROM trackers AS t JOIN advertisers AS a ON a.number = t.advertiser WHERE t.slug = ?`,
    )
    .bind(slug)
    .first<Omit<Adopter, "subIds"> & { subIds: string }>();
  return row && { ...row, subIds: JSON.parse(row.subIds) };
}

/** The links that a tracker's aliases mean, by alias. */
export async function linksOfAliases(
  db: D1Database,
  tracker: number,
  aliases: readonly string[],
): Promise<Map<string, number>> {
  const query = `
    SELECT a.alias AS name, a.link AS number FROM json_each(?) AS k CROSS JOIN link_aliases AS a ON a.tracker = ? AND a.alias = k.value`;
  const answers = await inChunks(db, aliases, (chunk) => db.prepare(query).bind(chunk, tracker));
  return new Map(answers.map(({ name, number }) => [name, number]));
}

/** Links by slug. */
export async function linksOfSlugs(db: D1Database, slugs: readonly string[]): Promise<Map<string, number>> {
  const query = "SELECT l.slug AS name, l.number FROM json_each(?) AS k CROSS JOIN links AS l ON l.slug = k.value";
  const answers = await inChunks(db, slugs, (chunk) => db.prepare(query).bind(chunk));
  return new Map(answers.map(({ name, number }) => [name, number]));
}

async function inChunks(
  db: D1Database,
  names: readonly string[],
  statementOf: (chunk: string) => D1PreparedStatement,
): Promise<{ name: string; number: number }[]> {
  const chunks = jsonChunks([...new Set(names)]);
  if (chunks.length === 0) return [];
  const answers = await db.batch<{ name: string; number: number }>(chunks.map(statementOf));
  return answers.flatMap(({ results }) => results);
}

/** The longest window of any offer, in days. */
export async function longestWindowDays(db: D1Database): Promise<number> {
  const query = `
    SELECT max(days) AS days FROM (SELECT max(window_days) AS days FROM offers UNION ALL SELECT max(window_days) FROM offer_events)`;
  return (await db.prepare(query).first<number>("days")) ?? 0;
}

/** How many clicks of a tracker are adopted, and of which time. */
export interface AdoptedCount {
  clicks: number;
  firstMs: number | null;
  lastMs: number | null;
}

export async function countAdopted(db: D1Database, tracker: number): Promise<AdoptedCount> {
  const query =
    "SELECT count(*) AS clicks, min(clicked_at) AS firstMs, max(clicked_at) AS lastMs FROM adopted_clicks WHERE tracker = ?";
  return (await db.prepare(query).bind(tracker).first<AdoptedCount>()) ?? { clicks: 0, firstMs: null, lastMs: null };
}

/** How many postbacks of clicks that were unknown the log has of an advertiser: those of its other trackers too. */
export async function countWaiting(log: D1Database, advertiser: number): Promise<number> {
  const query =
    "SELECT sum(postbacks) AS waiting FROM postback_quarters WHERE advertiser = ? AND reason = 'foreign_unknown'";
  return (await log.prepare(query).bind(advertiser).first<number>("waiting")) ?? 0;
}

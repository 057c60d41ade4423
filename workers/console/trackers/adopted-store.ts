/** Adopted clicks as the console reads them: which of a tracker's are known, and what they are. The ledger alone writes them. */
import { jsonChunks } from "../../core/json-chunks.ts";
import { postbackCells } from "../../core/metrics/postback-cells.ts";
import { LONGEST_WINDOW } from "../../core/retention.ts";

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

/** The longest window of any offer, in days. */
export async function longestWindowDays(db: D1Database): Promise<number> {
  return (await db.prepare(LONGEST_WINDOW).first<number>("days")) ?? 0;
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
  const query = `SELECT sum(postbacks) AS waiting FROM ${postbackCells("LOG")} WHERE advertiser = ? AND reason = 'foreign_unknown'`;
  return (await log.prepare(query).bind(advertiser).first<number>("waiting")) ?? 0;
}

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

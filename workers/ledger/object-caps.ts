/** How many places each cap has taken, as the advertiser's object counts them. */
import { type CapCounts, countOf, isFull } from "../core/books/cap-counts.ts";
import type { CapPlace, CapState } from "../core/books/caps.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import type { Changed } from "./object-changes.ts";
import type { Sql } from "./sql.ts";

export const CAP_TABLE = `
  CREATE TABLE IF NOT EXISTS caps (
    key   TEXT PRIMARY KEY,
    taken INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS full_caps (
    key      TEXT PRIMARY KEY,
    since_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Loads the counts of these places; of two with the same key the later one's limit counts. */
export function loadCaps(sql: Sql, places: readonly CapPlace[]): CapCounts {
  const counts: CapCounts = new Map(places.map((place) => [place.key, { place, takenBefore: 0, taken: 0 }]));
  const query = "SELECT c.key, c.taken FROM json_each(?) k CROSS JOIN caps c ON c.key = k.value";
  for (const chunk of jsonChunks([...counts.keys()])) {
    for (const { key, taken } of sql.exec(query, chunk).toArray()) {
      const { place } = countOf(counts, String(key));
      counts.set(place.key, { place, takenBefore: Number(taken), taken: Number(taken) });
    }
  }
  return counts;
}

/**
 * Writes what has changed, and since when those are full that have just been filled; tells these, and those that were freed. How many places are taken can be counted again by the
 * conversions that take them.
 */
export function writeCaps(sql: Sql, counts: CapCounts, nowMs: number): Changed[] {
  const rows = [...counts]
    .filter(([, { takenBefore, taken }]) => taken !== takenBefore)
    .map(([key, { taken }]) => [key, taken]);
  const query =
    "INSERT INTO caps (key, taken) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true ON CONFLICT (key) DO UPDATE SET taken = excluded.taken";
  for (const chunk of jsonChunks(rows)) sql.exec(query, chunk);
  const [filled, freed] = [crossed(counts, true), crossed(counts, false)];
  for (const chunk of jsonChunks(filled))
    sql.exec(
      "INSERT INTO full_caps (key, since_at) SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
      nowMs,
      chunk,
    );
  for (const chunk of jsonChunks(freed))
    sql.exec("DELETE FROM full_caps WHERE key IN (SELECT value FROM json_each(?))", chunk);
  return [...filled, ...freed].map((key) => ["full_caps", key]);
}

/** The keys of the caps that were filled, or freed. */
function crossed(counts: CapCounts, isFilled: boolean): string[] {
  return [...counts].flatMap(([key, { place, takenBefore, taken }]) => {
    const [was, is] = [takenBefore >= place.limit, taken >= place.limit];
    return was !== is && is === isFilled ? [key] : [];
  });
}

/** How many of each of these places' caps are taken, and since when it is full, as far as that is known: it is not of one that was lowered. */
export function capStates(sql: Sql, places: readonly CapPlace[]): CapState[] {
  const counts = loadCaps(sql, places);
  const query = "SELECT f.key, f.since_at FROM json_each(?) k CROSS JOIN full_caps f ON f.key = k.value";
  const since = new Map(
    jsonChunks([...counts.keys()])
      .flatMap((chunk) => sql.exec(query, chunk).toArray())
      .map(({ key, since_at }) => [String(key), Number(since_at)]),
  );
  return places.map((place) => {
    const { taken } = countOf(counts, place.key);
    return { key: place.key, taken, fullSinceMs: taken >= place.limit ? (since.get(place.key) ?? null) : null };
  });
}

/** The offers of which a cap was reached, or was freed again. */
export function crossedOffers(counts: CapCounts): number[] {
  const crossed = [...counts.values()].filter(
    ({ place, takenBefore, taken }) => takenBefore >= place.limit !== taken >= place.limit,
  );
  return [...new Set(crossed.map(({ place }) => place.offer))];
}

/** Those of these places that belong to a reached cap. */
export function reachedPlaces(sql: Sql, places: readonly CapPlace[]): CapPlace[] {
  const counts = loadCaps(sql, places);
  return places.filter((place) => isFull(counts, place));
}

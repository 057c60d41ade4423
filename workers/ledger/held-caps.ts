/** How many places each cap has taken, as the advertiser's object counts them. */
import type { CapPlace } from "../core/books/caps.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import type { Sql } from "./sql.ts";

interface Count {
  place: CapPlace;
  takenBefore: number;
  taken: number;
}

/** Counts by cap key, as loaded and as they change while a batch is settled. */
export type HeldCaps = Map<string, Count>;

export const CAP_TABLE = `
  CREATE TABLE IF NOT EXISTS caps (
    key   TEXT PRIMARY KEY,
    taken INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Loads the counts of these places; of two with the same key the later one's limit counts. */
export function loadCaps(sql: Sql, places: readonly CapPlace[]): HeldCaps {
  const held: HeldCaps = new Map(places.map((place) => [place.key, { place, takenBefore: 0, taken: 0 }]));
  const query = "SELECT c.key, c.taken FROM json_each(?) k CROSS JOIN caps c ON c.key = k.value";
  for (const chunk of jsonChunks([...held.keys()])) {
    for (const { key, taken } of sql.exec(query, chunk).toArray()) {
      const count = held.get(String(key));
      if (count) held.set(String(key), { ...count, takenBefore: Number(taken), taken: Number(taken) });
    }
  }
  return held;
}

/** True when a place more would be one too many. */
export function isFull(held: HeldCaps, place: CapPlace): boolean {
  return (held.get(place.key)?.taken ?? 0) >= place.limit;
}

export function moveCap(held: HeldCaps, place: CapPlace, by: number): void {
  const count = held.get(place.key) ?? { place, takenBefore: 0, taken: 0 };
  held.set(place.key, { ...count, taken: count.taken + by });
}

export function writeCaps(sql: Sql, held: HeldCaps): void {
  const rows = [...held]
    .filter(([, { takenBefore, taken }]) => taken !== takenBefore)
    .map(([key, { taken }]) => [key, taken]);
  const query =
    "INSERT INTO caps (key, taken) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true ON CONFLICT (key) DO UPDATE SET taken = excluded.taken";
  for (const chunk of jsonChunks(rows)) sql.exec(query, chunk);
}

/** The offers of which a cap was reached, or was freed again. */
export function crossedOffers(held: HeldCaps): number[] {
  const crossed = [...held.values()].filter(
    ({ place, takenBefore, taken }) => takenBefore >= place.limit !== taken >= place.limit,
  );
  return [...new Set(crossed.map(({ place }) => place.offer))];
}

/** Those of these places that belong to a reached cap. */
export function reachedPlaces(sql: Sql, places: readonly CapPlace[]): CapPlace[] {
  const held = loadCaps(sql, places);
  return places.filter((place) => isFull(held, place));
}

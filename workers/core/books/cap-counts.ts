/** How many places of each cap are taken while messages are decided, and whether one more would be too many. */
import { must } from "../must.ts";
import type { PlaceMove } from "./cap-moves.ts";
import type { CapPlace } from "./caps.ts";

interface Count {
  place: CapPlace;
  takenBefore: number;
  taken: number;
}

/** Counts by cap key, as loaded and as they change while a share is decided. */
export type CapCounts = Map<string, Count>;

/** True when a place more would be one too many. */
export function isFull(counts: CapCounts, place: CapPlace): boolean {
  return countOf(counts, place.key).taken >= place.limit;
}

/** The counts that these moves change, as they are then. A place that was not loaded throws: its row would be written over. */
export function movedCounts(counts: CapCounts, moves: readonly PlaceMove[]): CapCounts {
  const moved: CapCounts = new Map();
  for (const { place, by } of moves) {
    const count = moved.get(place.key) ?? countOf(counts, place.key);
    moved.set(place.key, { ...count, taken: count.taken + by });
  }
  return moved;
}

/** True when these moves take more places of a cap than it has left. */
export function exceedsCap(counts: CapCounts, moves: readonly PlaceMove[]): boolean {
  const moved = movedCounts(counts, moves);
  return moves.some(
    ({ place }) => countOf(moved, place.key).taken > countOf(counts, place.key).taken && isFull(counts, place),
  );
}

/** The count of this cap, which was loaded. */
export function countOf(counts: CapCounts, key: string): Count {
  return must(counts.get(key), "the count of cap", key);
}

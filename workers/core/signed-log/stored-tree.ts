/** The tree of the log as its checkpoints' rows hold it: of each minute what it completes. */
import { fromBase64, toBase64 } from "../journal/commitments.ts";
import { rootOf } from "../journal/merkle.ts";
import { TILE_WIDTH } from "./hash-tiles.ts";
import { type ReadTile, rootBetween } from "./tree-proofs.ts";

/** Hashes of a level (`?2`, as a JSON path) by the numbers of the leaves that complete them (`?1`, a list as JSON). */
export const TILE_HASHES = `
  SELECT c.hashes ->> ?2 AS hash FROM json_each(?1) AS k CROSS JOIN checkpoints AS c ON c.number = k.value ORDER BY c.number`;

/** Asks the rows for `TILE_HASHES`. */
export type AskHashes = (numbers: string, path: string) => Promise<string[]>;

/** Reads tiles out of the rows; what was read once is kept for as long as the reader is. */
export function storedTiles(ask: AskHashes): ReadTile {
  const kept = new Map<string, Promise<Uint8Array[]>>();
  return (level, index) => {
    const key = `${level}/${index}`;
    const known = kept.get(key) ?? readTile(ask, level, index);
    kept.set(key, known);
    return known;
  };
}

/** The hash number `place` of a level is completed by the row of its last leaf. */
async function readTile(ask: AskHashes, level: number, index: number): Promise<Uint8Array[]> {
  const span = TILE_WIDTH ** level;
  const numbers = Array.from({ length: TILE_WIDTH }, (_, place) => (index * TILE_WIDTH + place + 1) * span);
  return (await ask(JSON.stringify(numbers), `$[${level}]`)).map(fromBase64);
}

/** What one more leaf completes, and the root that the tree has with it. `number` is that of the leaf, from 1. */
export async function grow(
  read: ReadTile,
  number: number,
  leaf: Uint8Array,
): Promise<{ hashes: string[]; root: string }> {
  const made: Uint8Array[] = [leaf];
  const readGrown: ReadTile = async (level, index) => {
    const own = made[level];
    const count = number / TILE_WIDTH ** level;
    const tile = await read(level, index);
    const isLast = own !== undefined && Number.isInteger(count) && Math.floor((count - 1) / TILE_WIDTH) === index;
    return isLast ? [...tile, own] : tile;
  };
  for (let level = 1; number % TILE_WIDTH ** level === 0; level++)
    made.push(rootOf(await readGrown(level - 1, number / TILE_WIDTH ** level - 1)));
  return { hashes: made.map(toBase64), root: toBase64(await rootBetween(readGrown, 0, number)) };
}

/** Roots, paths and proofs of consistency (RFC 6962, section 2.1) of a tree whose hashes lie in tiles, of which few are read; and the check of consistency. */
import { hashNode, rootOf } from "../journal/merkle.ts";
import { must } from "../must.ts";
import { TILE_WIDTH } from "./hash-tiles.ts";

/** The hashes of a tile, as far as the tree has them. */
export type ReadTile = (level: number, index: number) => Promise<readonly Uint8Array[]>;

/** The root over the leaves from `from` up to, not including, `to`, as the tree of the RFC divides them. */
export async function rootBetween(read: ReadTile, from: number, to: number): Promise<Uint8Array> {
  const size = to - from;
  const split = largestPowerBelow(size);
  if (size > 1 && split * 2 !== size)
    return hashNode(await rootBetween(read, from, from + split), await rootBetween(read, from + split, to));
  // A whole branch: it lies within one tile, of the level whose hashes are not larger than it.
  let [level, span] = [0, 1];
  for (; span * TILE_WIDTH <= size; span *= TILE_WIDTH) level++;
  const first = from / span;
  const tile = await read(level, Math.floor(first / TILE_WIDTH));
  const start = first % TILE_WIDTH;
  const hashes = Array.from({ length: size / span }, (_, place) =>
    must(tile[start + place], `hash ${first + place} of level`, level),
  );
  return rootOf(hashes);
}

/** The hashes beside the way from leaf `index` up to the root of a tree of `size`, from below. */
export async function inclusionPath(read: ReadTile, index: number, size: number, from = 0): Promise<Uint8Array[]> {
  if (size === 1) return [];
  const split = largestPowerBelow(size);
  return index < split
    ? [...(await inclusionPath(read, index, split, from)), await rootBetween(read, from + split, from + size)]
    : [
        ...(await inclusionPath(read, index - split, size - split, from + split)),
        await rootBetween(read, from, from + split),
      ];
}

/** Shows that the tree of `after` leaves begins with that of `before`, of one at least. */
export function consistencyPath(read: ReadTile, before: number, after: number): Promise<Uint8Array[]> {
  return partOfPath(read, before, { from: 0, size: after, isWhole: true });
}

async function partOfPath(
  read: ReadTile,
  before: number,
  { from, size, isWhole }: { from: number; size: number; isWhole: boolean },
): Promise<Uint8Array[]> {
  if (before === size) return isWhole ? [] : [await rootBetween(read, from, from + size)];
  const split = largestPowerBelow(size);
  if (before <= split)
    return [
      ...(await partOfPath(read, before, { from, size: split, isWhole })),
      await rootBetween(read, from + split, from + size),
    ];
  const rest = { from: from + split, size: size - split, isWhole: false };
  return [...(await partOfPath(read, before - split, rest)), await rootBetween(read, from, from + split)];
}

/** A tree by its size and root. */
export interface TreeHead {
  size: number;
  root: Uint8Array;
}

/** True where the path shows that `after` begins with `before` (RFC 9162, section 2.1.4.2). */
export function isConsistent(before: TreeHead, after: TreeHead, path: readonly Uint8Array[]): boolean {
  if (before.size < 1 || before.size > after.size) return false;
  if (before.size === after.size) return path.length === 0 && equal(before.root, after.root);
  const isPower = largestPowerBelow(2 * before.size) === before.size;
  const [first, ...rest] = isPower ? [before.root, ...path] : path;
  if (!first) return false;
  let at = before.size - 1;
  let last = after.size - 1;
  while (at % 2 === 1) [at, last] = halved(at, last);
  let [old, now] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [old, now] = [hashNode(hash, old), hashNode(hash, now)];
      while (at % 2 === 0 && at !== 0) [at, last] = halved(at, last);
    } else now = hashNode(now, hash);
    [at, last] = halved(at, last);
  }
  return last === 0 && equal(old, before.root) && equal(now, after.root);
}

function halved(at: number, last: number): [number, number] {
  return [Math.floor(at / 2), Math.floor(last / 2)];
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Half of a power of two, else the largest power below it; of one it is one. */
function largestPowerBelow(size: number): number {
  return size === 1 ? 1 : 2 ** (Math.ceil(Math.log2(size)) - 1);
}

/**
 * Merkle trees as RFC 6962 draws them (section 2.1): the root over a list of leaves, the path that shows that one of them is under it, and the check of such a path.
 * Hashes are of 32 bytes. Leaves come here hashed (`hashLeaf`), so that a tree can be made of what is kept of its leaves alone.
 */
import { hashBytes } from "../hmac-sha256.ts";

export const HASH_BYTES = 32;
/** What is under a tree is hashed with a zero before it, so that no leaf can be taken for two branches. */
export const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;
/** Where two branches are put beside each other: nothing stays in it from one call to the next. */
const both = new Uint8Array(1 + 2 * HASH_BYTES);

export function hashLeaf(content: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(content.length + 1);
  prefixed[0] = LEAF_PREFIX;
  prefixed.set(content, 1);
  return hashBytes(prefixed).slice();
}

export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  both[0] = NODE_PREFIX;
  both.set(left, 1);
  both.set(right, 1 + HASH_BYTES);
  return hashBytes(both).slice();
}

/** The root over these hashed leaves, of which there is one at least: pairs become nodes, floor by floor, and what has no other is taken up as it is. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  let floor = leaves;
  while (floor.length > 1) {
    const next: Uint8Array[] = [];
    for (let at = 0; at < floor.length; at += 2) {
      const [left, right] = [floor[at], floor[at + 1]];
      if (left) next.push(right ? hashNode(left, right) : left);
    }
    floor = next;
  }
  const [root] = floor;
  if (!root) throw new RangeError("a tree has a leaf at least");
  return root;
}

/** The hashes beside the way from the leaf at `index` up to the root, from below. */
export function pathOf(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (index < 0 || index >= leaves.length) throw new RangeError(`there is no leaf ${index} among ${leaves.length}`);
  if (leaves.length === 1) return [];
  const split = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - split), rootOf(left)];
}

/** The root that a leaf at `index` of `size` comes to along this path; null where a path for that place has another length. */
export function rootByPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array | null {
  if (index < 0 || index >= size) return null;
  // RFC 9162, section 2.1.3.2.
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const beside of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hash = hashNode(beside, hash);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else hash = hashNode(hash, beside);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : null;
}

function largestPowerBelow(size: number): number {
  return 2 ** (Math.ceil(Math.log2(size)) - 1);
}

/** Trees that lie in tiles have the roots, paths and proofs that RFC 6962 says, whatever their size; and what is not so is refused. */
import { expect, test } from "vitest";
import { hashLeaf, pathOf, rootByPath, rootOf } from "../../../workers/core/journal/merkle.ts";
import { tileIn, tilePath, tilesEndingAt } from "../../../workers/core/signed-log/hash-tiles.ts";
import {
  consistencyPath,
  inclusionPath,
  isConsistent,
  type ReadTile,
  rootBetween,
} from "../../../workers/core/signed-log/tree-proofs.ts";

const MOST = 600;
const leaves = Array.from({ length: MOST }, (_, number) => hashLeaf(new TextEncoder().encode(`minute ${number}`)));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Tiles of the tree of all leaves, made by hand: level 0 has the leaves, level 1 the roots of 256 of them. */
const read: ReadTile = async (level, index) => {
  const from = index * 256;
  if (level === 0) return leaves.slice(from, from + 256);
  return [0, 1].map((tile) => rootOf(leaves.slice(tile * 256, tile * 256 + 256))).slice(from, from + 256);
};
const treeOf = (size: number) => ({ size, root: rootOf(leaves.slice(0, size)) });

test("roots and paths of inclusion are those of the tree without tiles", async () => {
  for (const size of [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 600]) {
    expect(hex(await rootBetween(read, 0, size)), `root of ${size}`).toBe(hex(treeOf(size).root));
    for (const index of [0, 1, size >> 1, size - 2, size - 1].filter((one) => one >= 0 && one < size)) {
      const path = await inclusionPath(read, index, size);
      expect(path.map(hex)).toEqual(pathOf(leaves.slice(0, size), index).map(hex));
      const leaf = leaves[index] ?? new Uint8Array();
      expect(rootByPath(leaf, index, size, path)?.map(Number)).toEqual(treeOf(size).root);
    }
  }
});

test("a proof of consistency holds between any two sizes, and for no other trees", async () => {
  const sizes = [1, 2, 3, 4, 6, 7, 8, 9, 100, 255, 256, 257, 300, 511, 512, 513, 599, 600];
  for (const before of sizes)
    for (const after of sizes.filter((size) => size >= before)) {
      const path = await consistencyPath(read, before, after);
      expect(isConsistent(treeOf(before), treeOf(after), path), `${before} → ${after}`).toBe(true);
      const other = { size: before, root: leaves[599] ?? new Uint8Array() };
      expect(isConsistent(other, treeOf(after), path)).toBe(false);
      expect(isConsistent(treeOf(before), { size: after, root: other.root }, path)).toBe(false);
      if (path.length > 0) expect(isConsistent(treeOf(before), treeOf(after), path.slice(1))).toBe(false);
      expect(isConsistent(treeOf(before), treeOf(after), [...path, other.root])).toBe(false);
    }
});

test("tiles are where the specification has them", () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe("tile/0/x001/x234/067");
  expect(tilePath({ level: 1, index: 0, width: 17 })).toBe("tile/1/000.p/17");
  expect(tilePath({ level: 0, index: 273, width: 112 }, "entries")).toBe("tile/entries/273.p/112");
  // The specification's own example: a tree of 70,000.
  expect([tileIn(70_000, 0, 272)?.width, tileIn(70_000, 0, 273)?.width, tileIn(70_000, 0, 274)]).toEqual([
    256,
    112,
    null,
  ]);
  expect([tileIn(70_000, 1, 0)?.width, tileIn(70_000, 1, 1)?.width, tileIn(70_000, 2, 0)?.width]).toEqual([256, 17, 1]);
  expect(tilesEndingAt(255)).toEqual([{ level: 0, index: 0, width: 255 }]);
  expect(tilesEndingAt(256).map(({ level, width }) => [level, width])).toEqual([
    [0, 256],
    [1, 1],
  ]);
  expect(tilesEndingAt(65_536).map(({ level, index, width }) => [level, index, width])).toEqual([
    [0, 255, 256],
    [1, 0, 256],
    [2, 0, 1],
  ]);
  expect(tilesEndingAt(257)).toEqual([{ level: 0, index: 1, width: 1 }]);
});

/** Trees of RFC 6962, by the known roots of its first implementation's tests, and paths by what they must lead to. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashLeaf, pathOf, rootByPath, rootOf } from "../../../workers/core/journal/merkle.ts";

const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(
  (hex) => hashLeaf(Buffer.from(hex, "hex")),
);
/** Of the tree over the first one, the first two, and so on. */
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString("hex");

test("roots are those of the log's own tests", () => {
  expect(ROOTS.map((_, index) => hex(rootOf(LEAVES.slice(0, index + 1))))).toEqual(ROOTS);
});

test("every leaf's path leads to the root, and to no other from another leaf, place or size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, some, other) => {
      const leaves = Array.from({ length: size }, (_, index) => hashLeaf(Uint8Array.of(index)));
      const index = some % size;
      const leaf = leaves[index] ?? new Uint8Array(0);
      const path = pathOf(leaves, index);
      const root = hex(rootOf(leaves));
      expect(hex(rootByPath(leaf, index, size, path))).toBe(root);
      expect(hex(rootByPath(hashLeaf(Uint8Array.of(200)), index, size, path))).not.toBe(root);
      const place = other % size;
      if (place !== index) expect(hex(rootByPath(leaf, place, size, path))).not.toBe(root);
      expect(rootByPath(leaf, index, size, [...path, leaf])).toBeNull();
      if (path.length > 0) expect(rootByPath(leaf, index, size, path.slice(1))).toBeNull();
      expect(rootByPath(leaf, size, size, path)).toBeNull();
    }),
  );
});

/** A memory of bounded size. */
import { expect, test } from "vitest";
import { keepLatest } from "../../workers/core/keep-latest.ts";

test("what was put in longest ago makes room", () => {
  const memory = new Map<string, number>();
  for (const [value, key] of ["a", "b", "a", "c", "d"].entries()) keepLatest(memory, key, value, 3);
  expect([...memory]).toEqual([
    ["a", 2],
    ["c", 3],
    ["d", 4],
  ]);
});

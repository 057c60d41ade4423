/** What must stand in no file: where packages are fetched from is the machine's own setting, and stays its own. */
import { expect, test } from "vitest";
import { filesUnder, read } from "./files.ts";

/** Put together here, so that this file does not hold it either. */
const REGISTRY = ["registry", "npmjs", "org"].join(".");

test("no file holds the address of a package registry", () => {
  expect(filesUnder().filter((file) => read(file).includes(REGISTRY))).toEqual([]);
});

test("the lockfile names packages by version and hash, not by address", () => {
  expect(read("package-lock.json")).not.toMatch(/"resolved":/);
  expect(read("package-lock.json")).toMatch(/"integrity":/);
});

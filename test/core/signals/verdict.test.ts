import { expect, test } from "vitest";
import { verdictOf } from "../../../workers/core/signals/verdict.ts";

test.each([
  ["nothing came since", "approved", false, [], null],
  ["it was restated", "approved", false, ["restatement"], null],
  ["part of it was given back", "approved", false, ["reversal"], null],
  ["it is held still", "approved", true, ["hold"], null],
  ["it was held and released before anything was said", "pending", false, ["hold", "release"], null],
  ["it was approved", "approved", false, ["approval"], "wrong"],
  ["it was held, and released as it was", "approved", false, ["hold", "release"], "wrong"],
  ["it was rejected", "rejected", false, ["hold", "rejection"], "right"],
  ["all of it was given back", "reversed", false, ["reversal"], "right"],
] as const)("%s", (_, status, isHeld, kindsSince, verdict) => {
  expect(verdictOf({ status, isHeld, kindsSince }, "rejected")).toBe(verdict);
});

test("what was shaved is right where it is approved after all", () => {
  const approved = { status: "approved", isHeld: false, kindsSince: ["approval"] } as const;
  expect(verdictOf(approved, "approved")).toBe("right");
  expect(verdictOf({ ...approved, status: "rejected", kindsSince: ["rejection"] }, "approved")).toBe("wrong");
});

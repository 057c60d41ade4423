/** How much of the console one caller has at once and in a minute, and that no other has less for it. */
import { expect, test } from "vitest";
import { type CallerCounts, createCallerCounts, PLACE_LASTS_MS } from "../../workers/core/caller-budgets.ts";
import { MINUTE_MS } from "../../workers/core/time-units.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 8);
const FEW = { atOnce: 3, perMinute: 5 };

function enter(counts: CallerCounts, nowMs = NOW_MS, key = "a") {
  const admission = counts.enter(key, FEW, nowMs);
  return "leave" in admission ? admission.leave : admission.retryAfterS;
}

const leave = (place: ReturnType<typeof enter>) => {
  if (typeof place === "number") throw new Error("there was no place");
  place();
};

test("so many at once, and one more when one has left, once", () => {
  const counts = createCallerCounts();
  const first = enter(counts);
  enter(counts);
  enter(counts);
  expect(enter(counts)).toBe(1);
  leave(first);
  leave(first);
  expect(enter(counts)).toBeTypeOf("function");
  expect(enter(counts)).toBe(1);
});

test("so many a minute; what was turned away is not counted", () => {
  const counts = createCallerCounts();
  for (let request = 0; request < 5; request++) leave(enter(counts, NOW_MS + request));
  for (let request = 0; request < 9; request++) expect(enter(counts, NOW_MS + 12_500)).toBe(48);
  expect(enter(counts, NOW_MS + MINUTE_MS)).toBeTypeOf("function");
});

test("one caller's requests take nothing from another", () => {
  const counts = createCallerCounts();
  for (let request = 0; request < 9; request++) enter(counts);
  expect(enter(counts)).toBe(1);
  expect(enter(counts, NOW_MS, "b")).toBeTypeOf("function");
});

test("a place that is never left is free again", () => {
  const counts = createCallerCounts();
  for (let request = 0; request < 3; request++) enter(counts);
  expect(enter(counts, NOW_MS + PLACE_LASTS_MS - 1)).toBe(1);
  expect(enter(counts, NOW_MS + PLACE_LASTS_MS)).toBeTypeOf("function");
});

test("ten thousand callers leave no more in memory than two thousand: the latest stay", () => {
  const counts = createCallerCounts();
  for (let caller = 0; caller < 10_000; caller++)
    for (let request = 0; request < 3; request++) enter(counts, NOW_MS, String(caller));
  expect([8_000, 9_999, 7_999, 0].map((caller) => typeof enter(counts, NOW_MS, String(caller)))).toEqual([
    "number",
    "number",
    "function",
    "function",
  ]);
});

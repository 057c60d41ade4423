/** What an alert says of caps that are full, and that it is calm where none is. */
import { expect, test } from "vitest";
import { findingOf } from "../../workers/console/alerts/cap-findings.ts";
import type { CapNow } from "../../workers/console/offers/cap-states.ts";

const NOW_MS = Date.UTC(2026, 10, 30, 12);
const SLUGS = new Map([
  [1, "shoes"],
  [2, "hats"],
]);
const cap = (offer: number, taken: number, fullSinceMs: number | null): CapNow => {
  return { offer, event: "sale", per: "day", limit: 2, taken, fullSinceMs, endsAtMs: NOW_MS + 1 };
};

test("a cap that is full says how full, of what and since when", () => {
  const finding = findingOf("acme", SLUGS, [cap(1, 1, null), cap(2, 2, NOW_MS - 3_600_000), cap(1, 3, null)], NOW_MS);
  expect(finding).toEqual({
    rule: "cap_full",
    subject: "acme",
    sinceMs: NOW_MS - 3_600_000,
    path: "/offers/hats",
    judgement: {
      state: "wrong",
      said: "hats: 2 of 2 sale a day, since 2026-11-30 11:00 UTC. shoes: 3 of 2 sale a day. Clicks go to the fallback until it is over.",
    },
  });
});

test("none that is full is calm", () => {
  expect(findingOf("acme", SLUGS, [cap(1, 1, null)], NOW_MS).judgement).toEqual({ state: "calm" });
});

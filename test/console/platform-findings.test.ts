/** The alert about a version of an ad platform's API that ends: from sixty days before, of platforms that are told, and in words that say when. */
import { expect, test } from "vitest";
import { sunsetFindings } from "../../workers/console/alerts/platform-findings.ts";
import { endingPins } from "../../workers/core/platforms/platforms.ts";

/** LinkedIn's version ends on 2027-07-15. */
const ENDS_MS = Date.UTC(2027, 6, 15);
const DAY_MS = 86_400_000;

function ofLinkedIn(daysBefore: number, told: readonly string[]) {
  const nowMs = ENDS_MS - daysBefore * DAY_MS;
  return sunsetFindings(endingPins(nowMs), (name) => told.includes(name), nowMs).find(
    ({ subject }) => subject === "linkedin",
  );
}

test.each([
  [61, ["linkedin"], { state: "calm" }],
  [60, ["meta"], { state: "calm" }],
  [60, ["linkedin"], { state: "wrong", said: expect.stringContaining("ends on 2027-07-15, in 60 days.") }],
  [1, ["linkedin"], { state: "wrong", said: expect.stringContaining("ends on 2027-07-15, in 1 day.") }],
  [-1, ["linkedin"], { state: "wrong", said: expect.stringContaining("ended on 2027-07-15.") }],
])("%d days before, where %j is told", (daysBefore, told, judgement) => {
  expect(ofLinkedIn(daysBefore, told)).toMatchObject({ rule: "platform_version_ends", judgement });
});

test("it is there once for each platform, from the day on which it began", () => {
  expect(ofLinkedIn(30, ["linkedin"])?.sinceMs).toBe(ENDS_MS - 60 * DAY_MS);
  const names = sunsetFindings([], () => true, ENDS_MS).map(({ subject }) => subject);
  expect(new Set(names).size).toBe(names.length);
});

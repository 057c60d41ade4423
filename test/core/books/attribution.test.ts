/** When a conversion belongs to its click: every rule at its edges, to the millisecond. */
import { describe, expect, test } from "vitest";
import { judgeTiming } from "../../../workers/core/books/attribution.ts";
import type { OutcomeReason } from "../../../workers/core/reasons.ts";

const CLICKED_MS = Date.UTC(2026, 10, 1);
const DAY_MS = 86_400_000;
const FIVE_MINUTES_MS = 300_000;

interface Case {
  /** After the click, in ms; said by the sender, unless there is only a receipt. */
  occurred?: number;
  received: number;
  /** The offer's rules; a month and at once unless said. */
  windowDays?: number;
  minSeconds?: number;
  eventDays?: number;
  verdict: OutcomeReason | null;
}

const late = 40 * DAY_MS;

const CASES: [string, Case][] = [
  ["at the click", { occurred: 0, received: 0, verdict: null }],
  ["an hour after it", { occurred: 3_600_000, received: late, verdict: null }],
  ["received at the click, with no time said", { received: 0, verdict: null }],
  // Before the click: the second of a sender that gives whole ones is forgiven.
  ["1 ms before it", { occurred: -1, received: 0, verdict: null }],
  ["1,000 ms before it", { occurred: -1_000, received: 0, verdict: null }],
  ["received 1,000 ms before it", { received: -1_000, verdict: null }],
  ["in the second before the click, with no least time", { occurred: -500, received: 0, minSeconds: 0, verdict: null }],
  ["1,001 ms before it", { occurred: -1_001, received: 0, verdict: "before_click" }],
  ["a day before it", { occurred: -DAY_MS, received: 0, verdict: "before_click" }],
  ["received 1,001 ms before it", { received: -1_001, verdict: "before_click" }],
  // In the future of its receipt: five minutes of a fast clock are forgiven.
  ["5 minutes ahead", { occurred: FIVE_MINUTES_MS, received: 0, verdict: null }],
  ["5 minutes ahead, less 1 ms", { occurred: FIVE_MINUTES_MS - 1, received: 0, verdict: null }],
  ["5 minutes ahead and 1 ms", { occurred: FIVE_MINUTES_MS + 1, received: 0, verdict: "occurred_in_future" }],
  ["a year ahead", { occurred: 365 * DAY_MS, received: 0, verdict: "occurred_in_future" }],
  // The future is told first, for it is the time that is wrong and not the click.
  [
    "ahead, and before its click",
    { occurred: -2_000, received: -FIVE_MINUTES_MS - 2_001, verdict: "occurred_in_future" },
  ],
  // The least time between click and conversion.
  ["the least time after it", { occurred: 5_000, received: late, minSeconds: 5, verdict: null }],
  ["1 ms sooner", { occurred: 4_999, received: late, minSeconds: 5, verdict: "too_soon" }],
  ["1 ms later", { occurred: 5_001, received: late, minSeconds: 5, verdict: null }],
  ["at the click, where there is a least time", { occurred: 0, received: late, minSeconds: 1, verdict: "too_soon" }],
  ["received too soon, with no time said", { received: 4_999, minSeconds: 5, verdict: "too_soon" }],
  ["received too soon, of what happened in time", { occurred: 5_000, received: 0, minSeconds: 5, verdict: null }],
  [
    "in the second before the click, with a least time",
    { occurred: -500, received: 0, minSeconds: 5, verdict: "too_soon" },
  ],
  ["before the click, with a least time", { occurred: -1_001, received: 0, minSeconds: 5, verdict: "before_click" }],
  // The window.
  ["at the window's end", { occurred: 30 * DAY_MS, received: late, verdict: null }],
  ["1 ms before its end", { occurred: 30 * DAY_MS - 1, received: late, verdict: null }],
  ["1 ms after its end", { occurred: 30 * DAY_MS + 1, received: late, verdict: "click_expired" }],
  ["received after its end, of what happened within", { occurred: DAY_MS, received: late, verdict: null }],
  ["received after its end, with no time said", { received: 30 * DAY_MS + 1, verdict: "click_expired" }],
  ["at the end of the event's own window", { occurred: 7 * DAY_MS, received: late, eventDays: 7, verdict: null }],
  ["1 ms after that", { occurred: 7 * DAY_MS + 1, received: late, eventDays: 7, verdict: "click_expired" }],
  ["in the event's longer window", { occurred: 60 * DAY_MS, received: 60 * DAY_MS, eventDays: 60, verdict: null }],
  ["at the end of a window of a day", { occurred: DAY_MS, received: late, windowDays: 1, verdict: null }],
  ["1 ms after a window of a day", { occurred: DAY_MS + 1, received: late, windowDays: 1, verdict: "click_expired" }],
];

function judge({ occurred, received, windowDays = 30, minSeconds = 0, eventDays }: Case): OutcomeReason | null {
  const message = {
    receivedAtMs: CLICKED_MS + received,
    content: occurred === undefined ? {} : { occurredAtMs: CLICKED_MS + occurred },
  };
  return judgeTiming(
    message,
    { issuedAtMs: CLICKED_MS },
    { windowDays, minSeconds },
    { windowDays: eventDays ?? null },
  );
}

describe("a conversion", () => {
  test.each(CASES)("%s", (_, one) => {
    expect(judge(one)).toBe(one.verdict);
  });
});

/** What became of orders, in words for affiliates: each reason, and each state of a conversion. */
import { describe, expect, test } from "vitest";
import {
  conversionInWords,
  hasWords,
  NEVER_OF_AN_ORDER,
  type UncountedOrder,
  uncountedInWords,
} from "../../workers/core/affiliates-words.ts";
import { OUTCOME_REASONS } from "../../workers/core/reasons.ts";

const [SECOND_MS, HOUR_MS, DAY_MS] = [1_000, 3_600_000, 86_400_000];
const CLICKED_MS = Date.parse("2026-11-01T00:00:00Z");

const order = (reason: string, afterMs: number, more: Partial<UncountedOrder> = {}): UncountedOrder => ({
  ...{ reason, event: "sale", windowDays: 30, minSeconds: 0 },
  ...{ clickedAtMs: CLICKED_MS, reportedAtMs: CLICKED_MS + afterMs },
  ...more,
});

describe("an order that did not count", () => {
  test.each<[UncountedOrder, string]>([
    [
      order("click_expired", 31 * DAY_MS),
      "The order was reported 31 days after the click; the offer’s window is 30 days.",
    ],
    [
      order("click_expired", 30 * DAY_MS + 5 * HOUR_MS),
      "The order was reported 30 days and 5 hours after the click; the offer’s window is 30 days.",
    ],
    [
      order("click_expired", DAY_MS + HOUR_MS, { windowDays: 1 }),
      "The order was reported 1 day and 1 hour after the click; the offer’s window is 1 day.",
    ],
    // The window was made longer since.
    [
      order("click_expired", 31 * DAY_MS, { windowDays: 60 }),
      "The order was reported 31 days after the click; the offer’s window was over by then.",
    ],
    [
      order("click_expired", 31 * DAY_MS, { clickedAtMs: null }),
      "The order was reported too long or too soon after the click; the offer’s window was over by then.",
    ],
    [
      order("too_soon", 12 * SECOND_MS, { minSeconds: 30 }),
      "The order was reported 12 seconds after the click; the offer takes none sooner than 30 seconds after it.",
    ],
    [
      order("too_soon", 90 * SECOND_MS, { minSeconds: 30 }),
      "The order was reported 1 minute after the click, which is sooner than the offer took then.",
    ],
    [order("unknown_event", 0, { event: "lead" }), "The shop reported “lead”, which this offer does not pay for."],
    [order("unknown_event", 0, { event: null }), "The shop reported something that this offer does not pay for."],
    [order("a reason of tomorrow", 0), "It did not count."],
  ])("%o", (given, why) => expect(uncountedInWords(given).why).toBe(why));

  test("every reason that an affiliate meets has words, which say what to do or leave nothing to do", () => {
    for (const reason of Object.keys(OUTCOME_REASONS)) {
      const isNever = NEVER_OF_AN_ORDER.some((one) => one === reason);
      expect([reason, hasWords(reason)]).toEqual([reason, !isNever]);
    }
    // What sender and operator should do is for other readers.
    for (const reason of Object.keys(OUTCOME_REASONS).filter(hasWords)) {
      const { why, todo } = uncountedInWords(order(reason, 31 * DAY_MS));
      expect([reason, `${why} ${todo ?? ""}`]).toEqual([reason, expect.not.stringMatching(/replay|postback|token|_/)]);
    }
  });
});

describe("a conversion", () => {
  const plain = {
    status: "approved",
    test: false,
    imported: false,
    hold: null,
    reason: null,
    isRefunded: false,
  } as const;
  test.each<[Partial<Parameters<typeof conversionInWords>[0]>, RegExp, boolean]>([
    [{}, /^Approved: it counts\.$/, false],
    [{ isRefunded: true }, /part was given back/, false],
    [{ status: "pending" }, /not approved it yet/, true],
    [{ status: "rejected" }, /^The shop rejected it/, true],
    [{ status: "reversed" }, /given back in whole/, false],
    [{ hold: "held", status: "pending" }, /operator looks at the order/, true],
    [{ hold: "rejected_by_operator", status: "rejected" }, /^The operator rejected it\.$/, true],
    [
      { hold: "rejected_by_operator", status: "rejected", reason: "Not a new customer." },
      /it: Not a new customer\.$/,
      true,
    ],
    [{ test: true, status: "rejected" }, /^A test/, false],
    [{ imported: true, status: "pending" }, /Another tracker booked it/, false],
  ])("%o", (more, why, hasTodo) => {
    const words = conversionInWords({ ...plain, ...more });
    expect(words.why).toMatch(why);
    expect(words.todo !== null).toBe(hasTodo);
  });
});

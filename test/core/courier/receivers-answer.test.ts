/** What a receiver's answer means, and when a delivery is tried again. */
import { expect, test } from "vitest";
import { DELIVERY_REASONS, DELIVERY_STATES } from "../../../workers/core/courier/delivery-reasons.ts";
import {
  type AnswerRules,
  type ReceiversAnswer,
  readAnswer,
  readRetryAfter,
} from "../../../workers/core/courier/receivers-answer.ts";
import { jittered, nextStep, RETRY_DELAYS_MS } from "../../../workers/core/courier/retry-schedule.ts";
import { HOUR_MS } from "../../../workers/core/time-units.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 10, 0, 0);
const PLAIN: AnswerRules = { bodyContains: null, accept3xx: false };
const OK: AnswerRules = { bodyContains: "ok", accept3xx: false };
const LACKS: AnswerRules = { ...PLAIN, bodyLacks: '"status":"error"' };

function answered(status: number, body = "", retryAfter: string | null = null): ReceiversAnswer {
  return { kind: "answered", status, body, retryAfter };
}

function verdict(answer: ReceiversAnswer, rules = PLAIN, deduplicates = true) {
  return readAnswer(answer, rules, { deduplicates, nowMs: NOW_MS });
}

test.each<[string, ReceiversAnswer, AnswerRules, string]>([
  ["200", answered(200), PLAIN, "sent"],
  ["Taboola's 204", answered(204), PLAIN, "sent"],
  ["299", answered(299), PLAIN, "sent"],
  ["ExoClick's OK", answered(200, "OK\n"), OK, "sent"],
  ["ExoClick's ERROR", answered(200, "ERROR: Tag is invalid"), OK, "retry short wrong_body"],
  ["EvaDav's success", answered(200, '{"status":"success"}'), LACKS, "sent"],
  ["EvaDav's error", answered(200, '{"status":"error"}'), LACKS, "retry short wrong_body"],
  ["another address", answered(302), PLAIN, "retry short redirected"],
  ["another address where that will do", answered(302), { ...PLAIN, accept3xx: true }, "sent"],
  ["408", answered(408), PLAIN, "retry full receiver_busy"],
  ["425", answered(425), PLAIN, "retry full receiver_busy"],
  ["429", answered(429), PLAIN, "retry full receiver_busy"],
  ["500", answered(500), PLAIN, "retry full receiver_failed"],
  ["503", answered(503), PLAIN, "retry full receiver_failed"],
  ["599", answered(599), PLAIN, "retry full receiver_failed"],
  ["400", answered(400), PLAIN, "retry short rejected_by_receiver"],
  ["404", answered(404, "ok"), OK, "retry short rejected_by_receiver"],
  ["410", answered(410), PLAIN, "off gone"],
  ["no connection", { kind: "unsent", reason: "unreachable" }, PLAIN, "retry full unreachable"],
])("%s", (_what, answer, rules, expected) => {
  const read = verdict(answer, rules);
  expect(
    [read.outcome, "schedule" in read ? read.schedule : "", "reason" in read ? read.reason : ""]
      .filter(Boolean)
      .join(" "),
  ).toBe(expected);
});

test("silence is tried again where the receiver takes a delivery once, and is in doubt elsewhere", () => {
  expect(verdict({ kind: "silence", timedOut: true })).toMatchObject({ outcome: "retry", reason: "timed_out" });
  expect(verdict({ kind: "silence", timedOut: true }, PLAIN, false)).toEqual({
    outcome: "in_doubt",
    reason: "timed_out",
  });
  expect(verdict({ kind: "silence", timedOut: false }, PLAIN, false)).toEqual({
    outcome: "in_doubt",
    reason: "no_answer",
  });
  // What did not leave is in no doubt.
  expect(verdict({ kind: "unsent", reason: "unreachable" }, PLAIN, false).outcome).toBe("retry");
});

test.each<[string | null, number | null]>([
  ["120", 120_000],
  [" 0 ", 0],
  ["86400", 86_400_000],
  ["999999999", 86_400_000],
  ["Fri, 20 Nov 2026 10:05:00 GMT", 300_000],
  ["Fri, 27 Nov 2026 10:05:00 GMT", 86_400_000],
  ["Fri, 20 Nov 2026 09:00:00 GMT", null],
  ["2026-11-20T10:05:00Z", null],
  ["soon", null],
  ["-5", null],
  ["1.5", null],
  ["", null],
  [null, null],
])("Retry-After: %s is %s ms", (header, ms) => {
  expect(readRetryAfter(header, NOW_MS)).toBe(ms);
});

const FAILED = { outcome: "retry", reason: "receiver_failed", afterMs: null, schedule: "full" } as const;

test("eleven tries in 76 hours, each behind its plan by at most a fifth", () => {
  expect(RETRY_DELAYS_MS).toHaveLength(11);
  expect(RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay, 0) / HOUR_MS).toBeCloseTo(75.6, 1);
  for (let attempts = 1; attempts < RETRY_DELAYS_MS.length; attempts++)
    for (const random of [0, 0.5, 0.999]) {
      const step = nextStep({ attempts, deadlineAtMs: null }, FAILED, NOW_MS, random);
      if (step.state !== "failed") throw new Error("it ended early");
      const planned = RETRY_DELAYS_MS[attempts] ?? 0;
      expect((step.dueAtMs - NOW_MS) / planned).toBeGreaterThanOrEqual(0.8);
      expect((step.dueAtMs - NOW_MS) / planned).toBeLessThanOrEqual(1.2);
    }
  expect(nextStep({ attempts: 11, deadlineAtMs: null }, FAILED, NOW_MS, 0)).toEqual({
    state: "gave_up",
    reason: "receiver_failed",
  });
  expect(jittered(1_000, 0.5)).toBe(1_000);
});

test("a refusal is tried for five hours", () => {
  const refused = { ...FAILED, reason: "rejected_by_receiver", schedule: "short" } as const;
  const states = Array.from(
    { length: 8 },
    (_, index) => nextStep({ attempts: index + 1, deadlineAtMs: null }, refused, NOW_MS, 0.5).state,
  );
  // 5 s, 1 min, 5 min, 30 min, 2 h, and then the next would be due after 7.6 hours.
  expect(states).toEqual(["failed", "failed", "failed", "failed", "failed", "gave_up", "gave_up", "gave_up"]);
});

test("what the receiver asks to wait is waited, and no less than the plan", () => {
  const after = (ms: number) => nextStep({ attempts: 1, deadlineAtMs: null }, { ...FAILED, afterMs: ms }, NOW_MS, 0.5);
  expect(after(120_000)).toMatchObject({ dueAtMs: NOW_MS + 120_000 });
  expect(after(0)).toMatchObject({ dueAtMs: NOW_MS + 5_000 });
});

test("nothing is tried behind its deadline", () => {
  const at = (deadlineAtMs: number) => nextStep({ attempts: 1, deadlineAtMs }, FAILED, NOW_MS, 0.5);
  expect(at(NOW_MS + 5_000).state).toBe("failed");
  expect(at(NOW_MS + 4_999)).toEqual({ state: "expired", reason: "deadline_passed" });
});

test("reasons are numbered once, in order, and say what happened", () => {
  const numbers = Object.values(DELIVERY_REASONS).map(({ number }) => number);
  expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const { message } of Object.values(DELIVERY_REASONS)) expect(message).toMatch(/\.$/);
  expect(new Set(DELIVERY_STATES).size).toBe(DELIVERY_STATES.length);
});

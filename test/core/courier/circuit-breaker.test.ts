/** The circuit breaker: when it opens, how it probes, how it closes, and that nobody is left untold. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  afterTry,
  allowance,
  type Breaker,
  CLOSED,
  noticesDue,
  OFF_AFTER_MS,
  reopensAtMs,
  turnedOff,
  turnedOn,
} from "../../../workers/core/courier/circuit-breaker.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../workers/core/time-units.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 10, 0, 0);

/** Tries one after the other, `gapMs` apart: x fails, o succeeds. */
function play(pattern: string, gapMs = 1_000, from: Breaker = CLOSED, startMs = NOW_MS): Breaker {
  return [...pattern].reduce((breaker, try_, index) => afterTry(breaker, try_ === "x", startMs + index * gapMs), from);
}

const opened = (): Breaker => play("x".repeat(10), 0);

test.each([
  ["nine failures in a row", "x".repeat(9), 1_000, "closed"],
  ["ten failures in a row", "x".repeat(10), 1_000, "open"],
  ["ten failures in a row over hours", "x".repeat(10), HOUR_MS, "open"],
  ["ten failures, not in a row", "xxxxxxxxxoxxxxxxxxx", HOUR_MS, "closed"],
  ["seven in ten within five minutes", "oooxxxxxxx", 1_000, "open"],
  ["six in ten within five minutes", "ooooxxxxxx", 1_000, "closed"],
  ["seven in ten within twenty minutes", "oooxxxxxxx", 2 * MINUTE_MS, "closed"],
  ["seven in nine", "ooxxxxxxx", 1_000, "closed"],
])("%s", (_what, pattern, gapMs, state) => {
  expect(play(pattern, gapMs).state).toBe(state);
});

test("it probes with one delivery after 1, 5, 15 and 60 minutes, then hourly", () => {
  let breaker = opened();
  let atMs = NOW_MS;
  const waits: number[] = [];
  for (let probe = 0; probe < 6; probe++) {
    const dueMs = reopensAtMs(breaker, atMs) ?? 0;
    waits.push((dueMs - atMs) / MINUTE_MS);
    expect(allowance(breaker, dueMs - 1)).toBe(0);
    expect(allowance(breaker, dueMs)).toBe(1);
    atMs = dueMs;
    breaker = afterTry(breaker, true, atMs);
  }
  expect(waits).toEqual([1, 5, 15, 60, 60, 60]);
});

test("three successes in a row close it, and a failure among them opens it anew", () => {
  expect(play("oo", MINUTE_MS, opened()).state).toBe("probing");
  expect(play("ooo", MINUTE_MS, opened()).state).toBe("draining");
  const again = play("oox", MINUTE_MS, opened());
  expect(again).toMatchObject({ state: "open", openedAtMs: NOW_MS, probes: 0, probeAtMs: NOW_MS + 3 * MINUTE_MS });
});

test("what waited drains at a rising rate", () => {
  let breaker = play("ooo", 0, opened());
  const perMinute: number[] = [];
  for (let minute = 0; minute < 9; minute++) {
    const atMs = NOW_MS + minute * MINUTE_MS;
    let sent = 0;
    for (let left = allowance(breaker, atMs); left !== null && left > 0; left = allowance(breaker, atMs)) {
      breaker = afterTry(breaker, false, atMs);
      sent++;
    }
    perMinute.push(sent);
  }
  expect(perMinute).toEqual([10, 20, 40, 80, 160, 320, 640, 1, 0]);
  expect(breaker.state).toBe("closed");
  expect(allowance(breaker, NOW_MS)).toBeNull();
});

test("a drained minute is over when the next begins", () => {
  const breaker = play("o".repeat(13), 0, opened());
  expect(allowance(breaker, NOW_MS)).toBe(0);
  expect(reopensAtMs(breaker, NOW_MS + 1)).toBe(NOW_MS + MINUTE_MS);
});

test("five days without one success turn it off, told at one hour, one day, three days and the end", () => {
  let breaker = opened();
  let atMs = NOW_MS;
  let toldMs = NOW_MS;
  const told: number[] = [];
  while (breaker.state === "open") {
    atMs = breaker.probeAtMs;
    breaker = afterTry(breaker, true, atMs);
    told.push(...noticesDue(breaker, toldMs, atMs));
    toldMs = atMs;
  }
  expect(breaker.state).toBe("off");
  expect(atMs - NOW_MS).toBeGreaterThanOrEqual(OFF_AFTER_MS);
  expect(told.slice(0, 3).map((ms) => ms - NOW_MS)).toEqual([HOUR_MS, DAY_MS, 3 * DAY_MS]);
  expect(told[3]).toBe(atMs);
  expect(told).toHaveLength(4);
  expect(allowance(breaker, atMs + DAY_MS)).toBe(0);
  expect(reopensAtMs(breaker, atMs)).toBeNull();
  expect(afterTry(breaker, false, atMs)).toBe(breaker);
});

test("one success in five days keeps it on", () => {
  const late = afterTry(opened(), false, NOW_MS + 4 * DAY_MS);
  const failing = afterTry(late, true, NOW_MS + 4 * DAY_MS);
  expect(afterTry(failing, true, NOW_MS + 6 * DAY_MS).state).toBe("open");
  expect(afterTry(failing, true, NOW_MS + 9 * DAY_MS).state).toBe("off");
});

test("turned on, it probes at once; turned off, it says so", () => {
  expect(allowance(turnedOn(NOW_MS), NOW_MS)).toBe(1);
  const off = turnedOff(NOW_MS);
  expect(allowance(off, NOW_MS + DAY_MS)).toBe(0);
  expect(noticesDue(off, NOW_MS - 1, NOW_MS)).toEqual([NOW_MS]);
});

test("whatever happens, it is never stuck: it sends, or says when it will, or is off and told", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ failed: fc.boolean(), gapMs: fc.integer({ min: 0, max: 2 * HOUR_MS }) }), { maxLength: 80 }),
      (tries) => {
        let breaker: Breaker = CLOSED;
        let atMs = NOW_MS;
        for (const { failed, gapMs } of tries) {
          atMs += gapMs;
          const reopensMs = reopensAtMs(breaker, atMs);
          if (reopensMs === null) expect(breaker.state).toBe("off");
          else expect(allowance(breaker, reopensMs)).not.toBe(0);
          breaker = afterTry(breaker, failed, atMs);
        }
      },
    ),
    { numRuns: 200 },
  );
});

/** An end to waiting, by a clock that stands until it is told to go on. */
import { expect, test } from "vitest";
import { withinTime } from "../../workers/core/time-limit.ts";

/** A clock whose timers end when they are told to. */
function standingClock() {
  const timers = new Map<number, () => void>();
  return {
    timers,
    clock: Object.assign(Object.create(globalThis), {
      setTimeout: (end: () => void) => {
        timers.set(timers.size + 1, end);
        return timers.size;
      },
      clearTimeout: (timer: number) => timers.delete(timer),
    }),
  };
}

test("what comes in time is given, and no timer is left", async () => {
  const { clock, timers } = standingClock();
  expect(await withinTime(Promise.resolve("here"), 1_000, clock)).toBe("here");
  await expect(withinTime(Promise.reject(new Error("broken")), 1_000, clock)).rejects.toThrow("broken");
  expect(timers.size).toBe(0);
});

test("what does not come is waited for no longer; what comes later is dropped", async () => {
  const { clock, timers } = standingClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = withinTime(promise, 1_000, clock);
  for (const end of timers.values()) end();
  await expect(waiting).rejects.toThrow("no answer within 1000 ms");
  resolve("too late");
  await expect(waiting).rejects.toThrow();
});

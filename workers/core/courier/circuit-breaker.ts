/**
 * The circuit breaker of one receiver, as a pure state machine. A receiver that fails is left alone but for single real deliveries, which probe whether it answers
 * again; what waits behind the breaker loses no try.
 *
 *     closed ──10 failures in a row, or 70 % of at least 10 in 5 min──▶ open ──a probe succeeds──▶ probing ──3 in a row──▶ draining ──▶ closed
 *                                                          1, 5, 15, 60 min, then hourly ◀──a failure──┘      (fails as a closed one does)
 *
 * Five days without one success: off, until somebody turns it on. Nothing is off without being told (`noticesDue`).
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../time-units.ts";

export const FAILURES_IN_A_ROW = 10;
export const FAILING_SHARE = 0.7;
export const LEAST_TRIES = 10;
export const WINDOW_MS = 5 * MINUTE_MS;
export const PROBE_DELAYS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS] as const;
export const SUCCESSES_TO_CLOSE = 3;
export const OFF_AFTER_MS = 5 * DAY_MS;
/** How long after its opening somebody is told, and told again. */
export const TELL_AFTER_MS = [HOUR_MS, DAY_MS, 3 * DAY_MS] as const;
/** While it drains, the first minute lets so many through, each further one twice as many, until the rate is that of a closed one. */
export const DRAIN_PER_MINUTE = 10;
export const DRAIN_MINUTES = 7;

/** A minute of the window, by its number, with what was tried in it. */
interface Minute {
  minute: number;
  tries: number;
  failures: number;
}

interface CountedTries {
  failuresInARow: number;
  /** Of the last five minutes, the earliest first. */
  window: Minute[];
}

export type Breaker =
  | ({ state: "closed" } & CountedTries)
  | { state: "open"; openedAtMs: number; failingSinceMs: number; probes: number; probeAtMs: number }
  | { state: "probing"; openedAtMs: number; successes: number }
  | ({ state: "draining"; sinceMs: number; minute: number; sent: number } & CountedTries)
  | { state: "off"; openedAtMs: number; offAtMs: number };

export const CLOSED: Breaker = { state: "closed", failuresInARow: 0, window: [] };

/** How many deliveries may leave now, of those that are due: none, one as a probe, so many, or all (null). */
export function allowance(breaker: Breaker, nowMs: number): number | null {
  switch (breaker.state) {
    case "closed":
      return null;
    case "open":
      return nowMs >= breaker.probeAtMs ? 1 : 0;
    case "probing":
      return 1;
    case "draining": {
      const minute = minuteOf(nowMs - breaker.sinceMs);
      const most = DRAIN_PER_MINUTE * 2 ** Math.min(minute, DRAIN_MINUTES);
      return Math.max(0, most - (minute === breaker.minute ? breaker.sent : 0));
    }
    case "off":
      return 0;
  }
}

/** When it lets something through again that it does not now; null where nothing but a word of somebody's does. */
export function reopensAtMs(breaker: Breaker, nowMs: number): number | null {
  if (breaker.state === "off") return null;
  if (breaker.state === "open") return Math.max(nowMs, breaker.probeAtMs);
  if (breaker.state !== "draining" || allowance(breaker, nowMs) !== 0) return nowMs;
  return breaker.sinceMs + (minuteOf(nowMs - breaker.sinceMs) + 1) * MINUTE_MS;
}

/** The breaker behind one try. All that is no success fails here, refusals (4xx) too: where every delivery is refused, an address or a token is wrong, and tries are lost on it. */
export function afterTry(breaker: Breaker, failed: boolean, nowMs: number): Breaker {
  switch (breaker.state) {
    case "closed":
      return counted(breaker, failed, nowMs) ?? { ...breaker, ...count(breaker, failed, nowMs) };
    case "open":
      return failed ? probedInVain(breaker, nowMs) : { state: "probing", openedAtMs: breaker.openedAtMs, successes: 1 };
    case "probing":
      return failed ? opened(breaker.openedAtMs, nowMs) : probedWell(breaker, nowMs);
    case "draining":
      return counted(breaker, failed, nowMs) ?? drained(breaker, failed, nowMs);
    case "off":
      return breaker;
  }
}

/** Somebody turned it on: it begins with a probe, at once. */
export function turnedOn(nowMs: number): Breaker {
  return { ...opened(nowMs, nowMs), probeAtMs: nowMs };
}

/** The receiver said that it is no more, or somebody turned it off. */
export function turnedOff(nowMs: number): Breaker {
  return { state: "off", openedAtMs: nowMs, offAtMs: nowMs };
}

/** The moments, of those since `toldUntilMs` up to now, at which somebody is to be told that it is open, or that it is off now. */
export function noticesDue(breaker: Breaker, toldUntilMs: number, nowMs: number): number[] {
  if (breaker.state === "closed" || breaker.state === "draining") return [];
  const moments = TELL_AFTER_MS.map((afterMs) => breaker.openedAtMs + afterMs);
  const open = breaker.state === "off" ? moments.filter((atMs) => atMs < breaker.offAtMs) : moments;
  const all = breaker.state === "off" ? [...open, breaker.offAtMs] : open;
  return all.filter((atMs) => atMs > toldUntilMs && atMs <= nowMs);
}

function count({ failuresInARow, window }: CountedTries, failed: boolean, nowMs: number): CountedTries {
  const minute = minuteOf(nowMs);
  const recent = window.filter((one) => one.minute > minute - minuteOf(WINDOW_MS));
  const last = recent.find((one) => one.minute === minute) ?? { minute, tries: 0, failures: 0 };
  const next = { minute, tries: last.tries + 1, failures: last.failures + (failed ? 1 : 0) };
  return { failuresInARow: failed ? failuresInARow + 1 : 0, window: [...recent.filter((one) => one !== last), next] };
}

/** Open where the try was one failure too many; else null. */
function counted(breaker: CountedTries, failed: boolean, nowMs: number): Breaker | null {
  if (!failed) return null;
  const { failuresInARow, window } = count(breaker, failed, nowMs);
  const tries = window.reduce((sum, one) => sum + one.tries, 0);
  const failures = window.reduce((sum, one) => sum + one.failures, 0);
  const isFailing = tries >= LEAST_TRIES && failures >= FAILING_SHARE * tries;
  if (failuresInARow < FAILURES_IN_A_ROW && !isFailing) return null;
  return opened(nowMs, nowMs);
}

function opened(openedAtMs: number, nowMs: number): Extract<Breaker, { state: "open" }> {
  return { state: "open", openedAtMs, failingSinceMs: nowMs, probes: 0, probeAtMs: nowMs + PROBE_DELAYS_MS[0] };
}

function probedInVain(breaker: Extract<Breaker, { state: "open" }>, nowMs: number): Breaker {
  const { openedAtMs, failingSinceMs } = breaker;
  if (nowMs - failingSinceMs >= OFF_AFTER_MS) return { state: "off", openedAtMs, offAtMs: nowMs };
  const probes = breaker.probes + 1;
  return { ...breaker, probes, probeAtMs: nowMs + (PROBE_DELAYS_MS[probes] ?? HOUR_MS) };
}

function probedWell(breaker: Extract<Breaker, { state: "probing" }>, nowMs: number): Breaker {
  const successes = breaker.successes + 1;
  if (successes < SUCCESSES_TO_CLOSE) return { ...breaker, successes };
  return { state: "draining", sinceMs: nowMs, minute: 0, sent: 0, failuresInARow: 0, window: [] };
}

function drained(breaker: Extract<Breaker, { state: "draining" }>, failed: boolean, nowMs: number): Breaker {
  const minute = minuteOf(nowMs - breaker.sinceMs);
  const next = count(breaker, failed, nowMs);
  if (minute >= DRAIN_MINUTES) return { state: "closed", ...next };
  return { ...breaker, ...next, minute, sent: minute === breaker.minute ? breaker.sent + 1 : 1 };
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}

/** When a delivery is tried again: for three days, ever more rarely, never all at one moment, and never beyond its deadline. */
import { HOUR_MS, MINUTE_MS } from "../time-units.ts";
import type { DeliveryReason } from "./delivery-reasons.ts";
import { SHORT_SCHEDULE_MS, type Verdict } from "./receivers-answer.ts";

/** How long each try waits behind the one before it; the first is at once. As Standard Webhooks proposes, with one minute more at the beginning: 76 hours in all. */
export const RETRY_DELAYS_MS = [
  0,
  5_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;
/** By so much, up or down, a wait differs from its plan. */
export const JITTER = 0.2;

/** What is done next: it is due again, or it ends. */
export type NextStep =
  | { state: "failed"; dueAtMs: number; reason: DeliveryReason }
  | { state: "gave_up" | "expired"; reason: DeliveryReason };

/** A delivery as far as its next try depends on it. */
export interface Tried {
  /** How many tries there were, the one that failed just now included. */
  attempts: number;
  deadlineAtMs: number | null;
}

/** The next step behind a try that is to be repeated. `random` is a number from 0 to below 1. */
export function nextStep(
  { attempts, deadlineAtMs }: Tried,
  verdict: Extract<Verdict, { outcome: "retry" }>,
  nowMs: number,
  random: number,
): NextStep {
  const { reason, afterMs } = verdict;
  const plannedMs = RETRY_DELAYS_MS[attempts];
  if (plannedMs === undefined || isBehindShort(verdict, attempts)) return { state: "gave_up", reason };
  const dueAtMs = nowMs + Math.max(jittered(plannedMs, random), afterMs ?? 0);
  if (deadlineAtMs !== null && dueAtMs > deadlineAtMs) return { state: "expired", reason: "deadline_passed" };
  return { state: "failed", dueAtMs, reason };
}

/** A short schedule has those tries whose planned time, counted from the first, is within five hours. */
function isBehindShort({ schedule }: Extract<Verdict, { outcome: "retry" }>, attempts: number): boolean {
  const plannedMs = RETRY_DELAYS_MS.slice(0, attempts + 1).reduce((sum, delay) => sum + delay, 0);
  return schedule === "short" && plannedMs > SHORT_SCHEDULE_MS;
}

/** A wait of about so long: of many deliveries that failed at one moment, each comes back at another. */
export function jittered(ms: number, random: number): number {
  return Math.round(ms * (1 - JITTER + 2 * JITTER * random));
}

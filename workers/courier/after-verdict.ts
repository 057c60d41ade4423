/** Where a delivery goes by what came of a try, and whether its receiver may have it. */
import type { DeliveryAttempt } from "../core/courier/courier-calls.ts";
import type { DeliveryReason } from "../core/courier/delivery-reasons.ts";
import type { Verdict } from "../core/courier/receivers-answer.ts";
import { nextStep } from "../core/courier/retry-schedule.ts";
import { type AnswerTimes, ASK_AGAIN_MS, ASK_AT_MOST_MS } from "../core/platforms/platform-answers.ts";
import type { DeliveringParts } from "./delivery-run.ts";
import type { DeliveryChange, StoredDelivery } from "./outbox.ts";

/** Where the delivery goes by this verdict. */
export function afterVerdict(
  { nowMs, chance }: DeliveringParts,
  one: StoredDelivery,
  verdict: Verdict,
  attempt: DeliveryAttempt,
): DeliveryChange {
  const attempts = [...withoutQuestion(one), attempt];
  const tries = one.tries + 1;
  const now = nowMs();
  switch (verdict.outcome) {
    case "sent":
      return { state: "sent", reason: null, tries, attempts, wakesAtMs: now };
    // It was told: what it waits for is no try.
    case "taken":
      return { state: "taken", reason: null, tries: one.tries, attempts, wakesAtMs: now + verdict.afterMs };
    case "refused":
      return { state: "gave_up", reason: verdict.reason, tries, attempts, wakesAtMs: now };
    case "in_doubt":
      return { state: "in_doubt", reason: verdict.reason, tries, attempts, wakesAtMs: now };
    // What a destination that is off was not told waits for it to be turned on.
    case "off":
      return { state: heldState(one), reason: verdict.reason, tries, attempts, wakesAtMs: now };
    case "retry":
      // Nobody could ask: what was taken is no less there for that.
      if (one.state === "taken" && attempt.request === null)
        return answerIsOver(one, now)
          ? { state: "in_doubt", reason: "never_said", tries, attempts, wakesAtMs: now }
          : {
              state: "taken",
              reason: verdict.reason,
              tries: one.tries,
              attempts,
              wakesAtMs: now + (verdict.afterMs ?? ASK_AGAIN_MS),
            };
      break;
  }
  const next = nextStep({ attempts: tries, deadlineAtMs: one.deadlineAtMs }, verdict, now, chance());
  return {
    state: next.state,
    reason: next.reason,
    tries,
    attempts,
    wakesAtMs: next.state === "failed" ? next.dueAtMs : now,
  };
}

function answerIsOver(one: StoredDelivery, nowMs: number): boolean {
  return nowMs - answerTimes(one, nowMs).firstTriedAtMs > ASK_AT_MOST_MS;
}

/** When an answer is read, and when the delivery was first tried. */
export function answerTimes({ attempts }: Pick<StoredDelivery, "attempts">, nowMs: number): AnswerTimes {
  return { nowMs, firstTriedAtMs: attempts[0]?.atMs ?? nowMs };
}

/** What was taken is still there, and is asked for again. */
function heldState({ state }: StoredDelivery): "taken" | "failed" {
  return state === "taken" ? "taken" : "failed";
}

/** The attempts, less the last question about what was taken: of many that nothing came of yet the last one tells enough. */
function withoutQuestion({ state, attempts }: StoredDelivery): DeliveryAttempt[] {
  const last = attempts.at(-1);
  const isQuestion =
    state === "taken" &&
    (last?.outcome === "taken" ? attempts.at(-2)?.outcome === "taken" : last?.outcome === "failed" && !last.request);
  return isQuestion ? attempts.slice(0, -1) : attempts;
}

/** It was taken, or may have been: nobody heard what came of a request. */
export function mayBeThere({ state, attempts }: DeliveryChange): boolean {
  if (state === "sent" || state === "taken" || state === "in_doubt") return true;
  return attempts.some(mayHaveArrived);
}

const DOUBTED: readonly (DeliveryReason | null)[] = ["timed_out", "no_answer", "receiver_failed"];

/** Where a repeat is dropped, what was in doubt failed for the same reason. Without a request only access was asked for, unless the object died. */
export function mayHaveArrived({ outcome, reason, request }: DeliveryAttempt): boolean {
  return outcome === "in_doubt" || (request !== null && DOUBTED.includes(reason));
}

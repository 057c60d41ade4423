/** Lets a caller in as far as its budget goes, and holds its place until the answer is through, which of an export is long after it began. */
import { CALLER_BUDGETS, createCallerCounts } from "../../core/caller-budgets.ts";
import { keepLatest } from "../../core/keep-latest.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Caller, hashToken } from "./caller.ts";
import type { Problem } from "./problem.ts";

const counts = createCallerCounts();

/** What a budget is counted by. */
type BudgetHolder = Pick<Caller, "role" | "token" | "name">;

const MAX_MET = 2_000;
/** By the hash of the token. It says whose budget a request counts in before a database is asked, and nothing of what it may. */
const met = new Map<string, BudgetHolder>();

export function callerMet(token: string): BudgetHolder | undefined {
  return met.get(hashToken(token));
}

export function rememberCaller(bearer: string, { role, token, name }: Caller): void {
  keepLatest(met, hashToken(bearer), { role, name, ...(token === undefined ? {} : { token }) }, MAX_MET);
}

/** Answers of these kinds are whole when they begin. */
const WHOLE = /^(?:application\/(?:problem\+)?json|text\/html)\b/;

/** Does `work` for the caller, or says that it is too much at the moment. */
export async function withinBudget(
  { role, token, name }: BudgetHolder,
  nowMs: number,
  work: () => Promise<Response>,
): Promise<Result<Response, Problem>> {
  const budget = CALLER_BUDGETS[role];
  const admission = counts.enter(`${role} ${token ?? name}`, budget, nowMs);
  if ("retryAfterS" in admission) return refuse(tooMany(admission.retryAfterS, budget));
  try {
    return accept(leaveAfter(await work(), admission.leave));
  } catch (error) {
    admission.leave();
    throw error;
  }
}

function tooMany(retryAfterS: number, { atOnce, perMinute }: { atOnce: number; perMinute: number }): Problem {
  const detail = `This token may make ${atOnce} requests at once and ${perMinute} a minute: wait ${retryAfterS} s, and ask for less at a time.`;
  return { name: "too_many_requests", detail, retryAfterS };
}

function leaveAfter(answer: Response, leave: () => void): Response {
  const { body, status, headers } = answer;
  if (body === null || WHOLE.test(headers.get("content-type") ?? "")) {
    leave();
    return answer;
  }
  const reader = body.getReader();
  const passed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        leave();
        throw error;
      });
      if (!done) return controller.enqueue(value);
      leave();
      controller.close();
    },
    async cancel(reason) {
      leave();
      await reader.cancel(reason);
    },
  });
  return new Response(passed, { status, headers });
}

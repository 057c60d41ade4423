/** Lets a caller in as far as its budget goes, and holds its place until the answer is through, which of an export is long after it began. */
import {
  CALLER_BUDGETS,
  type CallerBudget,
  createCallerCounts,
  SENDER_BUDGET,
  UNKNOWN_SENDERS_BUDGET,
} from "../../core/caller-budgets.ts";
import { keepLatest } from "../../core/keep-latest.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { type Caller, hashToken } from "./caller.ts";
import type { Problem } from "./problem.ts";

const counts = createCallerCounts();

/** Whose budget a request counts in: what it is counted under, and how the holder is called to who is told that it is too much. */
export interface BudgetHolder {
  key: string;
  budget: CallerBudget;
  called: string;
}

/** All requests of one token have one budget, and all of one user. */
export function budgetOf({ role, token, user, name }: Caller): BudgetHolder {
  const key = user === undefined ? `${role} ${token ?? name}` : `user ${user}`;
  return { key, budget: CALLER_BUDGETS[role], called: user === undefined ? "This token" : "A user" };
}

/** All requests of an advertiser's postback tokens, old and new. */
export function budgetOfSender(advertiser: number): BudgetHolder {
  return { key: `sender ${advertiser}`, budget: SENDER_BUDGET, called: "An advertiser's postback tokens" };
}

/** All that come from one network, of which a hash is given, with tokens that this isolate has not met. */
export function budgetOfUnknown(network: string): BudgetHolder {
  const called = "Tokens that are not known here yet, from one address,";
  return { key: `unknown ${network}`, budget: UNKNOWN_SENDERS_BUDGET, called };
}

const MAX_MET = 2_000;
/** By the hash of the token. It says whose budget a request counts in before a database is asked, and nothing of what it may. */
const met = new Map<string, BudgetHolder>();

export function callerMet(token: string): BudgetHolder | undefined {
  return met.get(hashToken(token));
}

export function rememberCaller(bearer: string, holder: BudgetHolder): void {
  keepLatest(met, hashToken(bearer), holder, MAX_MET);
}

/** Answers of these kinds are whole when they begin. */
const WHOLE = /^(?:application\/(?:problem\+)?json|text\/html)\b/;

/** Does `work` for the caller, or says that it is too much at the moment. */
export async function withinBudget(
  holder: BudgetHolder,
  nowMs: number,
  work: () => Promise<Response>,
): Promise<Result<Response, Problem>> {
  const admission = counts.enter(holder.key, holder.budget, nowMs);
  if ("retryAfterS" in admission) return refuse(tooMany(admission.retryAfterS, holder));
  try {
    return accept(leaveAfter(await work(), admission.leave));
  } catch (error) {
    admission.leave();
    throw error;
  }
}

function tooMany(retryAfterS: number, { budget: { atOnce, perMinute }, called }: BudgetHolder): Problem {
  const detail = `${called} may make ${atOnce} requests at once and ${perMinute} a minute: wait ${retryAfterS} s, and ask for less at a time.`;
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

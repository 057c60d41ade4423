/** What a receiver's answer means for a delivery. */
import { DAY_MS, HOUR_MS } from "../time-units.ts";
import type { DeliveryReason } from "./delivery-reasons.ts";

/** What counts as success there, besides 2xx. */
export interface AnswerRules {
  /** The body must contain it, whatever the case; null where the status alone tells. */
  bodyContains: string | null;
  /** Words, whatever the case, by which the receiver says in a 2xx that it took nothing. */
  bodyLacks?: string;
  /** An answer that points elsewhere is success, too. It is not followed. */
  accept3xx: boolean;
}

/**
 * What came of one try. `unsent`: it certainly did not leave, since there was no connection or no address; `silence`: it may have arrived, and no answer was recorded.
 * `body` is as much of the answer's as was read.
 */
export type ReceiversAnswer =
  | { kind: "answered"; status: number; retryAfter: string | null; body: string }
  | {
      kind: "unsent";
      reason: Extract<DeliveryReason, "unreachable" | "not_resolved" | "private_address" | "secret_not_opened">;
    }
  | { kind: "silence"; timedOut: boolean };

/**
 * What an answer means. `refused` is final, and no fault of the receiver's; `taken`: the receiver has it, and says later what became of it, to who asks by `receipt`. `retry` waits by its schedule, at least `afterMs` where the receiver said how long; `short` ends after five hours: a wrong address may be mended.
 */
export type Verdict =
  | { outcome: "sent" }
  | { outcome: "taken"; receipt: string; afterMs: number }
  | { outcome: "refused"; reason: DeliveryReason }
  | { outcome: "retry"; reason: DeliveryReason; afterMs: number | null; schedule: "full" | "short" }
  | { outcome: "in_doubt"; reason: DeliveryReason }
  | { outcome: "off"; reason: DeliveryReason };

/** No receiver is waited for longer than this, whatever it asks for. */
export const MAX_RETRY_AFTER_MS = DAY_MS;
/** A schedule that is short ends with the try due then. */
export const SHORT_SCHEDULE_MS = 5 * HOUR_MS;

const BUSY: readonly number[] = [408, 425, 429];

/** Reads an answer that came at `nowMs`. `deduplicates`: the receiver takes a delivery once however often it comes, so that silence may be tried again. */
export function readAnswer(
  answer: ReceiversAnswer,
  rules: AnswerRules,
  { deduplicates, nowMs }: { deduplicates: boolean; nowMs: number },
): Verdict {
  if (answer.kind === "unsent") return { outcome: "retry", reason: answer.reason, afterMs: null, schedule: "full" };
  if (answer.kind === "silence") return readSilence(answer.timedOut, deduplicates);
  const { status, body } = answer;
  const afterMs = readRetryAfter(answer.retryAfter, nowMs);
  if (isSuccess(status, rules)) {
    if (saysSuccess(body, rules)) return { outcome: "sent" };
    return { outcome: "retry", reason: "wrong_body", afterMs, schedule: "short" };
  }
  if (status === 410) return { outcome: "off", reason: "gone" };
  if (status < 400) return { outcome: "retry", reason: "redirected", afterMs, schedule: "short" };
  if (BUSY.includes(status)) return { outcome: "retry", reason: "receiver_busy", afterMs, schedule: "full" };
  if (status < 500) return { outcome: "retry", reason: "rejected_by_receiver", afterMs, schedule: "short" };
  return { outcome: "retry", reason: "receiver_failed", afterMs, schedule: "full" };
}

function readSilence(timedOut: boolean, deduplicates: boolean): Verdict {
  const reason = timedOut ? "timed_out" : "no_answer";
  return deduplicates ? { outcome: "retry", reason, afterMs: null, schedule: "full" } : { outcome: "in_doubt", reason };
}

function isSuccess(status: number, { accept3xx }: AnswerRules): boolean {
  return (status >= 200 && status < 300) || (accept3xx && status >= 300 && status < 400);
}

function saysSuccess(body: string, { bodyContains, bodyLacks }: AnswerRules): boolean {
  return (
    (bodyContains === null || contains(body, bodyContains)) && (bodyLacks === undefined || !contains(body, bodyLacks))
  );
}

function contains(body: string, words: string): boolean {
  return body.toLowerCase().includes(words.toLowerCase());
}

/** A date as HTTP writes it (RFC 9110, section 5.6.7), in its one living form: `Fri, 20 Nov 2026 10:00:00 GMT`. */
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** How long the header `Retry-After` asks to wait (RFC 9110, section 10.2.3): seconds, or a date. At most a day; null for what is neither, or lies behind. */
export function readRetryAfter(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1_000, MAX_RETRY_AFTER_MS);
  const atMs = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return atMs > nowMs ? Math.min(atMs - nowMs, MAX_RETRY_AFTER_MS) : null;
}

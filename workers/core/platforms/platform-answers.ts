/** Reads what a platform answered: what is the same at all of them, and the words that their own readings are made of. */

import type { DeliveryReason } from "../courier/delivery-reasons.ts";
import { type ReceiversAnswer, readRetryAfter } from "../courier/receivers-answer.ts";
import { isRecord } from "../is-record.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent, SaidThere } from "./ad-platform.ts";

/** What is kept of a platform's own words. */
export const MAX_SAID_LENGTH = 300;

/** When an answer came, and when the first of the batch's events was first sent, Unix milliseconds. */
export interface AnswerTimes {
  nowMs: number;
  firstTriedAtMs: number;
}

/** A verdict for each event of the batch, in its order. Whatever was answered, it does not throw. */
export function readPlatformAnswer(
  platform: AdPlatform,
  batch: readonly PreparedEvent[],
  answer: ReceiversAnswer,
  times: AnswerTimes,
): PlatformVerdict[] {
  const verdicts = readKind(batch, answer, times, (said) => platform.read(batch, said));
  return verdicts.map((verdict) => settleDoubt(platform, verdict, times));
}

/** The same of the answer to a question about `receipt`. */
export function readInquiryAnswer(
  platform: AdPlatform,
  batch: readonly unknown[],
  receipt: string,
  answer: ReceiversAnswer,
  times: AnswerTimes,
): PlatformVerdict[] {
  const { inquiry } = platform;
  if (!inquiry) throw new Error(`${platform.label} has nothing to ask for later`);
  const again = { outcome: "ask_later", receipt, afterMs: ASK_AGAIN_MS } as const;
  if (answer.kind !== "answered") return everyEvent(batch, again);
  return readKind(batch, answer, times, (said) => inquiry.read(batch, receipt, said)).map((verdict) => {
    const isOver = verdict.outcome === "ask_later" && times.nowMs - times.firstTriedAtMs > ASK_AT_MOST_MS;
    return isOver ? { outcome: "in_doubt", reason: "never_said" } : verdict;
  });
}

/** Between two questions. */
export const ASK_AGAIN_MS = 60 * 60_000;
/** Behind the first try; then nobody knows what became of it. */
export const ASK_AT_MOST_MS = 48 * 60 * 60_000;

function readKind(
  batch: readonly unknown[],
  answer: ReceiversAnswer,
  { nowMs }: AnswerTimes,
  read: (said: SaidThere) => PlatformVerdict[],
): PlatformVerdict[] {
  if (answer.kind === "unsent") return everyEvent(batch, retry(answer.reason, null));
  if (answer.kind === "silence") return everyEvent(batch, inDoubt(answer.timedOut ? "timed_out" : "no_answer"));
  const { status, body: text } = answer;
  return read({ status, text, json: parseAnswer(text), afterMs: readRetryAfter(answer.retryAfter, nowMs) });
}

/** What is in doubt is tried again where the platform drops repeats, and still does. */
export function settleDoubt({ doubt }: AdPlatform, verdict: PlatformVerdict, times: AnswerTimes): PlatformVerdict {
  if (verdict.outcome !== "in_doubt" || doubt.next === "hold") return verdict;
  const isDropped = doubt.withinMs === null || times.nowMs - times.firstTriedAtMs < doubt.withinMs;
  return isDropped ? retry(verdict.reason, null) : verdict;
}

/** What a body says as JSON; undefined where it is none. */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function everyEvent(batch: readonly unknown[], verdict: PlatformVerdict): PlatformVerdict[] {
  return batch.map(() => verdict);
}

export function retry(
  reason: DeliveryReason,
  afterMs: number | null,
  schedule: "full" | "short" = "full",
): PlatformVerdict {
  return { outcome: "retry", reason, afterMs, schedule };
}

export function inDoubt(reason: DeliveryReason): PlatformVerdict {
  return { outcome: "in_doubt", reason };
}

export function refused(said: string, reason: DeliveryReason = "refused_there"): PlatformVerdict {
  return { outcome: "refused", reason, said: said.slice(0, MAX_SAID_LENGTH) };
}

export function off(
  reason: Extract<DeliveryReason, "token_refused" | "no_rights_there" | "version_over">,
  said: string,
): PlatformVerdict {
  return { outcome: "off", reason, said: said.slice(0, MAX_SAID_LENGTH) };
}

/** What a platform does that refuses all events of a request for one of them: the one alone is refused. */
export function refusedTogether(batch: readonly PreparedEvent[], said: string): PlatformVerdict[] {
  return everyEvent(batch, batch.length > 1 ? { outcome: "split" } : refused(said));
}

/** What a status says everywhere, where the platform says no more; null for a success. `words` is what is shown of a refusal. */
export function readStatus(batch: readonly PreparedEvent[], said: SaidThere, words: string): PlatformVerdict[] | null {
  const { status, afterMs } = said;
  if (status >= 200 && status < 300) return null;
  if (status === 401) return everyEvent(batch, off("token_refused", words));
  if (status === 403) return everyEvent(batch, off("no_rights_there", words));
  if (status === 426) return everyEvent(batch, off("version_over", words));
  if (status === 408 || status === 425 || status === 429) return everyEvent(batch, retry("platform_busy", afterMs));
  if (status >= 500) return everyEvent(batch, inDoubt("receiver_failed"));
  if (status >= 400) return refusedTogether(batch, words);
  return everyEvent(batch, retry("redirected", afterMs, "short"));
}

/** A member of an object that was answered, however deep; undefined where there is none. */
export function saidAt(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, name) => {
    if (Array.isArray(value)) return value[Number(name)];
    return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }, json);
}

export function textAt(json: unknown, ...path: readonly (string | number)[]): string | null {
  const value = saidAt(json, ...path);
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

export function numberAt(json: unknown, ...path: readonly (string | number)[]): number | null {
  const value = Number(textAt(json, ...path) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

export function listAt(json: unknown, ...path: readonly (string | number)[]): unknown[] | null {
  const value = saidAt(json, ...path);
  return Array.isArray(value) ? value : null;
}

/** The first words of an answer, where the platform has no place of its own for them. */
export function wordsOf({ status, text }: SaidThere): string {
  return text.trim() === "" ? `HTTP ${status}` : text;
}

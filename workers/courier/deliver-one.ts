/**
 * One delivery: composed, sent, and what came of it recorded. What was answered is on disk before anything else is sent of its conversion: so after a recorded answer nothing is sent again, and
 * a request whose answer was not recorded is in doubt, under the same ID.
 */
import { afterTry, turnedOff } from "../core/courier/circuit-breaker.ts";
import type { DeliveryAttempt } from "../core/courier/courier-calls.ts";
import type { DeliveryReason } from "../core/courier/delivery-reasons.ts";
import { type ReceiversAnswer, readAnswer, type Verdict } from "../core/courier/receivers-answer.ts";
import type { Outgoing } from "../core/courier/template.ts";
import { silenceThere } from "../core/platforms/platform-verdicts.ts";
import { PLATFORMS } from "../core/platforms/platforms.ts";
import { afterVerdict, answerTimes, mayBeThere, mayHaveArrived } from "./after-verdict.ts";
import { OFF_REASON } from "./breaker-memory.ts";
import { lookingFor, wasLookedFor } from "./click-landing.ts";
import type { Composed } from "./composed.ts";
import type { DeliveringParts } from "./delivery-run.ts";
import { countLate } from "./late-deliveries.ts";
import { changeDelivery, type DeliveryChange, interrupted, isOutdated, keep, type StoredDelivery } from "./outbox.ts";
import { forgetTold, rememberTold } from "./told-there.ts";

export async function deliverOne(parts: DeliveringParts, one: StoredDelivery): Promise<void> {
  const startedAtMs = parts.nowMs();
  const isLate = one.deadlineAtMs !== null && startedAtMs > one.deadlineAtMs;
  if (isLate && one.state !== "taken") return end(parts, one, "expired", "deadline_passed");
  if (one.state !== "taken" && isOvertaken(parts, one)) return end(parts, one, "superseded", "superseded");
  if (one.state !== "taken" && mayCountTwice(parts, one)) return end(parts, one, "in_doubt", "no_answer");
  const composed = await composeOrFail(parts, one, startedAtMs);
  if ("waits" in composed && !wasLookedFor(one))
    return parts.transaction(() => changeDelivery(parts.sql, one, lookingFor(one, startedAtMs)));
  if ("waits" in composed) return end(parts, one, "skipped", composed.waits);
  if ("notBeforeMs" in composed)
    return parts.transaction(() => changeDelivery(parts.sql, one, restingUntil(one, composed.notBeforeMs)));
  if ("skipped" in composed && composed.skipped === "deadline_passed")
    return end(parts, one, "expired", composed.skipped);
  if ("skipped" in composed) return end(parts, one, "skipped", composed.skipped);
  const { request, answer, verdict, secrets } = await tryOnce(parts, composed);
  record(parts, one, verdict, {
    ...openAttempt(parts, one, request),
    atMs: startedAtMs,
    ms: parts.nowMs() - startedAtMs,
    outcome: OUTCOMES[verdict.outcome],
    reason: "reason" in verdict ? verdict.reason : null,
    http: answer?.kind === "answered" ? answer.status : null,
    answer: answer?.kind === "answered" ? withoutSecrets(answer.body, secrets).slice(0, SHOWN_ANSWER) : null,
  });
}

/** The answer to these was not recorded: they may have arrived. */
export function doubtInterrupted(parts: DeliveringParts): void {
  for (const one of interrupted(parts.sql)) {
    const attempt = { ...openAttempt(parts, one, null), outcome: "in_doubt", reason: "no_answer" } as const;
    change(parts, one, afterVerdict(parts, one, silenceOf(parts, one), attempt));
  }
}

function silenceOf({ setUp: { settings }, nowMs }: DeliveringParts, one: StoredDelivery): Verdict {
  if (settings.platform) return silenceThere(PLATFORMS[settings.platform.name], answerTimes(one, nowMs()));
  return readAnswer({ kind: "silence", timedOut: false }, settings.answers, { ...settings, nowMs: nowMs() });
}

/** True of what came in behind a later entry that was told: order holds. History and replays are told because somebody asked for them. */
function isOvertaken({ sql }: DeliveringParts, one: StoredDelivery): boolean {
  return (one.origin === "notice" || one.origin === "compared") && isOutdated(sql, one);
}

/** True of what may have arrived at an ad platform that dropped repeats of it only until now: its turn came later than it was planned for. What an operator asked for anew begins with no tries. */
function mayCountTwice(parts: DeliveringParts, one: StoredDelivery): boolean {
  const { platform } = parts.setUp.settings;
  if (!platform || one.tries === 0 || PLATFORMS[platform.name].doubt.next === "hold") return false;
  return one.attempts.some(mayHaveArrived) && silenceOf(parts, one).outcome === "in_doubt";
}

const OUTCOMES = {
  sent: "sent",
  taken: "taken",
  in_doubt: "in_doubt",
  refused: "failed",
  retry: "failed",
  off: "failed",
} as const satisfies Record<Verdict["outcome"], DeliveryAttempt["outcome"]>;

interface TriedRequest {
  request: Outgoing | null;
  answer: ReceiversAnswer | null;
  verdict: Verdict;
  secrets: readonly string[];
}

/** Sends the request; once more where its access ran out and a new one is to be had. */
async function tryOnce(parts: DeliveringParts, composed: Composed): Promise<TriedRequest> {
  const first = await sendComposed(parts, composed);
  if (!("renew" in composed) || !composed.renew) return first;
  if (first.verdict.outcome !== "retry" || first.verdict.reason !== "access_expired") return first;
  const renewed = await composed.renew().catch((error: unknown) => {
    console.error({ event: "access_not_renewed", destination: parts.setUp.settings.number, error: String(error) });
    return null;
  });
  return renewed ? sendComposed(parts, renewed) : first;
}

async function sendComposed({ setUp, send, nowMs }: DeliveringParts, composed: Composed): Promise<TriedRequest> {
  if ("verdict" in composed) return { request: null, answer: null, verdict: composed.verdict, secrets: [] };
  const { settings } = setUp;
  const request = "request" in composed ? composed.request : null;
  const answer: ReceiversAnswer = request
    ? await send(setUp, request)
    : { kind: "unsent", reason: "refused" in composed ? composed.refused : "unreachable" };
  const atMs = nowMs();
  const read = "request" in composed ? composed.read : undefined;
  const verdict = read ? read(answer, atMs) : readAnswer(answer, settings.answers, { ...settings, nowMs: atMs });
  return { request, answer, verdict, secrets: ("request" in composed ? composed.secrets : undefined) ?? [] };
}

/** Its receiver does not know it before. */
function restingUntil({ tries, attempts }: StoredDelivery, wakesAtMs: number): DeliveryChange {
  return { state: "due", reason: "not_known_there_yet", tries, attempts, wakesAtMs };
}

/** Nothing was sent where it cannot be composed, as when a secret cannot be opened or the books do not answer: it is tried again. */
async function composeOrFail(parts: DeliveringParts, one: StoredDelivery, nowMs: number): Promise<Composed> {
  try {
    return await parts.compose(parts.setUp, one, nowMs);
  } catch (error) {
    console.error({ event: "delivery_not_composed", delivery: one.deliveryId, error: String(error) });
    return { refused: "secret_not_opened" };
  }
}

/** Shorter ones hide nothing, and would stand in half of all words. */
const LEAST_HIDDEN = 4;

/** The answer with `…` where it repeats a secret, as it is or encoded for an address. */
function withoutSecrets(answer: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter(({ length }) => length >= LEAST_HIDDEN)
    .sort((left, right) => right.length - left.length)
    .reduce((text, secret) => text.replaceAll(secret, "…"), answer);
}

const SHOWN_ANSWER = 512;
const SHOWN_BODY = 2_048;

function openAttempt(
  { setUp, nowMs }: DeliveringParts,
  { attempts }: StoredDelivery,
  request: Outgoing | null,
): DeliveryAttempt {
  return {
    number: attempts.length + 1,
    atMs: nowMs(),
    ms: 0,
    outcome: "failed",
    reason: null,
    http: null,
    request: request && shownRequest(request),
    answer: null,
    version: setUp.version,
  };
}

function shownRequest({ method, shown }: Outgoing): DeliveryAttempt["request"] {
  const headers = shown.headers.map(([name, value]) => ({ name, value }));
  return { method, url: shown.url, headers, body: shown.body?.slice(0, SHOWN_BODY) ?? null };
}

/** Ends a delivery without a request. */
function end(
  parts: DeliveringParts,
  one: StoredDelivery,
  state: "expired" | "skipped" | "superseded" | "in_doubt",
  reason: DeliveryReason,
): void {
  const { tries, attempts } = one;
  parts.transaction(() => {
    changeDelivery(parts.sql, one, { state, reason, tries, attempts, wakesAtMs: parts.nowMs() });
    if (state === "expired") countLate(parts);
  });
}

/** Records an answer, and what it means for the destination, in one transaction. */
function record(parts: DeliveringParts, one: StoredDelivery, verdict: Verdict, attempt: DeliveryAttempt): void {
  const { sql, nowMs, breaker, setUp } = parts;
  parts.transaction(() => {
    const next = afterVerdict(parts, one, verdict, attempt);
    change(parts, one, next, verdict.outcome === "taken" ? verdict.receipt : null);
    if (next.state === "expired") countLate(parts);
    const before = breaker.get();
    const failed = !ANSWERED_WELL.includes(verdict.outcome);
    breaker.set(verdict.outcome === "off" ? turnedOff(nowMs()) : afterTry(before, failed, nowMs()));
    if (verdict.outcome === "off") keep(sql, OFF_REASON, verdict.reason);
  });
  if (breaker.get().state === "off")
    console.error({
      event: "destination_off",
      destination: setUp.settings.number,
      reason: verdict.outcome === "off" ? verdict.reason : "too_many_tries",
    });
}

/** Where one event is refused by itself, its receiver is well. */
const ANSWERED_WELL: readonly Verdict["outcome"][] = ["sent", "taken", "refused"];

/** Writes what came of a try; of an ad platform also whether it was told. */
function change(
  { sql, setUp, nowMs }: DeliveringParts,
  one: StoredDelivery,
  next: DeliveryChange,
  receipt: string | null = null,
): void {
  changeDelivery(sql, one, next);
  if (!setUp.settings.platform) return;
  if (mayBeThere(next)) rememberTold(sql, one, nowMs(), receipt);
  else forgetTold(sql, one);
}

/**
 * One run of a destination's outbox: breaker → take what is due, four at a time → fetch → record → `COURIER`. `sending` is on disk before a request leaves, and what was answered is on
 * disk before anything else is sent of its conversion: so after a recorded answer nothing is sent again, and a request whose answer was not recorded is in doubt, under the same ID.
 */
import type { Notice } from "../../schema/messages.ts";
import { afterTry, allowance, type Breaker, CLOSED, reopensAtMs, turnedOff } from "../core/courier/circuit-breaker.ts";
import type { DeliveryAttempt } from "../core/courier/courier-calls.ts";
import type { DeliveryReason } from "../core/courier/delivery-reasons.ts";
import { type ReceiversAnswer, readAnswer, type Verdict } from "../core/courier/receivers-answer.ts";
import { nextStep } from "../core/courier/retry-schedule.ts";
import type { Outgoing } from "../core/courier/template.ts";
import { type AnswerTimes, ASK_AGAIN_MS, ASK_AT_MOST_MS } from "../core/platforms/platform-answers.ts";
import { silenceThere } from "../core/platforms/platform-verdicts.ts";
import { PLATFORMS } from "../core/platforms/platforms.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/time-units.ts";
import {
  changeDelivery,
  clickless,
  type DeliveryChange,
  type DeliveryKey,
  findByKey,
  firstDue,
  forgetEnded,
  interrupted,
  isOutdated,
  keep,
  landClick,
  nextWakeMs,
  recall,
  type StoredDelivery,
  strikeWritten,
  takeDue,
  unwritten,
} from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";
import { forgetOldTold, forgetTold, rememberTold } from "./told-there.ts";

/** A request, and how its answer is read where the destination's rules do not say. */
export interface ComposedRequest {
  request: Outgoing;
  read?: (answer: ReceiversAnswer, nowMs: number) => Verdict;
  /** Opened secrets in the request: a receiver that repeats one in its answer does not have it shown. */
  secrets?: readonly string[];
  /** The same request with access fetched anew, for where the answer says that it ran out. */
  renew?: () => Promise<Composed>;
}

/**
 * What is to be sent of a delivery; why nothing is; why nothing will be, should its click never land that is waited for; until when the receiver does not know it; or what is to be
 * done where the receiver gives no access.
 */
export type Composed =
  | ComposedRequest
  | { skipped: DeliveryReason }
  | { waits: Extract<DeliveryReason, "no_external_id" | "click_never_landed"> }
  | { notBeforeMs: number }
  | { verdict: Verdict }
  | { refused: "private_address" | "secret_not_opened" };

/** What a run needs of the world. */
export interface DeliveringParts {
  sql: OutboxSql;
  transaction: <Value>(work: () => Value) => Value;
  setUp: DestinationSetUp;
  compose: (setUp: DestinationSetUp, delivery: StoredDelivery, nowMs: number) => Promise<Composed>;
  send: (setUp: DestinationSetUp, request: Outgoing) => Promise<ReceiversAnswer>;
  breaker: BreakerMemory;
  pace: PaceMemory;
  /** What the books say now of these entries. */
  notices: (deliveries: readonly StoredDelivery[]) => Promise<Notice[]>;
  /** Writes to `COURIER`; done once it is there. */
  write: (deliveries: readonly StoredDelivery[]) => Promise<void>;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
  chance: () => number;
}

/** The breaker between runs: stored wherever it matters after a crash, and that is not while all is well. */
export interface BreakerMemory {
  get(): Breaker;
  set(next: Breaker): void;
}

/** When the next request may leave, between runs: it is not stored, since a second more or less after a crash matters to nobody. */
export interface PaceMemory {
  nextMs: number;
}

/** A run ends after this time, so that set-up is read anew. */
export const RUN_MS = 20_000;
const CLICK_AGAIN_MS = MINUTE_MS;
const CLICK_AT_MOST_MS = HOUR_MS;
const CLICKS_AT_ONCE = 100;
const WRITE_AT_ONCE = 100;
const WRITE_AGAIN_MS = 30_000;
/** Six connections leave an object at once; two stay free. */
const LANES = 4;
/** What a destination that is off holds can be told for so long. */
export const OFF_REASON = "off-reason";
/** What the object remembers of deliveries whose deadline had passed. */
export const LATE = "late";
export interface LateDeliveries {
  count: number;
  lastAtMs: number;
}
export const HELD_MS = 30 * DAY_MS;
export const KEPT_MS = 30 * DAY_MS;
const FORGET_AT_ONCE = 1_000;
const FORGOT = "forgot";
const LOOK_AGAIN_WHILE_OFF_MS = DAY_MS;

const BREAKER = "breaker";

/** The breaker as it is stored in the object, and in memory while that says the same. */
export function breakerMemory(sql: OutboxSql): BreakerMemory {
  let held = recall<Breaker>(sql, BREAKER) ?? CLOSED;
  return {
    get: () => held,
    set: (next) => {
      const isCalm = (breaker: Breaker) => breaker.state === "closed" && breaker.failuresInARow === 0;
      // Each write costs: tries that went well are counted in memory alone.
      if (!isCalm(held) || !isCalm(next)) keep(sql, BREAKER, isCalm(next) ? null : next);
      held = next;
    },
  };
}

/** Runs until nothing is due, or time is over; gives when to run again, null for not before something happens. */
export async function deliverDue(parts: DeliveringParts): Promise<number | null> {
  const { nowMs } = parts;
  const endMs = nowMs() + RUN_MS;
  parts.transaction(() => doubtInterrupted(parts));
  parts.transaction(() => forget(parts));
  if (isShut(parts)) parts.transaction(() => expireHeld(parts));
  else {
    await landClicks(parts);
    await tellOfFailed(parts, await runLanes(parts, endMs));
  }
  const isWritten = await writeEnded(parts);
  return nextRunMs(parts, isWritten);
}

/** What was told of old conversions lately is looked at for it every time, so once an hour is enough; what a look leaves is the next run's. */
function forget({ sql, setUp, nowMs }: DeliveringParts): void {
  const now = nowMs();
  if ((recall<number>(sql, FORGOT) ?? 0) > now - HOUR_MS) return;
  const told = setUp.settings.platform ? forgetOldTold(sql, now, FORGET_AT_ONCE) : 0;
  const ended = forgetEnded(sql, now - KEPT_MS, FORGET_AT_ONCE);
  if (Math.max(told, ended) < FORGET_AT_ONCE) keep(sql, FORGOT, now);
}

function isShut({ setUp, breaker }: DeliveringParts): boolean {
  return setUp.status !== "active" || breaker.get().state === "off";
}

function nextRunMs(parts: DeliveringParts, isWritten: boolean): number | null {
  const { sql } = parts;
  const now = parts.nowMs();
  const wakes: number[] = isWritten ? [] : [now + WRITE_AGAIN_MS];
  const futureMs = nextWakeMs(sql, now);
  const isDue = hasDue(sql, now);
  if (isShut(parts)) {
    if (futureMs !== null || isDue) wakes.push(now + LOOK_AGAIN_WHILE_OFF_MS);
  } else if (allowance(parts.breaker.get(), now) === 0) {
    const reopenMs = reopensAtMs(parts.breaker.get(), now);
    if (reopenMs !== null && (futureMs !== null || isDue)) wakes.push(reopenMs);
  } else {
    if (futureMs !== null) wakes.push(futureMs);
    // What came, or whose time came, behind the last look; and what a run that was over left.
    if (isNextDue(sql, now)) wakes.push(Math.max(now, parts.pace.nextMs));
  }
  return wakes.length === 0 ? null : Math.min(...wakes);
}

/** True where the next run would find something to do at once. */
function isNextDue(sql: OutboxSql, nowMs: number): boolean {
  return firstDue(sql, nowMs) !== null || clickless(sql, nowMs, 1).length > 0;
}

function hasDue(sql: OutboxSql, nowMs: number): boolean {
  const query =
    "SELECT 1 FROM outbox WHERE wakes_at <= CAST(?1 AS INTEGER) AND state IN ('due', 'failed', 'taken', 'waiting') LIMIT 1";
  return sql.exec(query, nowMs).toArray().length > 0;
}

/** The answer to these was not recorded: they may have arrived. */
function doubtInterrupted(parts: DeliveringParts): void {
  for (const one of interrupted(parts.sql)) {
    const attempt = { ...openAttempt(parts, one, null), outcome: "in_doubt", reason: "no_answer" } as const;
    change(parts, one, afterVerdict(parts, one, silenceOf(parts, one), attempt));
  }
}

function silenceOf({ setUp: { settings }, nowMs }: DeliveringParts, one: StoredDelivery): Verdict {
  if (settings.platform) return silenceThere(PLATFORMS[settings.platform.name], answerTimes(one, nowMs()));
  return readAnswer({ kind: "silence", timedOut: false }, settings.answers, { ...settings, nowMs: nowMs() });
}

/** What waits longer than it may for a destination that is off. */
function expireHeld({ sql, nowMs }: DeliveringParts): void {
  const query = `
    UPDATE outbox SET state = 'expired', reason = 'destination_off', revision = revision + 1
    WHERE wakes_at IS NOT NULL AND state IN ('waiting', 'due', 'failed') AND created_at < CAST(?1 AS INTEGER)`;
  const unasked = `
    UPDATE outbox SET state = 'in_doubt', reason = 'never_said', revision = revision + 1
    WHERE wakes_at IS NOT NULL AND state = 'taken' AND created_at < CAST(?1 AS INTEGER)`;
  for (const one of [query, unasked]) sql.exec(one, nowMs() - HELD_MS);
}

/** Those whose click has landed are due; the others wait on, for an hour at most. */
async function landClicks(parts: DeliveringParts): Promise<void> {
  const { sql, nowMs } = parts;
  const waiting = clickless(sql, nowMs(), CLICKS_AT_ONCE);
  if (waiting.length === 0) return;
  const notices = await parts.notices(waiting).catch((error: unknown) => {
    console.error({ event: "clicks_not_looked_up", deliveries: waiting.length, error: String(error) });
    return null;
  });
  const found = new Map(notices?.map((notice) => [`${notice.conversionId} ${notice.seq}`, notice]));
  parts.transaction(() => {
    for (const one of waiting) {
      const notice = found.get(`${one.conversionId} ${one.seq}`);
      if (notice?.click) landClick(sql, one, { ...one.notice, click: notice.click }, nowMs());
      else if (notices && isTooLateForClick(one, nowMs())) landClick(sql, one, one.notice, nowMs());
      else changeDelivery(sql, one, stillWaiting(one, nowMs()));
    }
  });
}

function isTooLateForClick({ createdAtMs }: StoredDelivery, nowMs: number): boolean {
  return nowMs >= createdAtMs + CLICK_AT_MOST_MS;
}

/** Its click was looked for to the end: this stands beside what is due then. */
function wasLookedFor({ state, reason }: StoredDelivery): boolean {
  return state === "due" && reason === "click_not_landed";
}

/** What lay for long behind a destination that was off has its click looked for at once: it may have landed meanwhile. */
function lookingFor(one: StoredDelivery, nowMs: number): DeliveryChange {
  return isTooLateForClick(one, nowMs) ? { ...stillWaiting(one, nowMs), wakesAtMs: nowMs } : stillWaiting(one, nowMs);
}

function stillWaiting({ tries, attempts }: StoredDelivery, nowMs: number): DeliveryChange {
  return { state: "waiting", reason: "click_not_landed", tries, attempts, wakesAtMs: nowMs + CLICK_AGAIN_MS };
}

/** As many lanes as the breaker lets; each takes one delivery after the other. */
async function runLanes(parts: DeliveringParts, endMs: number): Promise<DeliveryKey[]> {
  const take = takerOf(parts);
  const log = logBeside(parts);
  const tried: DeliveryKey[] = [];
  let underWay = 0;
  const lane = async (): Promise<void> => {
    while (
      parts.nowMs() < endMs &&
      !isShut(parts) &&
      (allowance(parts.breaker.get(), parts.nowMs()) ?? LANES) > underWay
    ) {
      underWay++;
      try {
        const one = await take(endMs);
        if (!one) return;
        await deliverOne(parts, one);
        tried.push(one);
        log.tried();
      } finally {
        underWay--;
      }
    }
  };
  // A breaker that closes on the way lets the others join.
  for (let before = -1; before < tried.length; ) {
    before = tried.length;
    // Where one breaks off the run waits for the others: the next one takes what is being sent for interrupted.
    const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
  await log.written();
  return tried;
}

/**
 * Writes to `COURIER` while lanes go on: the log is not a run behind, and what is due is not looked for among all that ended in this run. A page at a time, and no more where one
 * failed: the run's end tries again.
 */
function logBeside(parts: DeliveringParts): { tried(): void; written(): Promise<void> } {
  let unwrittenTries = 0;
  let isFree = true;
  let writing = Promise.resolve();
  return {
    tried: () => {
      unwrittenTries++;
      if (!isFree || unwrittenTries < WRITE_AT_ONCE) return;
      unwrittenTries = 0;
      isFree = false;
      writing = writeEnded(parts).then((isWritten) => {
        isFree = isWritten;
      });
      // It is heard at the run's end.
      writing.catch(() => {});
    },
    written: () => writing,
  };
}

/** `COURIER` says of what is tried again how it stands; should that fail, it says so after the next try. */
async function tellOfFailed(parts: DeliveringParts, tried: readonly DeliveryKey[]): Promise<void> {
  const failed = tried.flatMap((key) => {
    const one = findByKey(parts.sql, key);
    return one?.state === "failed" ? [one] : [];
  });
  for (let at = 0; at < failed.length; at += WRITE_AT_ONCE)
    await parts.write(failed.slice(at, at + WRITE_AT_ONCE)).catch(() => {});
}

/**
 * Takes what is due, marked as being sent; null where there is nothing for this run. Requests are held apart where the destination takes only so many a second, over runs too: lanes wait one
 * behind the other, so that whoever finds nothing takes no other's place.
 */
function takerOf({ sql, transaction, setUp, pace, nowMs, sleep }: DeliveringParts) {
  const take = () => transaction(() => takeDue(sql, nowMs()));
  if (setUp.ratePerSecond === null) return async () => take();
  const apartMs = 1000 / setUp.ratePerSecond;
  let turn: Promise<unknown> = Promise.resolve();
  return (endMs: number): Promise<StoredDelivery | null> => {
    const taken = turn.then(async () => {
      const atMs = Math.max(pace.nextMs, nowMs());
      if (atMs >= endMs || !firstDue(sql, nowMs())) return null;
      if (atMs > nowMs()) await sleep(atMs - nowMs());
      const one = take();
      if (one) pace.nextMs = Math.max(atMs, nowMs()) + apartMs;
      return one;
    });
    turn = taken.catch(() => {});
    return taken;
  };
}

async function deliverOne(parts: DeliveringParts, one: StoredDelivery): Promise<void> {
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

/** When an answer is read, and when the delivery was first tried. */
export function answerTimes({ attempts }: Pick<StoredDelivery, "attempts">, nowMs: number): AnswerTimes {
  return { nowMs, firstTriedAtMs: attempts[0]?.atMs ?? nowMs };
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

function countLate({ sql, nowMs }: DeliveringParts): void {
  const { count } = recall<LateDeliveries>(sql, LATE) ?? { count: 0 };
  keep(sql, LATE, { count: count + 1, lastAtMs: nowMs() });
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

/** It was taken, or may have been: nobody heard what came of a request. */
function mayBeThere({ state, attempts }: DeliveryChange): boolean {
  if (state === "sent" || state === "taken" || state === "in_doubt") return true;
  return attempts.some(mayHaveArrived);
}

const DOUBTED: readonly (DeliveryReason | null)[] = ["timed_out", "no_answer", "receiver_failed"];

/** Where a repeat is dropped, what was in doubt failed for the same reason. Without a request only access was asked for, unless the object died. */
function mayHaveArrived({ outcome, reason, request }: DeliveryAttempt): boolean {
  return outcome === "in_doubt" || (request !== null && DOUBTED.includes(reason));
}

/** Where the delivery goes by this verdict. */
function afterVerdict(
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

/** Writes what ended to `COURIER`, a page at a time; false where that does not take it now. */
async function writeEnded(parts: DeliveringParts): Promise<boolean> {
  for (;;) {
    const ended = unwritten(parts.sql, WRITE_AT_ONCE);
    if (ended.length === 0) return true;
    try {
      await parts.write(ended);
    } catch (error) {
      console.error({ event: "deliveries_not_written", deliveries: ended.length, error: String(error) });
      return false;
    }
    parts.transaction(() => strikeWritten(parts.sql, ended));
  }
}

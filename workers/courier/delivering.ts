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

/** What is to be sent of a delivery; why nothing is; or that its click is waited for. */
export type Composed =
  | { request: Outgoing }
  | { skipped: DeliveryReason }
  | { waits: true }
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

/** What was told of old conversions lately is looked at for it every time, so once an hour is enough. */
function forget({ sql, nowMs }: DeliveringParts): void {
  const now = nowMs();
  if ((recall<number>(sql, FORGOT) ?? 0) > now - HOUR_MS) return;
  if (forgetEnded(sql, now - KEPT_MS, FORGET_AT_ONCE) < FORGET_AT_ONCE) keep(sql, FORGOT, now);
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
    "SELECT 1 FROM outbox WHERE wakes_at <= CAST(?1 AS INTEGER) AND state IN ('due', 'failed', 'waiting') LIMIT 1";
  return sql.exec(query, nowMs).toArray().length > 0;
}

/** The answer to these was not recorded: they may have arrived. */
function doubtInterrupted(parts: DeliveringParts): void {
  for (const one of interrupted(parts.sql)) {
    const attempt = { ...openAttempt(parts, one, null), outcome: "in_doubt", reason: "no_answer" } as const;
    changeDelivery(parts.sql, one, afterVerdict(parts, one, silenceOf(parts), attempt));
  }
}

function silenceOf({ setUp: { settings }, nowMs }: DeliveringParts): Verdict {
  return readAnswer({ kind: "silence", timedOut: false }, settings.answers, { ...settings, nowMs: nowMs() });
}

/** What waits longer than it may for a destination that is off. */
function expireHeld({ sql, nowMs }: DeliveringParts): void {
  const query = `
    UPDATE outbox SET state = 'expired', reason = 'destination_off', revision = revision + 1
    WHERE wakes_at IS NOT NULL AND state IN ('waiting', 'due', 'failed') AND created_at < CAST(?1 AS INTEGER)`;
  sql.exec(query, nowMs() - HELD_MS);
}

/** Those whose click has landed are due; the others wait on, for an hour at most. */
async function landClicks(parts: DeliveringParts): Promise<void> {
  const { sql, nowMs } = parts;
  const waiting = clickless(sql, nowMs(), CLICKS_AT_ONCE);
  if (waiting.length === 0) return;
  const notices = await parts.notices(waiting).catch((error: unknown) => {
    console.error({ event: "clicks_not_looked_up", deliveries: waiting.length, error: String(error) });
    return [];
  });
  const found = new Map(notices.map((notice) => [`${notice.conversionId} ${notice.seq}`, notice]));
  parts.transaction(() => {
    for (const one of waiting) {
      const notice = found.get(`${one.conversionId} ${one.seq}`);
      if (notice?.click) landClick(sql, one, { ...one.notice, click: notice.click }, nowMs());
      else if (isTooLateForClick(one, nowMs())) landClick(sql, one, one.notice, nowMs());
      else changeDelivery(sql, one, stillWaiting(one, nowMs()));
    }
  });
}

function isTooLateForClick({ createdAtMs }: StoredDelivery, nowMs: number): boolean {
  return nowMs >= createdAtMs + CLICK_AT_MOST_MS;
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
    await Promise.all(Array.from({ length: LANES }, lane));
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
  const { setUp, nowMs } = parts;
  const startedAtMs = nowMs();
  if (one.deadlineAtMs !== null && startedAtMs > one.deadlineAtMs) return end(parts, one, "expired", "deadline_passed");
  if (isOvertaken(parts, one)) return end(parts, one, "superseded", "superseded");
  const composed = await composeOrFail(parts, one, startedAtMs);
  if ("waits" in composed && !isTooLateForClick(one, startedAtMs))
    return parts.transaction(() => changeDelivery(parts.sql, one, stillWaiting(one, startedAtMs)));
  if ("waits" in composed) return end(parts, one, "skipped", "no_external_id");
  if ("skipped" in composed) return end(parts, one, "skipped", composed.skipped);
  const request = "request" in composed ? composed.request : null;
  const answer: ReceiversAnswer = request
    ? await parts.send(setUp, request)
    : { kind: "unsent", reason: "refused" in composed ? composed.refused : "unreachable" };
  const { settings } = setUp;
  const verdict = readAnswer(answer, settings.answers, { ...settings, nowMs: nowMs() });
  record(parts, one, verdict, {
    ...openAttempt(parts, one, request),
    atMs: startedAtMs,
    ms: nowMs() - startedAtMs,
    outcome: verdict.outcome === "sent" ? "sent" : verdict.outcome === "in_doubt" ? "in_doubt" : "failed",
    reason: verdict.outcome === "sent" ? null : verdict.reason,
    http: answer.kind === "answered" ? answer.status : null,
    answer: answer.kind === "answered" ? answer.body.slice(0, SHOWN_ANSWER) : null,
  });
}

/** True of what came in behind a later entry that was told: order holds. History and replays are told because somebody asked for them. */
function isOvertaken({ sql }: DeliveringParts, one: StoredDelivery): boolean {
  return (one.origin === "notice" || one.origin === "compared") && isOutdated(sql, one);
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
  state: "expired" | "skipped" | "superseded",
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
    const change = afterVerdict(parts, one, verdict, attempt);
    changeDelivery(sql, one, change);
    if (change.state === "expired") countLate(parts);
    const before = breaker.get();
    const failed = verdict.outcome !== "sent";
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

/** Where the delivery goes by this verdict. */
function afterVerdict(
  { nowMs, chance }: DeliveringParts,
  one: StoredDelivery,
  verdict: Verdict,
  attempt: DeliveryAttempt,
): DeliveryChange {
  const attempts = [...one.attempts, attempt];
  const tries = one.tries + 1;
  if (verdict.outcome === "sent") return { state: "sent", reason: null, tries, attempts, wakesAtMs: nowMs() };
  const { reason } = verdict;
  if (verdict.outcome === "in_doubt") return { state: "in_doubt", reason, tries, attempts, wakesAtMs: nowMs() };
  // What a destination that is off was not told waits for it to be turned on.
  if (verdict.outcome === "off") return { state: "failed", reason, tries, attempts, wakesAtMs: nowMs() };
  const next = nextStep({ attempts: tries, deadlineAtMs: one.deadlineAtMs }, verdict, nowMs(), chance());
  return {
    state: next.state,
    reason: next.reason,
    tries,
    attempts,
    wakesAtMs: next.state === "failed" ? next.dueAtMs : nowMs(),
  };
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

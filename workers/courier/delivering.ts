/** One run of a destination's outbox: breaker → take what is due, four at a time → each delivery → `COURIER`. `sending` is on disk before a request leaves. */
import { allowance, reopensAtMs } from "../core/courier/circuit-breaker.ts";
import { trackerOf } from "../core/courier/relay-notice.ts";
import { DAY_MS, HOUR_MS } from "../core/time-units.ts";
import { landClicks } from "./click-landing.ts";
import { deliverOne, doubtInterrupted } from "./deliver-one.ts";
import type { DeliveringParts } from "./delivery-run.ts";
import {
  clickless,
  type DeliveryKey,
  findByKey,
  firstDue,
  forgetEnded,
  keep,
  nextWakeMs,
  recall,
  type StoredDelivery,
  strikeWritten,
  takeDue,
  unwritten,
} from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";
import { forgetOldTold } from "./told-there.ts";

/** A run ends after this time, so that set-up is read anew. */
export const RUN_MS = 20_000;
const WRITE_AT_ONCE = 100;
const WRITE_AGAIN_MS = 30_000;
/** Six connections leave an object at once; two stay free. */
const LANES = 4;
/** What a destination that is off holds can be told for so long. */
export const HELD_MS = 30 * DAY_MS;
const KEPT_MS = 30 * DAY_MS;
const FORGET_AT_ONCE = 1_000;
const FORGOT = "forgot";
const LOOK_AGAIN_WHILE_OFF_MS = DAY_MS;

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
  // A relayed postback is called as its receipt, which tells no time.
  const upTo = trackerOf(setUp.settings.number) === null ? [] : ["~"];
  const ended = forgetEnded(sql, now - KEPT_MS, FORGET_AT_ONCE, ...upTo);
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

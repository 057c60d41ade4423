/** An operator's word on an outbox: send again, end, turn on; and how the destination fares. */
import { type Breaker, turnedOn } from "../core/courier/circuit-breaker.ts";
import type { DeliverySelection, DestinationStatus, Gate } from "../core/courier/courier-calls.ts";
import type { DeliveryReason, DeliveryState } from "../core/courier/delivery-reasons.ts";
import { BACKFILL, type Backfill } from "./backfilling.ts";
import { type BreakerMemory, OFF_REASON } from "./breaker-memory.ts";
import { LATE, type LateDeliveries } from "./late-deliveries.ts";
import {
  acceptDeliveries,
  changeDelivery,
  chosen,
  type DeliveryKey,
  isOutdated,
  keep,
  lastReplay,
  openCounts,
  recall,
  type StoredDelivery,
} from "./outbox.ts";
import type { OutboxSql } from "./outbox-sql.ts";
import type { DestinationSetUp } from "./set-up-of-destinations.ts";

/** One call chooses at most so many; whoever means more calls again. */
const AT_ONCE = 1_000;
const UNTOLD: readonly DeliveryState[] = ["waiting", "due", "failed", "held", "in_doubt"];
const REPLAYABLE: readonly DeliveryState[] = [
  "sent",
  "in_doubt",
  "held",
  "skipped",
  "gave_up",
  "expired",
  "superseded",
];

/** What was told is told anew, under an ID of its own; what was not goes on under the one that it has, but for what a later word has overtaken. */
export function replayDeliveries(
  sql: OutboxSql,
  which: DeliverySelection,
  nowMs: number,
  idOf: (key: DeliveryKey, atMs: number) => string,
): number {
  const found = selected(sql, which, REPLAYABLE);
  return found.filter((one) => (one.state === "sent" ? tellAnew(sql, one, nowMs, idOf) : goOn(sql, one, nowMs))).length;
}

function tellAnew(
  sql: OutboxSql,
  one: StoredDelivery,
  nowMs: number,
  idOf: (key: DeliveryKey, atMs: number) => string,
): boolean {
  const { conversionId, seq, type, notice } = one;
  const key = { conversionId, seq, replay: lastReplay(sql, conversionId, seq) + 1 };
  const again = { ...key, deliveryId: idOf(key, nowMs), type, notice, origin: "replay", deadlineAtMs: null } as const;
  return acceptDeliveries(sql, [again], nowMs) > 0;
}

function goOn(sql: OutboxSql, one: StoredDelivery, nowMs: number): boolean {
  if (isOutdated(sql, one)) {
    changeDelivery(sql, one, { ...one, state: "superseded", reason: "superseded", wakesAtMs: nowMs });
    return false;
  }
  changeDelivery(sql, one, {
    ...one,
    state: one.attempts.length > 0 ? "failed" : "due",
    reason: null,
    tries: 0,
    wakesAtMs: nowMs,
  });
  return true;
}

/** Ends what has not been told. What is being sent at this moment is not among it. */
export function cancelDeliveries(sql: OutboxSql, which: DeliverySelection, nowMs: number): number {
  const found = selected(sql, which, UNTOLD);
  for (const one of found)
    changeDelivery(sql, one, { ...one, state: "skipped", reason: "cancelled", wakesAtMs: nowMs });
  return found.length;
}

function selected(
  sql: OutboxSql,
  { ids, states, fromMs, toMs }: DeliverySelection,
  possible: readonly DeliveryState[],
): StoredDelivery[] {
  const wanted = possible.filter((state) => states === undefined || states.includes(state));
  return chosen(sql, {
    states: wanted,
    limit: AT_ONCE,
    ...(ids && { ids }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  });
}

/** Turns on what was off: it begins with a probe, at once. */
export function turnOn(sql: OutboxSql, breaker: BreakerMemory, nowMs: number): void {
  keep(sql, OFF_REASON, null);
  if (breaker.get().state !== "closed") breaker.set(turnedOn(nowMs));
}

export function destinationStatus(
  sql: OutboxSql,
  setUp: DestinationSetUp,
  breaker: Breaker,
  nextAtMs: number | null,
): DestinationStatus {
  const { open, oldestAtMs } = openCounts(sql);
  const gate = gateOf(setUp, breaker);
  const late = recall<LateDeliveries>(sql, LATE);
  return {
    destination: setUp.settings.number,
    gate,
    reason: reasonOf(gate, recall<DeliveryReason>(sql, OFF_REASON)),
    sinceMs: sinceOf(setUp, breaker),
    failures: "failuresInARow" in breaker ? breaker.failuresInARow : breaker.state === "open" ? breaker.probes : 0,
    waiting: open,
    oldestAtMs,
    nextAtMs,
    backfill: recall<Backfill>(sql, BACKFILL),
    late: late?.count ?? 0,
    lateAtMs: late?.lastAtMs ?? null,
  };
}

function gateOf({ status }: DestinationSetUp, { state }: Breaker): Gate {
  if (status !== "active") return status;
  if (state === "off") return "off";
  return state === "open" || state === "probing" ? "failing" : "open";
}

function reasonOf(gate: Gate, offReason: DeliveryReason | null): DeliveryReason | null {
  if (gate === "off") return offReason ?? "too_many_tries";
  return gate === "failing" ? "behind_breaker" : null;
}

function sinceOf({ status, updatedAtMs }: DestinationSetUp, breaker: Breaker): number {
  if (status !== "active" || breaker.state === "closed") return updatedAtMs;
  if (breaker.state === "off") return breaker.offAtMs;
  return breaker.state === "draining" ? breaker.sinceMs : breaker.openedAtMs;
}

/** Deliveries that wait for their click to land: looked for once a minute, for an hour at most. */
import { HOUR_MS, MINUTE_MS } from "../core/time-units.ts";
import type { DeliveringParts } from "./delivery-run.ts";
import { changeDelivery, clickless, type DeliveryChange, landClick, type StoredDelivery } from "./outbox.ts";

const CLICK_AGAIN_MS = MINUTE_MS;
const CLICK_AT_MOST_MS = HOUR_MS;
const CLICKS_AT_ONCE = 100;

/** Those whose click has landed are due; the others wait on, for an hour at most. */
export async function landClicks(parts: DeliveringParts): Promise<void> {
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
export function wasLookedFor({ state, reason }: StoredDelivery): boolean {
  return state === "due" && reason === "click_not_landed";
}

/** What lay for long behind a destination that was off has its click looked for at once: it may have landed meanwhile. */
export function lookingFor(one: StoredDelivery, nowMs: number): DeliveryChange {
  return isTooLateForClick(one, nowMs) ? { ...stillWaiting(one, nowMs), wakesAtMs: nowMs } : stillWaiting(one, nowMs);
}

function stillWaiting({ tries, attempts }: StoredDelivery, nowMs: number): DeliveryChange {
  return { state: "waiting", reason: "click_not_landed", tries, attempts, wakesAtMs: nowMs + CLICK_AGAIN_MS };
}

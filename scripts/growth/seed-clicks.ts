/** Fills the click log as queue, alarms and cron do: batches come to the objects of their days, which tell their hours, and these go to the archive and are added up. */
import { clickDayName, dayOf } from "../../workers/core/click-log/click-days.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import type { ClickPlan, DrawnBatches } from "./drawn-clicks.ts";
import { FROM_MS, TO_MS } from "./month.ts";

/** How many isolates the edge has: those of a hundred or two clicks a second. */
const ISOLATES = 50;
/** Clicks of a request, which ends long before the simulator would end it. */
const AT_ONCE = 50_000;

/** Asks the ledger: see bench/workers/grown-ledger.ts. */
export type AskLedger = <Answer>(path: string, body?: string) => Promise<Answer>;

/** So many clicks over the month. Their visitors are forgotten, since it is over. */
export function monthOfClicks(total: number): ClickPlan {
  return { fromMs: FROM_MS, toMs: TO_MS, total, before: 0, isolates: ISOLATES, hasVisitors: false };
}

/** So many clicks of this UTC day, every second one a first visit where it has visitors. */
export function dayOfClicks(day: number, total: number, hasVisitors: boolean): ClickPlan {
  return { fromMs: day * DAY_MS, toMs: (day + 1) * DAY_MS, total, before: 0, isolates: ISOLATES, hasVisitors };
}

/** The objects of a plan's days. */
export function dayNames({ fromMs, toMs }: ClickPlan): string[] {
  const first = dayOf(fromMs);
  return Array.from({ length: dayOf(toMs - 1) - first + 1 }, (_, index) =>
    clickDayName({ day: first + index, shard: 0 }, 1, 1),
  );
}

/** Has them logged in batches of so many clicks. */
export async function seedClicks(ask: AskLedger, plan: ClickPlan, perBatch: number): Promise<void> {
  const atOnce = Math.ceil(AT_ONCE / perBatch) * perBatch;
  for (let from = 0; from < plan.total; from += atOnce) {
    const to = Math.min(plan.total, from + atOnce);
    const asked: DrawnBatches = { plan, from, to, perBatch };
    const logged = await ask<number>("/log-drawn", JSON.stringify(asked));
    if (logged !== to - from) throw new Error(`${logged} of ${to - from} clicks were logged`);
  }
}

/** Archives them, and adds them up. */
export async function archiveClicks(ask: AskLedger, plan: ClickPlan): Promise<void> {
  for (const name of dayNames(plan)) await ask("/tell-hours", name);
  while ((await ask<number>("/archive-clicks")) > 0);
}

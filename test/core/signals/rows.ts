/** Rows of signals for tests: one that says nothing, with what a test says. */

import { type Activity, activitiesOf } from "../../../workers/core/signals/activity.ts";
import type { ActivitySums } from "../../../workers/core/signals/activity-sums.ts";
import { noSums } from "../../../workers/core/signals/activity-sums.ts";
import { type ClickCounts, noClicks } from "../../../workers/core/signals/counted-clicks.ts";
import type { SignalRow } from "../../../workers/core/signals/signal-row.ts";

let made = 0;

export function signalRow(own: Partial<SignalRow>): SignalRow {
  made += 1;
  return {
    id: `row-${String(made).padStart(8, "0")}`,
    affiliate: 1,
    offer: 1,
    event: "sale",
    orderSpace: "a1",
    status: "pending",
    isByClick: true,
    clickedAtMs: 0,
    occurredAtMs: 600_000,
    txid: null,
    beside: 0,
    device: null,
    os: null,
    browser: null,
    sub: null,
    isFromShop: false,
    customer: null,
    couponOwner: null,
    ...own,
  };
}

export const TODAY = 20_000;

/** A activity of one recent day, and of one before it. */
export function activity(
  affiliate: number,
  recent: Partial<ActivitySums>,
  clicks: Partial<ClickCounts> = {},
): Activity {
  const sums = { ...noSums(), ...recent };
  const at = { affiliate, day: TODAY };
  const [made] = activitiesOf(
    [
      { ...at, event: "sale", sums, clicks: null },
      { ...at, event: "", sums: null, clicks: { ...noClicks(), ...clicks } },
    ],
    TODAY,
  );
  if (!made) throw new Error("there is no activity");
  return made;
}

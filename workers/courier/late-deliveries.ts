/** How many deliveries of a destination ended since their deadline had passed. */

import type { DeliveringParts } from "./delivery-run.ts";
import { keep, recall } from "./outbox.ts";

/** What the object remembers of deliveries whose deadline had passed. */
export const LATE = "late";

export interface LateDeliveries {
  count: number;
  lastAtMs: number;
}

export function countLate({ sql, nowMs }: DeliveringParts): void {
  const { count } = recall<LateDeliveries>(sql, LATE) ?? { count: 0 };
  keep(sql, LATE, { count: count + 1, lastAtMs: nowMs() });
}

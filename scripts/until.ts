/** Waiting for an effect: looked for again and again, for a while. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  everyMs: number;
  withinMs: number;
}

/** What `look` finds at last; false or null, as it said last, where it has found nothing by then. */
export async function until<Found>(look: () => Promise<Found>, { everyMs, withinMs }: Patience): Promise<Found> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if ((found !== false && found !== null) || Date.now() > deadlineMs) return found;
    await sleep(everyMs);
  }
}

/** Sending to a queue: each try has an end, since a queue may hang as well as fail. */
import { type Timers, withinTime } from "./time-limit.ts";

/** How long somebody waits for a queue. */
export interface Patience {
  tries: number;
  /** What each try may take. */
  limitMs: number;
  clock: Timers;
  /** Hears of each try that failed, counted from 1. */
  onFailure?(error: unknown, tries: number): void;
}

/**
 * Done once the queue has what `send` hands it; throws what the last try threw. A try that timed out may still arrive: so what is sent must have the same
 * effect when it comes twice.
 */
export async function sendPatiently(send: () => Promise<unknown>, patience: Patience): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await withinTime(send(), patience.limitMs, patience.clock);
      return;
    } catch (error) {
      patience.onFailure?.(error, tries);
      if (tries === patience.tries) throw error;
    }
  }
}

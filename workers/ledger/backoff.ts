/** How long a message that could not be settled waits before it comes again. */

const LONGEST_S = 3_600;

/**
 * Seconds until the next attempt: 2, 4, 8 … up to an hour, and up to a fifth more so that a batch that failed together does not come back
 * together. With the queue's hundred attempts that spans some four days. `chance` is from [0, 1).
 */
export function backoffSeconds(attempts: number, chance: number): number {
  const base = Math.min(LONGEST_S, 2 ** Math.min(attempts, 12));
  return Math.min(LONGEST_S, Math.round(base * (1 + chance / 5)));
}

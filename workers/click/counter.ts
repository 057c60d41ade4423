/** Tells click IDs of one millisecond apart: 28 bits, random at an isolate's start, then counting up. */

const COUNTER_MASK = 0x0fff_ffff;

export function createCounter(): () => number {
  let counter: number | null = null;
  return () => {
    // Not before the first request: the platform gives no randomness while an isolate starts.
    counter ??= crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    counter = (counter + 1) & COUNTER_MASK;
    return counter;
  };
}

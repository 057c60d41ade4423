/** An end to waiting, for storage that may hang. The clock is told, as everything is here: a worker gives its own, `globalThis`. */

/** What sets a timer and takes it back. */
export type Timers = Pick<typeof globalThis, "setTimeout" | "clearTimeout">;

/** Gives what `promise` gives, or throws after `limitMs`; what comes later is dropped. */
export function withinTime<Value>(promise: Promise<Value>, limitMs: number, clock: Timers): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    // Not by `finally`, whose promises are half the cost of the wait.
    promise.then(
      (value) => {
        clock.clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clock.clearTimeout(timer);
        reject(error);
      },
    );
  });
}

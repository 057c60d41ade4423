/** An end to waiting, for storage that may hang. */

/** Gives what `promise` gives, or throws after `limitMs`; what comes later is dropped. */
export function withinTime<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    promise.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

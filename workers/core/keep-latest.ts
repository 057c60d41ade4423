/** A memory of bounded size: what was put in longest ago makes room. */

/** Puts `value` under `key`, and the oldest out where there are more than `most`. A key that is put in anew counts as new. */
export function keepLatest<Value>(memory: Map<string, Value>, key: string, value: Value, most: number): void {
  memory.delete(key);
  memory.set(key, value);
  if (memory.size <= most) return;
  // Maps keep the order of insertion.
  const oldest = memory.keys().next();
  if (!oldest.done) memory.delete(oldest.value);
}

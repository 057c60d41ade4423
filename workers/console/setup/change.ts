/** A change of the set-up: who makes it, and when. */
import * as v from "valibot";
import type { Caller } from "../caller.ts";

export interface Change {
  by: Caller;
  atMs: number;
}

/** True when SQLite refused a row because another one has its value of `column` (`table.column`), however deep the layers above have wrapped it. */
export function isTaken(error: unknown, column: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes(`UNIQUE constraint failed: ${column}`)) return true;
  return false;
}

/** A field that never changes: a change may send it back as it was read. */
export const FIXED_FIELD = v.exactOptional(v.unknown());

/** Those of the fixed fields that a change gives another value. */
export function movedFields(
  given: Record<string, unknown>,
  present: Record<string, unknown>,
  fixed: readonly string[],
): string[] {
  return fixed.filter(
    (field) => given[field] !== undefined && JSON.stringify(given[field]) !== JSON.stringify(present[field]),
  );
}

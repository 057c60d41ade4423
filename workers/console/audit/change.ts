/** A change: who makes it, when, and what the audit log keeps of it. */
import type { DrizzleD1Database } from "drizzle-orm/d1";
import * as v from "valibot";
import { audit } from "../../../schema/tables.ts";
import type { Caller } from "../web/caller.ts";

export interface Change {
  by: Caller;
  atMs: number;
}

export const CHANGE_ACTIONS = ["create", "change", "rotate", "revoke", "publish", "correct", "replay"] as const;
export const CHANGE_KINDS = [
  "advertiser",
  "affiliate",
  "offer",
  "link",
  "token",
  "conversion",
  "postbacks",
  "edge",
  "webhook",
] as const;

/** What was changed, as the API shows it before and after; null where there was nothing, or is nothing to show. */
export interface ChangeRecord {
  action: (typeof CHANGE_ACTIONS)[number];
  kind: (typeof CHANGE_KINDS)[number];
  subject: string;
  before: unknown;
  after: unknown;
}

/** The audit log's row, to be written in the same batch as the change itself. */
export function logChange(db: DrizzleD1Database, { by, atMs }: Change, record: ChangeRecord) {
  return db.insert(audit).values({ ...record, atMs, actor: by.name, role: by.role });
}

/** A row with what a change says of it; what it leaves out stays. */
export function merge<Row extends object>(present: Row, change: object): Row {
  return Object.assign(
    { ...present },
    Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
  );
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

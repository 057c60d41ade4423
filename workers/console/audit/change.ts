/** A change of the set-up: who makes it, when, and what the audit log keeps of it. */
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { Cell } from "../../../schema/columns.ts";
import { audit } from "../../../schema/tables.ts";
import type { Caller } from "../web/caller.ts";

/** Who it is to the audit log: a caller, or somebody who is none. */
export type Actor = Pick<Caller, "name" | "token" | "trace"> & { role: string };

/** Who makes it, and when. */
export interface ChangeStamp {
  by: Caller;
  atMs: number;
}

export const CHANGE_ACTIONS = [
  "create",
  "change",
  "rotate",
  "reseal",
  "revoke",
  "disown",
  "publish",
  "correct",
  "confirm",
  "dismiss",
  "hold",
  "release",
  "undo",
  "run",
  "replay",
  "import",
  "cancel",
  "resume",
  "backfill",
  "repair",
  "view secrets",
  "view personal data",
  "erase",
  "test",
  "export",
  "invite",
  "sign in",
  "sign out everywhere",
  "fail to sign in",
  "apply",
  "admit",
  "refuse",
  "close",
  "discard",
  "finalize",
  "pay",
  "unpay",
  "adjust",
  "look",
  "drop",
  "view bank details",
  "delete",
] as const;
export const CHANGE_KINDS = [
  "advertiser",
  "affiliate",
  "offer",
  "link",
  "coupon",
  "source",
  "tracker",
  "destination",
  "token",
  "user",
  "conversion",
  "reason",
  "bulk",
  "statuses",
  "note",
  "price",
  "claims",
  "postbacks",
  "person",
  "edge",
  "webhook",
  "session",
  "export",
  "clicks",
  "rates",
  "admission",
  "statement",
  "signal",
  "view",
  "what_if",
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
export function logChange(db: DrizzleD1Database, { by, atMs }: { by: Actor; atMs: number }, record: ChangeRecord) {
  const { name: actor, role, token = null, trace } = by;
  return db
    .insert(audit)
    .values({ ...record, atMs, actor, role, token, way: trace?.way ?? null, address: trace?.address ?? null });
}

/** The audit log's rows of many changes, in one statement. */
export function logChanges(
  database: D1Database,
  { by, atMs }: { by: Actor; atMs: number },
  records: readonly ChangeRecord[],
): D1PreparedStatement {
  const { name: actor, role, token = null, trace } = by;
  const text = (value: unknown) => (value === null ? null : JSON.stringify(value));
  const rows = records.map(({ action, kind, subject, before, after }) => [
    action,
    kind,
    subject,
    text(before),
    text(after),
  ]);
  return database
    .prepare(
      `INSERT INTO audit (at, actor, role, token, way, address, action, kind, subject, before, after)
       SELECT ?, ?, ?, ?, ?, ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)`,
    )
    .bind(atMs, actor, role, token, trace?.way ?? null, trace?.address ?? null, JSON.stringify(rows));
}

/** The audit log's rows of what a statement selects, of each its subject, and as JSON what it was and is. */
export function logSelected(
  database: D1Database,
  { by, atMs }: { by: Actor; atMs: number },
  { action, kind, select, values }: Pick<ChangeRecord, "action" | "kind"> & { select: string; values: readonly Cell[] },
): D1PreparedStatement {
  const { name: actor, role, token = null, trace } = by;
  return database
    .prepare(
      `INSERT INTO audit (at, actor, role, token, way, address, action, kind, subject, before, after)
       SELECT ?, ?, ?, ?, ?, ?, ?, ?, selected.* FROM (${select}) AS selected`,
    )
    .bind(atMs, actor, role, token, trace?.way ?? null, trace?.address ?? null, action, kind, ...values);
}

/**
 * Carries a change of the status of many things out, or takes it back: exactly those that were counted, as far as each is still as it was then; in one transaction, with a row of the
 * audit log for the deed and one for each thing. The edge is told once, of all links that are touched.
 */
import type { StatusItem } from "../../../schema/tables.ts";
import type { Result } from "../../core/result.ts";
import { refuse } from "../../core/result.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { type ChangeStamp, logChanges, logSelected } from "../audit/change.ts";
import { askCourier } from "../destinations/ask-courier.ts";
import type { Env } from "../env.ts";
import { publishLinksOf } from "../publishing/publish.ts";
import { invalid, type Problem } from "../web/problem.ts";
import { PAUSABLE_KINDS } from "./pausable.ts";
import { findStatusChange, itemsIn, readStatusChange, type StatusChangeRow, type StatusChangeView } from "./store.ts";

/** What was counted longer ago is counted anew. */
const COUNTED_FOR_MS = HOUR_MS;

export async function runStatusChange(
  env: Env,
  key: string,
  change: ChangeStamp,
): Promise<Result<StatusChangeView, Problem>> {
  const found = await findStatusChange(env, key);
  if (!found.ok) return found;
  const row = found.value;
  if (row.undone_at !== null) return refuse(invalid("#", "It is taken back: count anew."));
  if (row.ran_at !== null) return readStatusChange(env, key);
  if (change.atMs - row.counted_at > COUNTED_FOR_MS)
    return refuse(invalid("#", "It was counted more than an hour ago: count anew."));
  await env.DB.batch([
    ...statementsOf(env, row, change, {
      from: "items",
      done: "changed",
      at: "ran_at",
      is: "k.value ->> 2",
      becomes: "b.status",
      pausedBy: "NULL",
    }),
    logChanges(env.DB, change, [{ action: "run", kind: "statuses", subject: key, before: null, after: deedOf(row) }]),
  ]);
  await tell(env, row, itemsIn(row.items));
  return readStatusChange(env, key);
}

export async function undoStatusChange(
  env: Env,
  key: string,
  change: ChangeStamp,
): Promise<Result<StatusChangeView, Problem>> {
  const found = await findStatusChange(env, key);
  if (!found.ok) return found;
  const row = found.value;
  if (row.ran_at === null) return refuse(invalid("#", "It was not carried out."));
  if (row.undone_at !== null) return readStatusChange(env, key);
  await env.DB.batch([
    ...statementsOf(env, row, change, {
      from: "changed",
      done: "put_back",
      at: "undone_at",
      is: "b.status",
      becomes: "k.value ->> 2",
      pausedBy: "k.value ->> 3",
    }),
    logChanges(env.DB, change, [{ action: "undo", kind: "statuses", subject: key, before: deedOf(row), after: null }]),
  ]);
  await tell(env, row, itemsIn(row.changed));
  return readStatusChange(env, key);
}

/** In SQL of a status change `b` and one of its items `k`. */
interface Turn {
  from: "items" | "changed";
  /** Where it stands which of them were turned, and since when. */
  done: "changed" | "put_back";
  at: "ran_at" | "undone_at";
  /** What a thing must be, and what it becomes. */
  is: string;
  becomes: string;
  pausedBy: string;
}

/** First it is written down which are so still; then of those alone the log, and the things themselves. Whoever comes second finds it done, and turns nothing. */
function statementsOf(
  { DB }: Env,
  { number, kind }: StatusChangeRow,
  change: ChangeStamp,
  { from, done, at, is, becomes, pausedBy }: Turn,
): D1PreparedStatement[] {
  const { table } = PAUSABLE_KINDS[kind];
  const each = `status_changes AS b, json_each(b.${done}) AS k WHERE b.number = ? AND b.${at} = ?`;
  return [
    DB.prepare(
      `UPDATE status_changes AS b SET ${at} = ?, ${done} = (
         SELECT json_group_array(json(k.value)) FROM json_each(b.${from}) AS k
         JOIN ${table} AS t ON t.number = k.value ->> 0 AND t.status = ${is}
       ) WHERE b.number = ? AND b.${at} IS NULL`,
    ).bind(change.atMs, number),
    logSelected(DB, change, {
      action: "change",
      kind,
      select: `SELECT k.value ->> 1, json_object('status', ${is}), json_object('status', ${becomes}) FROM ${each}`,
      values: [number, change.atMs],
    }),
    DB.prepare(
      `UPDATE ${table} AS t SET status = done.becomes, updated_at = ?${kind === "link" ? ", paused_by = done.paused_by" : ""}
       FROM (SELECT k.value ->> 0 AS number, ${becomes} AS becomes, ${pausedBy} AS paused_by FROM ${each}) AS done
       WHERE t.number = done.number`,
    ).bind(change.atMs, number, change.atMs),
  ];
}

async function tell(env: Env, { kind }: StatusChangeRow, items: readonly StatusItem[]): Promise<void> {
  const numbers = items.map(([number]) => number);
  if (kind !== "destination") return publishLinksOf(env, kind, numbers);
  // Where it cannot be told, it sees the new version with the next notice.
  await Promise.all(numbers.map((number) => askCourier(env, (courier) => courier.changed(number))));
}

function deedOf({ kind, status, asked, items, links, affiliates, clicks }: StatusChangeRow) {
  return { kind, status, asked: JSON.parse(asked), count: itemsIn(items).length, links, affiliates, clicks };
}

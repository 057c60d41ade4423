/** That an object's journal was made anew, from which row on, by whom: kept until the signed log has it, so that heads which were logged before and are not in it are explained, and never silently. */
import { NO_HEAD } from "../../core/journal/journal.ts";
import type { RebuiltHead } from "../../core/signed-log/minute.ts";
import { noteChanges } from "../object-changes.ts";
import { lastHead } from "../object-journal.ts";
import type { Sql } from "../sql.ts";

/** The last row that the archive had, and its head. */
export const REBUILT_TABLE = `
  CREATE TABLE IF NOT EXISTS rebuilt (
    seq        INTEGER PRIMARY KEY,
    head       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    who        TEXT NOT NULL,
    checkpoint INTEGER
  ) STRICT;`;

/** To be called once the journal is as the archive has it, before anything is entered anew. */
export function noteRebuilt(sql: Sql, by: string, nowMs: number): void {
  const { seq, head } = lastHead(sql) ?? { seq: 0, head: NO_HEAD };
  sql.exec(
    "INSERT OR REPLACE INTO rebuilt (seq, head, at, who) SELECT ?1 ->> 0, ?1 ->> 1, ?1 ->> 2, ?1 ->> 3",
    JSON.stringify([seq, head, nowMs, by]),
  );
  archiveRebuilt(sql);
}

/** What the signed log does not have yet. */
export function rebuiltToLog(sql: Sql): RebuiltHead[] {
  const query = "SELECT seq, head, at, who FROM rebuilt WHERE checkpoint IS NULL ORDER BY seq";
  return sql
    .exec(query)
    .toArray()
    .map(({ seq, head, at, who }) => ({
      number: Number(seq),
      head: String(head),
      rebuilt: { atMs: Number(at), by: String(who) },
    }));
}

/** Notes under which checkpoint the signed log has it. One of the same row that came since is still to be logged. */
export function markRebuilt(sql: Sql, seq: number, atMs: number, checkpoint: number): void {
  sql.exec(
    "UPDATE rebuilt SET checkpoint = ?1 ->> 2 WHERE seq = ?1 ->> 0 AND at = ?1 ->> 1 AND checkpoint IS NULL",
    JSON.stringify([seq, atMs, checkpoint]),
  );
  archiveRebuilt(sql);
}

function archiveRebuilt(sql: Sql): void {
  const rows = sql.exec("SELECT seq FROM rebuilt").toArray();
  noteChanges(
    sql,
    rows.map(({ seq }) => ["rebuilt", Number(seq)] as const),
  );
}

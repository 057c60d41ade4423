/** How far an advertiser's object has archived what it holds: a row in the object itself, so that what lies in the archive and what is still to come never disagree. */
import type { Sql } from "../sql.ts";

/**
 * `walk` is where the first archiving stands, or one that writes the archive anew, which goes through all tables: a table, the place of the last row, and of the latter its first piece; null when it is done and only what changes is archived. `restored` is how
 * many pieces are restored while the object is being rebuilt; null otherwise.
 */
export interface Archived {
  advertiser: number;
  /** Drawn when the object begins. */
  object: string;
  piece: number;
  /** The last row of the journal that was archived, the last number of what is common, and the last row of the journal that the signed log is known to have. */
  journal: number;
  common: number;
  logged: number;
  walk: [table: string, after: string | number, from?: number] | null;
  restored: number | null;
}

export const ARCHIVED_TABLE = `
  CREATE TABLE IF NOT EXISTS archived (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    advertiser INTEGER NOT NULL,
    object     TEXT NOT NULL,
    piece      INTEGER NOT NULL,
    journal    INTEGER NOT NULL,
    common     INTEGER NOT NULL,
    logged     INTEGER NOT NULL,
    walk       TEXT,
    restored   INTEGER
  ) STRICT;`;

/** Null before the object has heard whose it is. */
export function readArchived(sql: Sql): Archived | null {
  const [row] = sql.exec("SELECT * FROM archived").toArray();
  if (!row) return null;
  return {
    advertiser: Number(row.advertiser),
    object: String(row.object),
    piece: Number(row.piece),
    journal: Number(row.journal),
    common: Number(row.common),
    logged: Number(row.logged),
    walk: row.walk === null ? null : JSON.parse(String(row.walk)),
    restored: row.restored === null ? null : Number(row.restored),
  };
}

export function writeArchived(sql: Sql, archived: Archived): void {
  const { advertiser, object, piece, journal, common, logged, walk, restored } = archived;
  const given = [advertiser, object, piece, journal, common, logged, walk && JSON.stringify(walk), restored];
  sql.exec(
    `INSERT OR REPLACE INTO archived (one, advertiser, object, piece, journal, common, logged, walk, restored)
     SELECT 1, ?1 ->> 0, ?1 ->> 1, ?1 ->> 2, ?1 ->> 3, ?1 ->> 4, ?1 ->> 5, ?1 ->> 6, ?1 ->> 7`,
    JSON.stringify(given),
  );
}

/** Says whose the object is, where it does not know yet. What it holds by then is archived first, and as it is, the journal with it. */
export function beginArchived(sql: Sql, advertiser: number, firstTable: string): void {
  if (readArchived(sql)) return;
  const [last] = sql.exec("SELECT coalesce(max(seq), 0) AS seq FROM journal").toArray();
  sql.exec("DELETE FROM changes");
  writeArchived(sql, {
    advertiser,
    object: crypto.randomUUID(),
    piece: 0,
    journal: Number(last?.seq),
    common: 0,
    logged: 0,
    walk: [firstTable, -1],
    restored: null,
  });
}

/** Has all that the object holds archived once more, behind the pieces that there are: those are not needed then. */
export function walkAnew(sql: Sql, archived: Archived, firstTable: string): void {
  const [last] = sql.exec("SELECT coalesce(max(seq), 0) AS seq FROM journal").toArray();
  const anew = { journal: Number(last?.seq), common: 0, logged: 0 };
  writeArchived(sql, { ...archived, ...anew, walk: [firstTable, -1, archived.piece + 1] });
}

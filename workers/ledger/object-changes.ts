/**
 * What an advertiser's object changed and has yet to archive. What the journal names is not said again; of the rest, such as repeats that are noted and claims, each call leaves one row,
 * which goes once its rows are archived. So what most calls change costs no row here.
 */
import type { StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import type { OpenJournal } from "./object-journal.ts";
import type { Sql } from "./sql.ts";

export const CHANGES_TABLE = `
  CREATE TABLE IF NOT EXISTS changes (
    seq   INTEGER PRIMARY KEY,
    names TEXT NOT NULL
  ) STRICT;`;

/** A row that was changed or is gone, by its table and its name there. */
export type Changed = readonly [table: string, name: string | number];

/** Notes that these rows are to be archived. */
export function noteChanges(sql: Sql, changed: readonly Changed[]): void {
  for (const chunk of jsonChunks(changed)) sql.exec("INSERT INTO changes (names) VALUES (?)", chunk);
}

/** Says of these no more that they are to be archived: their names are to be forgotten. */
export function forgetChanges(sql: Sql, changed: readonly Changed[]): void {
  const forget = `
    UPDATE changes SET names = (
      SELECT coalesce(json_group_array(json(one.value)), '[]') FROM json_each(changes.names) AS one
      WHERE NOT EXISTS (SELECT 1 FROM json_each(?1) AS k WHERE k.value ->> 0 = one.value ->> 0 AND k.value ->> 1 = one.value ->> 1))
    WHERE EXISTS (SELECT 1 FROM json_each(changes.names) AS one CROSS JOIN json_each(?1) AS k
      WHERE k.value ->> 0 = one.value ->> 0 AND k.value ->> 1 = one.value ->> 1)`;
  for (const chunk of jsonChunks(changed)) sql.exec(forget, chunk);
}

/** Those of these that the row of the journal which is about to be written does not name. */
export function unentered(
  journal: OpenJournal | null,
  messages: readonly StoredMessage[],
  conversions: readonly StoredConversion[],
): Changed[] {
  const leaves = journal?.leaves ?? [];
  const entered = new Set(leaves.map((leaf) => ("receipt" in leaf ? leaf.receipt : leaf.conversion)));
  const changed: Changed[] = [
    ...messages.map(({ command }): Changed => ["messages", command.receipt]),
    ...conversions.map(({ conversion }): Changed => ["conversions", conversion.id]),
  ];
  return changed.filter(([, name]) => !entered.has(String(name)));
}

/** Writes the rows of what was erased over those that D1 has. Whole rows, so that one of before that is still on its way finds itself outdated. */
import { columnsOf } from "../../../schema/columns.ts";
import { conversions } from "../../../schema/tables.ts";
import { claimRows, conversionRow, entryRow } from "../../core/books/rows.ts";
import type { StoredConversion, StoredMessage } from "../../core/books/stored.ts";
import { ERASED_NOTE } from "../../core/erasure/erase-books.ts";
import { PERSONAL_CLICK_COLUMNS } from "../../core/erasure/personal-columns.ts";
import { jsonChunks } from "../../core/json-chunks.ts";
import { INSERT_CONVERSIONS, MOVED_COLUMNS, withClick, writeStatements } from "../books-writer.ts";
import { cell, WITH_ROWS } from "../json-rows.ts";
import { placeAndWrite } from "../log-writer.ts";
import { type AskBooks, tellPlaces } from "../told-places.ts";

const WRITE_CONVERSIONS = `
  ${INSERT_CONVERSIONS}
  ON CONFLICT (conversion_id) DO UPDATE SET ${MOVED_COLUMNS.slice(1)
    .filter((column) => column !== "beside")
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}, ${columnsOf(conversions)
    .filter((column) => PERSONAL_CLICK_COLUMNS.includes(column))
    .map((column) => `${column} = NULL`)
    .join(", ")}
  WHERE excluded.seq >= conversions.seq`;

const ERASE_NOTES = `
  UPDATE entries SET note = '${ERASED_NOTE}'
  WHERE note <> '${ERASED_NOTE}' AND conversion_id IN (SELECT value FROM json_each(?1))`;

const ERASE_FIRST_NOTES = `
  UPDATE conversions SET first_entry = json_replace(first_entry, '$[8]', '${ERASED_NOTE}')
  WHERE first_entry ->> 8 <> '${ERASED_NOTE}' AND conversion_id IN (SELECT value FROM json_each(?1))`;

/** What operators said of these conversions and claims. The console wrote it, and only here is it known when all else is erased. */
const ERASE_WORDS = `
  UPDATE audit SET after = json_replace(after, '$.note', '${ERASED_NOTE}', '$.refund_id', '${ERASED_NOTE}')
  WHERE (after ->> '$.note' IS NOT NULL OR after ->> '$.refund_id' IS NOT NULL) AND (
    kind = 'conversion' AND subject IN (SELECT value FROM json_each(?1))
    OR kind = 'claims' AND EXISTS (SELECT 1 FROM json_each(after, '$.claims') AS claim WHERE claim.value IN (SELECT value FROM json_each(?1))))`;

/** What operators noted on these conversions and messages, as far as it was not taken back. */
const ERASE_OPERATORS_NOTES = `
  UPDATE notes SET words = '${ERASED_NOTE}'
  WHERE kind IN ('conversion', 'postback', 'claim') AND words <> '${ERASED_NOTE}' AND subject IN (SELECT value FROM json_each(?1))`;

/** Rows of the log from before this time may be in the archive only, and are not brought back. */
const KEPT_FROM = "SELECT from_at FROM kept WHERE log = 'postbacks'";
const UPDATE = `
  ${WITH_ROWS} UPDATE postbacks SET stage = ${cell(1)}, click_id = ${cell(2)}, txid = ${cell(3)}, params = ${cell(4)}
  FROM given WHERE postbacks.receipt = ${cell(0)} AND postbacks.stage < ${cell(1)}`;

/** The books first, and the object of conversions that are another's, or that no row tells of yet: whose a row of the log is, they tell. An older install may have rows of the log in `DB`, from where they are moved. */
export async function eraseRows(
  { DB, LOG }: { DB: D1Database; LOG: D1Database },
  find: AskBooks,
  messages: readonly StoredMessage[],
  stored: readonly StoredConversion[],
): Promise<void> {
  const rows = await tellPlaces(find, messages);
  const cellsOfRows = rows.map((row) => [row.receipt, row.stage, row.click_id, row.txid, row.params]);
  const statements = [...bookStatements(DB, messages, stored), ...bulk(DB, UPDATE, cellsOfRows)];
  if (statements.length > 0) await DB.batch(statements);
  const { results } = await LOG.prepare(KEPT_FROM).all<{ from_at: number }>();
  const keptFromMs = results[0]?.from_at ?? 0;
  await placeAndWrite(
    { DB, LOG },
    rows.filter((row) => row.received_at >= keptFromMs),
  );
  const old = bulk(LOG, UPDATE, cellsOfRows);
  if (old.length > 0) await LOG.batch(old);
}

function bookStatements(
  db: D1Database,
  messages: readonly StoredMessage[],
  stored: readonly StoredConversion[],
): D1PreparedStatement[] {
  const ids = stored.map(({ conversion }) => conversion.id);
  const claimed = messages.flatMap(claimRows);
  const rows = stored.map(({ conversion, settledAtMs, beside }) => conversionRow(conversion, settledAtMs, beside));
  const entries = stored.flatMap(({ conversion }) => conversion.entries.map((entry) => entryRow(conversion, entry)));
  return [
    ...bulk(
      db,
      WRITE_CONVERSIONS,
      rows.map((row) => withClick(row, undefined)),
    ),
    ...writeStatements(db, { conversions: [], entries, claims: claimed }, new Map()),
    ...bulk(db, ERASE_NOTES, ids),
    ...bulk(db, ERASE_FIRST_NOTES, ids),
    ...bulk(db, ERASE_WORDS, [...ids, ...claimed.map(({ receipt }) => receipt)]),
    ...bulk(db, ERASE_OPERATORS_NOTES, [...ids, ...messages.map(({ command }) => command.receipt)]),
  ];
}

function bulk(db: D1Database, query: string, values: readonly unknown[]): D1PreparedStatement[] {
  return jsonChunks(values).map((chunk) => db.prepare(query).bind(chunk));
}

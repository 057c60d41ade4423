/**
 * Takes over what an advertiser's object holds from before its rows had seats. The old tables are set aside under other names and emptied row by row, so that what is still to be done is what
 * still lies there: whatever ends it in between, the next start goes on. Nobody is answered before it is done.
 */
import type { Seated } from "../core/books/seats.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { must } from "../core/must.ts";
import { closeJournal, enterConversions, enterMessages, openJournal } from "./object-journal.ts";
import { seatsOf } from "./object-seats.ts";
import { createTables, SEATED_TABLES, unsaltedConversions, unsaltedMessages, writeStored } from "./object-storage.ts";
import type { Sql } from "./sql.ts";

/** What is needed of an object's storage. */
export interface ObjectBooks {
  sql: Sql;
  transactionSync<Value>(work: () => Value): Value;
  sync(): Promise<void>;
}

/** Rows that are taken over in one turn: some ten milliseconds. */
const PIECE = 500;
/** The platform resets an object that keeps everybody waiting for thirty seconds. */
const MOST_MS = 20_000;

/** Makes the tables that are not there, and sets aside those without seats. True where rows lie aside, or lack the journal, that are to be taken over before anything else is read. */
export function openTables(sql: Sql, keepsJournal = true): boolean {
  for (const { seated } of SEATED_TABLES) if (hasNoSeats(sql, seated)) setAside(sql, seated);
  createTables(sql);
  return SEATED_TABLES.some(({ seated }) => liesAside(sql, seated)) || (keepsJournal && isToBeEntered(sql));
}

/** Takes over piece by piece, each on disk before the next. Throws where that takes too long: the next call of the object goes on. */
export async function takeOver(storage: ObjectBooks, nowMs: () => number, keepsJournal = true): Promise<void> {
  const endMs = nowMs() + MOST_MS;
  const takePiece = () => takeOverPiece(storage.sql) || (keepsJournal && enterPiece(storage.sql, nowMs()));
  while (storage.transactionSync(takePiece)) {
    await storage.sync();
    if (nowMs() > endMs) throw new Error("the books of before are still being taken over: try again");
  }
}

/** Takes over so many rows at most. False once nothing lies aside. */
export function takeOverPiece(sql: Sql, most = PIECE): boolean {
  const table = SEATED_TABLES.find(({ seated }) => liesAside(sql, seated));
  if (!table) return false;
  const { seated, columns, write } = table;
  // What is new since then has its default, and is entered when all is taken over.
  const names = [seated.name, ...columns.filter((column) => column !== "salting")];
  const query = `SELECT ${names.join(", ")} FROM ${seated.table}_before ORDER BY ${seated.name} LIMIT ${most}`;
  const rows = sql.exec(query).toArray();
  const own = rows.map((row) => String(row[seated.name]));
  const last = own.at(-1);
  if (last === undefined) {
    sql.exec(`DROP TABLE ${seated.table}_before`);
    return true;
  }
  const seats = seatsOf(sql, seated, own);
  const given = rows.map((row, index) => {
    const name = own[index] ?? "";
    return [must(seats.get(name), "the seat of", name), ...names.map((column) => row[column]), ""];
  });
  for (const chunk of jsonChunks(given)) sql.exec(write, chunk);
  sql.exec(`DELETE FROM ${seated.table}_before WHERE ${seated.name} <= ?`, last);
  return true;
}

/** Enters so many rows of before the journal in it, as one row. False once all are. */
export function enterPiece(sql: Sql, nowMs: number, most = PIECE): boolean {
  const messages = unsaltedMessages(sql, most);
  const conversions = messages.length < most ? unsaltedConversions(sql, most - messages.length) : [];
  if (messages.length + conversions.length === 0) return false;
  const journal = must(openJournal(sql), "the journal of", "an object");
  writeStored(sql, enterMessages(journal, messages), enterConversions(journal, conversions));
  closeJournal(sql, journal, nowMs);
  return true;
}

function isToBeEntered(sql: Sql): boolean {
  return unsaltedMessages(sql, 1).length + unsaltedConversions(sql, 1).length > 0;
}

function hasNoSeats(sql: Sql, { table }: Seated): boolean {
  const query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND sql NOT LIKE '% seat %'";
  return sql.exec(query, table).toArray().length > 0;
}

function liesAside(sql: Sql, { table }: Seated): boolean {
  const query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return sql.exec(query, `${table}_before`).toArray().length > 0;
}

/** Under another name, and without its indexes, whose names the new ones have. */
function setAside(sql: Sql, { table }: Seated): void {
  const indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
  for (const { name } of sql.exec(indexes, table).toArray()) sql.exec(`DROP INDEX ${String(name)}`);
  sql.exec(`ALTER TABLE ${table} RENAME TO ${table}_before`);
}

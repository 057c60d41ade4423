/** The books of one advertiser as its object stores them: messages with their outcomes, conversions with their entries, in SQLite. */
import { commandsOf } from "../core/books/attempts.ts";
import type { Command } from "../core/books/command.ts";
import { storedKeys, txidRanges } from "../core/books/conversion-keys.ts";
import { relationsOf } from "../core/books/family.ts";
import { REBOOKING_LIMIT } from "../core/books/rebooking.ts";
import {
  behindSql,
  CONVERSIONS,
  isSeated,
  MESSAGES,
  type Seated,
  seatedChunks,
  sitsSql,
  WITH_SEATED_NAMES,
} from "../core/books/seats.ts";
import type { StoredConversion, StoredMessage } from "../core/books/stored.ts";
import type { Salting } from "../core/journal/commitments.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { must } from "../core/must.ts";
import { ARCHIVED_TABLE } from "./commands/archived.ts";
import { REBUILT_TABLE } from "./commands/rebuilt-journal.ts";
import { DUE_TABLE } from "./due-rows.ts";
import { cells, WITH_ROWS } from "./json-rows.ts";
import { CAP_TABLE } from "./object-caps.ts";
import { CHANGES_TABLE } from "./object-changes.ts";
import { CLAIM_PLACE_TABLE } from "./object-claim-places.ts";
import { FIRST_TABLE } from "./object-firsts.ts";
import {
  type Common,
  type CommonUnder,
  commonNumber,
  commonNumbers,
  commonOf,
  type NumberOf,
  readConversion,
  readMessage,
  readOutcome,
  readTouched,
  type Sharing,
  type WrittenConversion,
  type WrittenMessage,
  type WrittenOutcome,
  type WrittenTouched,
  writeConversion,
  writeMessage,
  writeOutcome,
  writeTouched,
} from "./object-format.ts";
import { JOURNAL_TABLE, LOGGED_TABLE } from "./object-journal.ts";
import { PIXEL_TABLES } from "./object-pixel-days.ts";
import { seatsOf } from "./object-seats.ts";
import type { Sql } from "./sql.ts";

/** Of one key, one message more than a family may have that is booked anew: so a family that was cut is known as too large for that. */
const KEY_LIMIT = REBOOKING_LIMIT + 1;

/** Of a key with too many messages, those that decide what the key is held by come first: the earliest that made a conversion, then those that wait. */
const RANK = `row_number() OVER (PARTITION BY k.value ORDER BY
  m.outcome ->> '$.status' = 'attributed' DESC, m.outcome ->> '$.status' = 'parked' DESC, m.outcome ->> '$.conversion' IS NOT NULL DESC,
  m.command ->> '$.receivedAtMs', m.receipt)`;

/**
 * Rows are long, so they lie at numbers: in a table without rowid a row beyond a quarter of a page has another page besides.
 *
 * `names` are the other keys that a message is found by: the order's by the other name that it gives it, and those of its other attempts, where the one that
 * stands was barred, or read under another mapping.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS messages (
    seat       INTEGER PRIMARY KEY,
    receipt    TEXT NOT NULL,
    order_key  TEXT,
    click_key  TEXT,
    stage      INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    command    TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    touched    TEXT NOT NULL,
    salting    TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_order ON messages (order_key) WHERE order_key IS NOT NULL;
  CREATE INDEX IF NOT EXISTS messages_by_click ON messages (click_key) WHERE click_key IS NOT NULL;
  CREATE TABLE IF NOT EXISTS names (
    key     TEXT NOT NULL,
    receipt TEXT NOT NULL,
    PRIMARY KEY (key, receipt)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS conversions (
    seat       INTEGER PRIMARY KEY,
    id         TEXT NOT NULL,
    settled_at INTEGER NOT NULL,
    state      TEXT NOT NULL,
    salting    TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE TABLE IF NOT EXISTS common (
    number INTEGER PRIMARY KEY,
    text   TEXT NOT NULL UNIQUE
  ) STRICT;
`;

/** What is erased, by what replaced it; and what no key leads to: messages without any, what other attempts said, and what the pixel called an order besides. */
const ERASED_TABLE = `
  CREATE TABLE IF NOT EXISTS erased (
    name TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS messages_without_keys ON messages (receipt) WHERE order_key IS NULL AND click_key IS NULL;
  CREATE INDEX IF NOT EXISTS messages_with_attempts ON messages (receipt) WHERE command ->> '$.attempts' IS NOT NULL;
  CREATE INDEX IF NOT EXISTS messages_by_unheard_name ON messages (command ->> '$.content.alsoTxid')
    WHERE command ->> '$.channel' = 'pixel' AND command ->> '$.content.alsoTxid' IS NOT NULL;`;

const MESSAGE_COLUMNS = ["order_key", "click_key", "stage", "settled_at", "command", "outcome", "touched", "salting"];
const CONVERSION_COLUMNS = ["settled_at", "state", "salting"];
const WRITE_MESSAGES = writeSeated(MESSAGES, MESSAGE_COLUMNS);
const WRITE_CONVERSIONS = writeSeated(CONVERSIONS, CONVERSION_COLUMNS);

/** Writes rows of seat, name and these columns. Where a row of another name lies there, which cannot be, nothing is written over: it fails. */
function writeSeated({ table, name }: Seated, columns: readonly string[]): string {
  return `
  ${WITH_ROWS} INSERT INTO ${table} (seat, ${name}, ${columns.join(", ")})
  SELECT ${cells(columns.length + 2)} FROM given WHERE true
  ON CONFLICT (seat) DO UPDATE SET ${name} = iif(${table}.${name} = excluded.${name}, excluded.${name}, NULL),
    ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}

const WRITE_NAMES = `
  ${WITH_ROWS} INSERT INTO names (key, receipt) SELECT ${cells(2)} FROM given WHERE true ON CONFLICT DO NOTHING`;

const FORGET_NAMES = `
  ${WITH_ROWS} DELETE FROM names WHERE (key, receipt) IN (SELECT ${cells(2)} FROM given)`;

/** Makes what is not there. */
export function createTables(sql: Sql): void {
  sql.exec(
    TABLES +
      CAP_TABLE +
      FIRST_TABLE +
      CLAIM_PLACE_TABLE +
      DUE_TABLE +
      ERASED_TABLE +
      PIXEL_TABLES +
      JOURNAL_TABLE +
      LOGGED_TABLE +
      CHANGES_TABLE +
      REBUILT_TABLE +
      ARCHIVED_TABLE,
  );
  for (const { table } of [MESSAGES, CONVERSIONS]) addSalting(sql, table);
}

/** Rows from before there was a journal have none; they are found by an index that no other row is in. */
function addSalting(sql: Sql, table: Seated["table"]): void {
  const query = "SELECT 1 FROM pragma_table_info(?) WHERE name = 'salting'";
  if (sql.exec(query, table).toArray().length === 0)
    sql.exec(`ALTER TABLE ${table} ADD COLUMN salting TEXT NOT NULL DEFAULT ''`);
  const toEnter = table === "messages" ? " AND command ->> '$.channel' <> 'pixel'" : "";
  sql.exec(`CREATE INDEX IF NOT EXISTS ${table}_unsalted ON ${table} (seat) WHERE salting = ''${toEnter}`);
}

/** The tables whose rows have seats: their columns behind the name, and the statement that writes rows of seat, name and columns, as JSON. */
export const SEATED_TABLES = [
  { seated: MESSAGES, columns: MESSAGE_COLUMNS, write: WRITE_MESSAGES },
  { seated: CONVERSIONS, columns: CONVERSION_COLUMNS, write: WRITE_CONVERSIONS },
] as const;

/** The row of the message that a name leads to. */
const OF_NAME = sitsSql(MESSAGES, "m", "n.receipt");

export function findMessages(sql: Sql, receipts: readonly string[]): Map<string, StoredMessage> {
  const query = `${WITH_SEATED_NAMES} SELECT m.* FROM k CROSS JOIN messages m ON ${isSeated(MESSAGES, "m")}`;
  const rows = seatedChunks(MESSAGES, receipts).flatMap((chunk) => sql.exec(query, chunk).toArray());
  return new Map(readMessages(sql, rows).map((message) => [message.command.receipt, message]));
}

export function findConversions(sql: Sql, ids: readonly string[]): Map<string, StoredConversion> {
  const query = `${WITH_SEATED_NAMES} SELECT c.* FROM k CROSS JOIN conversions c ON ${isSeated(CONVERSIONS, "c")}`;
  const rows = seatedChunks(CONVERSIONS, ids).flatMap((chunk) => sql.exec(query, chunk).toArray());
  return new Map(readConversions(sql, rows).map((stored) => [stored.conversion.id, stored]));
}

/** What lies under the keys of these messages' relations, but for keys that were asked for before. */
export function findByKeys(sql: Sql, commands: readonly Command[], asked: Set<string>): StoredMessage[] {
  const keys = [...new Set(commands.flatMap((command) => relationsOf(command).keys))].filter((key) => !asked.has(key));
  for (const key of keys) asked.add(key);
  if (keys.length === 0) return [];
  const query = `
    SELECT * FROM (SELECT m.*, ${RANK} AS place FROM json_each(?1) k CROSS JOIN messages m ON m.order_key = k.value) WHERE place <= ${KEY_LIMIT}
    UNION ALL
    SELECT * FROM (SELECT m.*, ${RANK} AS place FROM json_each(?1) k CROSS JOIN messages m ON m.click_key = k.value) WHERE place <= ${KEY_LIMIT}
    UNION ALL
    SELECT * FROM (SELECT m.*, ${RANK} AS place FROM json_each(?1) k CROSS JOIN names n ON n.key = k.value CROSS JOIN messages m ON ${OF_NAME})
    WHERE place <= ${KEY_LIMIT}`;
  const found = jsonChunks(keys).flatMap((chunk) => sql.exec(query, chunk).toArray());
  return readMessages(sql, [...new Map(found.map((row) => [row.receipt, row])).values()]);
}

/** What names an order without a click is related to everything of that number. */
export function findByTxids(sql: Sql, commands: readonly Command[], asked: Set<string>): StoredMessage[] {
  const txids = commands.flatMap((command) => relationsOf(command).txids);
  const ranges = txids.flatMap(({ txid, test }) => txidRanges(txid, test)).filter(({ from }) => !asked.has(from));
  for (const { from } of ranges) asked.add(from);
  const query = `
    SELECT * FROM (SELECT m.*, ${RANK} AS place FROM (SELECT 1 AS value) k CROSS JOIN messages m WHERE m.order_key >= ?1 AND m.order_key < ?2)
    WHERE place <= ${KEY_LIMIT}
    UNION ALL
    SELECT * FROM (
      SELECT m.*, ${RANK} AS place FROM (SELECT 1 AS value) k CROSS JOIN names n CROSS JOIN messages m ON ${OF_NAME} WHERE n.key >= ?1 AND n.key < ?2
    ) WHERE place <= ${KEY_LIMIT}`;
  return readMessages(
    sql,
    ranges.flatMap(({ from, to }) => sql.exec(query, from, to).toArray()),
  );
}

/** So many of the messages that wait for a click of one order are told. */
const MAX_AMBIGUOUS = 20;

/** The messages, no tests, that name one of these orders without a click and are ambiguous, by either of an order's names. */
export function findAmbiguous(sql: Sql, txids: readonly string[]): StoredMessage[] {
  const query = `
    SELECT * FROM (
      SELECT * FROM messages WHERE order_key >= ?1 AND order_key < ?2
      UNION SELECT m.* FROM names n CROSS JOIN messages m ON ${OF_NAME} WHERE n.key >= ?1 AND n.key < ?2
    ) WHERE outcome ->> '$.reason' = 'ambiguous_order' ORDER BY command ->> '$.receivedAtMs', receipt LIMIT ${MAX_AMBIGUOUS}`;
  const ranges = txids.flatMap((txid) => txidRanges(txid, false));
  const rows = ranges.flatMap(({ from, to }) => sql.exec(query, from, to).toArray());
  return readMessages(sql, [...new Map(rows.map((row) => [row.receipt, row])).values()]);
}

/** Writes messages and conversions in one statement each, over what was there. */
export function writeStored(
  sql: Sql,
  messages: readonly StoredMessage[],
  conversions: readonly StoredConversion[],
): void {
  const numberOf = numberCommon(sql, [
    ...messages.flatMap(commandsOf).flatMap((command) => [command, command.coupon ?? []].flat()),
    ...conversions.map(({ conversion }) => conversion),
  ]);
  const messageSeats = seatsOf(
    sql,
    MESSAGES,
    messages.map(({ command }) => command.receipt),
  );
  const conversionSeats = seatsOf(
    sql,
    CONVERSIONS,
    conversions.map(({ conversion }) => conversion.id),
  );
  const messageRows = messages.map((message) => {
    const { command, outcome, stage, settledAtMs, touched, salting } = message;
    const { order, click } = storedKeys(command);
    return [
      must(messageSeats.get(command.receipt), "the seat of message", command.receipt),
      command.receipt,
      order,
      click,
      stage,
      settledAtMs,
      JSON.stringify(writeMessage(message, numberOf)),
      JSON.stringify(writeOutcome(outcome)),
      JSON.stringify(writeTouched(touched, command.receipt, outcome.conversion)),
      writeSalting(salting),
    ];
  });
  const conversionRows = conversions.map(({ conversion, settledAtMs, salting }) => [
    must(conversionSeats.get(conversion.id), "the seat of conversion", conversion.id),
    conversion.id,
    settledAtMs,
    JSON.stringify(writeConversion(conversion, numberOf)),
    writeSalting(salting),
  ]);
  for (const chunk of jsonChunks(messageRows)) sql.exec(WRITE_MESSAGES, chunk);
  writeNames(sql, messages);
  for (const chunk of jsonChunks(conversionRows)) sql.exec(WRITE_CONVERSIONS, chunk);
}

/** Writes the other keys that these messages, as they are stored, are found by. */
export function writeNames(sql: Sql, messages: readonly StoredMessage[]): void {
  for (const chunk of jsonChunks(messages.flatMap(otherKeys))) sql.exec(WRITE_NAMES, chunk);
}

/** Takes away the other keys that these messages, as they are stored, are found by. */
export function forgetNames(sql: Sql, messages: readonly StoredMessage[]): void {
  for (const chunk of jsonChunks(messages.flatMap(otherKeys))) sql.exec(FORGET_NAMES, chunk);
}

/** Takes these messages, as they are stored, out of the books, with what says that rows of theirs are due. */
export function forgetMessages(sql: Sql, messages: readonly StoredMessage[]): void {
  forgetNames(sql, messages);
  const receipts = messages.map(({ command }) => command.receipt);
  for (const chunk of jsonChunks(receipts))
    sql.exec("DELETE FROM due_rows WHERE receipt IN (SELECT value FROM json_each(?))", chunk);
  for (const chunk of seatedChunks(MESSAGES, receipts)) sql.exec(FORGET_MESSAGES, chunk);
}

const FORGET_MESSAGES = `
  ${WITH_SEATED_NAMES} DELETE FROM messages WHERE seat IN (SELECT m.seat FROM k CROSS JOIN messages m ON ${isSeated(MESSAGES, "m")})`;

/** Those of these receipts whose messages are here. */
export function heldReceipts(sql: Sql, receipts: readonly string[]): Set<string> {
  const query = `${WITH_SEATED_NAMES} SELECT m.receipt FROM k CROSS JOIN messages m ON ${isSeated(MESSAGES, "m")}`;
  const rows = seatedChunks(MESSAGES, [...new Set(receipts)]).flatMap((chunk) => sql.exec(query, chunk).toArray());
  return new Set(rows.map(({ receipt }) => String(receipt)));
}

/** Key and receipt for each key of a message that its row has no column for. */
function otherKeys(message: StoredMessage): [key: string, receipt: string][] {
  const { receipt } = message.command;
  const { order, click } = storedKeys(message.command);
  const keys = commandsOf(message).flatMap((command) => Object.values(storedKeys(command)));
  return [...new Set(keys)].flatMap((key) => (key === null || key === order || key === click ? [] : [[key, receipt]]));
}

/** A page of all messages as they lie, behind that of a receipt, for comparing the books with D1. */
export function pageOfMessages(sql: Sql, after: string, limit: number): StoredMessage[] {
  const query = `SELECT * FROM messages WHERE ${behindSql(MESSAGES)} ORDER BY seat LIMIT CAST(?2 AS INTEGER)`;
  return readMessages(sql, sql.exec(query, after, String(limit)).toArray());
}

/** So many of the messages that were there before the journal, but for what came by the pixel. */
export function unsaltedMessages(sql: Sql, limit: number): StoredMessage[] {
  const query = `
    SELECT * FROM messages INDEXED BY messages_unsalted WHERE salting = '' AND command ->> '$.channel' <> 'pixel'
    ORDER BY seat LIMIT CAST(? AS INTEGER)`;
  return readMessages(sql, sql.exec(query, String(limit)).toArray());
}

/** So many of the conversions that were there before the journal. */
export function unsaltedConversions(sql: Sql, limit: number): StoredConversion[] {
  const query = `
    SELECT * FROM conversions INDEXED BY conversions_unsalted WHERE salting = '' ORDER BY seat LIMIT CAST(? AS INTEGER)`;
  return readConversions(sql, sql.exec(query, String(limit)).toArray());
}

/** A page by receipt of the messages whose rows of the log are due, as they are stored now. */
export function pageOfDue(sql: Sql, after: string, limit: number): StoredMessage[] {
  const query = `SELECT m.* FROM due_rows d CROSS JOIN messages m ON ${sitsSql(MESSAGES, "m", "d.receipt")} WHERE d.receipt > ? ORDER BY d.receipt LIMIT CAST(? AS INTEGER)`;
  return readMessages(sql, sql.exec(query, after, String(limit)).toArray());
}

/** A page of all conversions as they lie, which is by time, behind that of an ID. */
export function pageOfConversions(sql: Sql, after: string, limit: number): StoredConversion[] {
  const query = `SELECT * FROM conversions WHERE ${behindSql(CONVERSIONS)} ORDER BY seat LIMIT CAST(?2 AS INTEGER)`;
  return readConversions(sql, sql.exec(query, after, String(limit)).toArray());
}

function readMessages(sql: Sql, rows: readonly Record<string, unknown>[]): StoredMessage[] {
  const parsed = rows.map((row) => {
    const command: WrittenMessage = JSON.parse(String(row.command));
    const outcome: WrittenOutcome = JSON.parse(String(row.outcome));
    const touched: WrittenTouched = JSON.parse(String(row.touched));
    return { row, command, outcome, touched };
  });
  const commonUnder = findCommon(
    sql,
    parsed.flatMap(({ command }) => commonNumbers(command)),
  );
  return parsed.map(({ row, command, outcome, touched }) => {
    const receipt = String(row.receipt);
    return {
      ...readMessage(receipt, command, commonUnder),
      outcome: readOutcome(outcome),
      touched: readTouched(touched, receipt, outcome.conversion ?? null),
      stage: Number(row.stage),
      settledAtMs: Number(row.settled_at),
      ...saltingOf<number>(row),
    };
  });
}

function readConversions(sql: Sql, rows: readonly Record<string, unknown>[]): StoredConversion[] {
  const parsed = rows.map((row) => {
    const state: WrittenConversion = JSON.parse(String(row.state));
    return { row, state };
  });
  const commonUnder = findCommon(
    sql,
    parsed.map(({ state }) => commonNumber(state)),
  );
  return parsed.map(({ row, state }) => ({
    conversion: readConversion(String(row.id), state, commonUnder),
    settledAtMs: Number(row.settled_at),
    ...saltingOf<number[]>(row),
  }));
}

function writeSalting(salting: Salting | undefined): string {
  return salting ? JSON.stringify(salting) : "";
}

function saltingOf<At>({ salting }: Record<string, unknown>): { salting?: Salting<At> } {
  return salting === "" ? {} : { salting: JSON.parse(String(salting)) };
}

/** The numbers of what is common of these; what is new gets one. */
function numberCommon(sql: Sql, shared: readonly Sharing[]): NumberOf {
  const texts = new Map(shared.map((sharing) => [sharing, commonOf(sharing)]));
  const numbers = new Map<string, number>();
  for (const chunk of jsonChunks([...new Set([...texts.values()].filter((text) => text !== null))])) {
    sql.exec("INSERT INTO common (text) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING", chunk);
    const query = "SELECT c.number, c.text FROM json_each(?) k CROSS JOIN common c ON c.text = k.value";
    for (const { number, text } of sql.exec(query, chunk).toArray()) numbers.set(String(text), Number(number));
  }
  return (sharing) => {
    const text = must(texts.get(sharing), "what is common of", sharing.click?.clickId ?? "what has no click");
    return must(numbers.get(text), "the number of what is common,", text);
  };
}

/** What is common under these numbers, read once. */
function findCommon(sql: Sql, numbers: readonly (number | null)[]): CommonUnder {
  const query = "SELECT c.number, c.text FROM json_each(?) k CROSS JOIN common c ON c.number = k.value";
  const wanted = new Set(numbers.filter((number) => number !== null));
  const rows = jsonChunks([...wanted]).flatMap((chunk) => sql.exec(query, chunk).toArray());
  const found = new Map<number, Common>(rows.map(({ number, text }) => [Number(number), JSON.parse(String(text))]));
  return (number) => must(found.get(number), "what is common under number", number);
}

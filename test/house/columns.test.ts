/**
 * A fact passes many lists on its way from the postback to the export, some written by hand, most made from another. One message that says all that can be
 * said, and its click, go the whole way here: each list is whole, and is found short without any one of its names.
 */

import type { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { columnsOf } from "../../schema/columns.ts";
import type { LoggedClick, PostbackContent, PostbackMessage, RidingFacts } from "../../schema/messages.ts";
import { conversions, entries, postbacks } from "../../schema/tables.ts";
import { receivedParameters } from "../../workers/console/postbacks/received.ts";
import { readContent } from "../../workers/console/postbacks/stored-message.ts";
import { clicksTable } from "../../workers/console/tables/clicks.ts";
import { conversionsTable } from "../../workers/console/tables/conversions.ts";
import { entriesTable } from "../../workers/console/tables/entries.ts";
import { postbacksTable } from "../../workers/console/tables/postbacks.ts";
import { book } from "../../workers/core/books/book.ts";
import { emptyIndex } from "../../workers/core/books/books-index.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import {
  conversionRow,
  type EntryRow,
  entryRow,
  type PostbackRow,
  postbackRow,
} from "../../workers/core/books/rows.ts";
import { ratesKey } from "../../workers/core/books/set-up.ts";
import { CLICK_FACTS } from "../../workers/core/click-log/click-facts.ts";
import { makeDialect } from "../../workers/core/postback/dialect.ts";
import { parseQuery } from "../../workers/core/postback/parameter.ts";
import { understand } from "../../workers/core/postback/parameter-meanings.ts";
import { readPostback } from "../../workers/core/postback/postback-reader.ts";
import { SENDERS_UNREAD, withUnread } from "../../workers/core/postback/unread.ts";
import { utcDay } from "../../workers/core/rates/rate.ts";
import { FACT_NAMES, factsOf, RIDING_FACTS } from "../../workers/core/riding-facts.ts";
import { ARCHIVED } from "../../workers/ledger/archive/logs.ts";
import { writeStatements } from "../../workers/ledger/books-writer.ts";
import { findClicks, logClicks } from "../../workers/ledger/click-log.ts";
import { writeLogRows } from "../../workers/ledger/log-writer.ts";
import { readConversion, writeConversion } from "../../workers/ledger/object-format.ts";
import { BROWSER } from "../click/edge.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { issueClicks, SET_UP, START_MS, testKeyRing } from "../ledger/world.ts";

const ring = await testKeyRing();
const [issued] = await issueClicks(ring);
if (!issued) throw new Error("there is no click");

const FACTS: Required<RidingFacts> = {
  coupon: "SPRING",
  customer: "returning",
  meta: { basket: "7" },
  originalStatus: "done",
};
/** What a row of another tracker's history says besides comes by no door; `test/ledger/imported.test.ts` follows it. */
const CONTENT: Required<Omit<PostbackContent, "history">> = {
  clickId: issued.id,
  event: "sale",
  txid: "A-1",
  alsoTxid: "P-1",
  status: "approved",
  refundId: "R-1",
  refundedTotalMicros: 10_000_000,
  amountMicros: 40_000_000,
  revenueMicros: 5_000_000,
  currency: "EUR",
  occurredAtMs: START_MS + 30_000,
  occurredAtSent: "2026-11-01T00:00:30Z",
  test: true,
  unread: { basket: "blue", return: "ä" },
  notes: { return: "malformed_parameter" },
  ...FACTS,
};
/** Under which mapping the sender's word for the status is a word of its own. */
const DIALECT = makeDialect({ statuses: { done: "approved" } });
const QUERY = [
  `click_id=${issued.id}&event=sale&txid=A-1&also_txid=P-1&status=done&refund_id=R-1&amount=40&revenue=5&currency=EUR`,
  "occurred_at=2026-11-01T00:00:30Z&test=1&coupon=SPRING&customer=returning&meta.basket=7&basket=blue&return=ä",
].join("&");

const CLICK: Required<LoggedClick> = {
  clickId: issued.id,
  offer: 1,
  affiliate: 1,
  advertiser: 1,
  provisional: true,
  embedded: true,
  bot: true,
  country: "DE",
  device: "mobile",
  os: "ios",
  userAgent: BROWSER,
  referrer: "blog.example",
  externalId: "e",
  externalKind: "gclid",
  adConsent: "1",
  subs: Array.from({ length: 10 }, (_, index) => `sub ${index + 1}`),
  visitor: "v",
};

/** A total is said alone. */
const TOTAL_QUERY = "refunded_total=10";

function said(query: string): PostbackContent {
  const parameters = parseQuery(query);
  if (typeof parameters === "string") throw new Error(parameters);
  const fields = understand(DIALECT, parameters, []);
  const reading = readPostback(fields, DIALECT, ring);
  if (!reading.ok) throw new Error(`${reading.refusal.reason} ${reading.refusal.parameter}`);
  return withUnread(reading.value.content, DIALECT, fields, SENDERS_UNREAD);
}

const message: PostbackMessage = {
  kind: "postback",
  receipt: "0".repeat(26),
  advertiser: 1,
  receivedAtMs: START_MS + 60_000,
  channel: "get",
  credentialVersion: 1,
  addressHash: "a".repeat(16),
  content: { ...said(TOTAL_QUERY), ...said(QUERY) },
};
// In review, so that it is held, too.
const links = new Map([...SET_UP.links].map(([number, link]) => [number, { ...link, inReview: true }]));
// In another currency than the offer's, so that it is converted, too.
const rates = new Map([
  [ratesKey(1, "EUR", utcDay(START_MS)), [{ currency: "USD", day: "2026-10-30", perEuro: "1.0853" }]],
]);
const change = book(emptyIndex(), makeCommand(message, issued.click, { ...SET_UP, links, rates }));
const [settled] = change.messages;
const [conversion] = change.conversions;
if (!settled || !conversion) throw new Error("the message was not booked");
const { clickId, clickedAtMs, ...place } = conversion.click;
const written = writeConversion(conversion, () => 1);
const readAgain = readConversion(conversion.id, written, () => ({ place, terms: conversion.terms }));

/** The message's row with what only other outcomes have, or a message that came twice; and the entry's with a note, and as no first one, which would lie in its conversion's. */
const logged: PostbackRow = {
  ...postbackRow(settled, 1, START_MS + 61_000),
  reason: "same_message",
  duplicate_of: "1".repeat(26),
  error: "none",
  attempts: "[]",
};
const booked: EntryRow[] = conversion.entries.map((entry) => ({ ...entryRow(conversion, entry), seq: 2, note: "n" }));

const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
const log = new MemoryDays(DB);
const clickLog = { ...NOTHING_ARCHIVED, DB, days: log.days, VISITS: "exact" };
await logClicks(clickLog, [{ kind: "clicks", clicks: [CLICK] }], START_MS);
const rows = {
  postbacks: [logged],
  // As rejected, with a reason, besides.
  conversions: [{ ...conversionRow(conversion, START_MS + 61_000, ["1".repeat(26)]), reject_reason: "fake" }],
  entries: booked,
  claims: [],
};
await DB.batch(writeStatements(DB, rows, await findClicks(clickLog, [issued.id])));
const LOG = new SqliteD1("log", "schema/migrations/log", async () => {});
await writeLogRows(LOG, [{ ...logged, link: 1, offer: 1, affiliate: 1, proven: 1, stranger: 0, times: 1 }]);

/** The columns of the table's one row that hold something. */
function filled(database: DatabaseSync, table: string): string[] {
  const [row] = database.prepare(`SELECT * FROM ${table}`).all();
  return Object.entries(row ?? {}).flatMap(([column, value]) => (value === null ? [] : [column]));
}

function migrated(database: DatabaseSync, table: string): string[] {
  return database
    .prepare("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map(({ name }) => String(name));
}

/** Columns of the table that are exported, and the others, which are named. */
function exported({ columns }: { columns: readonly { sql: string }[] }, ...others: string[]): string[] {
  return [...columns.flatMap(({ sql }) => [...sql.matchAll(/\b\w\.(\w+)/g)].map(([, name = ""]) => name)), ...others];
}

const NOTHING = { columns: [] };

/** What the postback log calls a field of a message: amounts and times without their units, both words for a time as one. */
function parameterOf(field: string): string {
  return field.replace(/(?:Micros|Ms|Sent)$/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const inLog = Object.keys(receivedParameters("attributed", logged.params, "admin") ?? {});
const factColumns = FACT_NAMES.map((name) => RIDING_FACTS[name].column);

/** What the log has of a row to filter and count it by, and nobody is told. */
const PLACED = ["link", "offer", "affiliate", "proven", "stranger", "times"];

/** Each with the names that it must have, and those that it has. */
const LISTS: Record<string, [needed: readonly string[], given: readonly string[]]> = {
  "the facts that have an entry": [Object.keys(FACTS), FACT_NAMES],
  "what the door reads": [Object.keys(CONTENT), Object.keys(message.content)],
  "what a conversion carries": [FACT_NAMES, Object.keys(conversion.facts)],
  "the form that an object keeps": [FACT_NAMES, Object.keys(written)],
  "what is read of that form": [FACT_NAMES, Object.keys(readAgain.facts)],
  "the columns of conversions for facts": [factColumns, columnsOf(conversions)],
  "the columns that TypeScript sees of conversions": [migrated(DB.db, "conversions"), columnsOf(conversions)],
  "the columns that TypeScript sees of entries": [migrated(DB.db, "entries"), columnsOf(entries)],
  "the columns that TypeScript sees of postbacks": [migrated(LOG.db, "postbacks"), columnsOf(postbacks)],
  "what is written of a conversion": [
    columnsOf(conversions).filter((column) => column !== "old_click_id"),
    filled(DB.db, "conversions"),
  ],
  "what is written of an entry": [columnsOf(entries), filled(DB.db, "entries")],
  "what is written of a postback": [columnsOf(postbacks), filled(LOG.db, "postbacks")],
  "what is written of a click": [
    CLICK_FACTS.map(({ name }) => name),
    Object.entries(log.rows()[0] ?? {}).flatMap(([name, value]) => (value === null ? [] : [name])),
  ],
  "the export of conversions": [
    columnsOf(conversions),
    exported(conversionsTable, "seq", "click_joined", "click_kind", "first_entry", "beside"),
  ],
  "the export of entries": [columnsOf(entries), exported(entriesTable, "note")],
  "the export of postbacks": [
    columnsOf(postbacks),
    exported(postbacksTable, "settled_at", "stage", "params", "error", "attempts", ...PLACED),
  ],
  "the export of clicks": [CLICK_FACTS.map(({ name }) => name), clicksTable.columns.map(({ name }) => name)],
  "the archive of entries": [columnsOf(entries), exported(ARCHIVED.entries.inSql ?? NOTHING)],
  "the archive of postbacks": [columnsOf(postbacks), exported(ARCHIVED.postbacks.inSql ?? NOTHING, ...PLACED)],
  "the archive of clicks": [CLICK_FACTS.map(({ name }) => name), ARCHIVED.clicks.columns.map(({ name }) => name)],
  "what the postback log shows": [
    Object.keys(CONTENT).map(parameterOf),
    inLog.map((name) => /^(meta|unread|notes)\./.exec(name)?.[1] ?? name),
  ],
  "what a replay keeps": [Object.keys(CONTENT), Object.keys(readContent(JSON.stringify(CONTENT)) ?? {})],
};

function missing(needed: readonly string[], given: readonly string[]): string[] {
  return needed.filter((name) => !given.includes(name));
}

describe.each(Object.entries(LISTS))("%s", (_, [needed, given]) => {
  test("is whole", () => {
    expect(needed.length).toBeGreaterThan(0);
    expect(missing(needed, given)).toEqual([]);
  });

  test.each([...new Set(needed)])("is found short without %s", (name) => {
    const short = given.filter((other) => other !== name);
    expect([...new Set(missing(needed, short))]).toEqual([name]);
  });
});

test("what was said is what was read, carried, kept, written and shown", () => {
  expect(message.content).toEqual(CONTENT);
  expect(conversion.facts).toEqual(factsOf(CONTENT));
  expect(readAgain).toEqual(conversion);
  expect(readContent(logged.params ?? "")).toEqual(CONTENT);
  expect(DB.db.prepare(`SELECT ${factColumns.join(", ")} FROM conversions`).get()).toEqual({
    coupon: "SPRING",
    customer: "returning",
    meta: '{"basket":"7"}',
    original_status: "done",
  });
});

/** One advertiser's share of a batch: decides each message against the held books and keeps, with each, what it wrote. */
import { book } from "../core/books/book.ts";
import { placesMoved } from "../core/books/cap-moves.ts";
import type { Command } from "../core/books/command.ts";
import { barCorrection, completeCorrection } from "../core/books/corrections.ts";
import { familyOf } from "../core/books/family.ts";
import { isLate, REBOOKING_LIMIT, rebook } from "../core/books/rebooking.ts";
import { conversionRow, entryRow, postbackRow, type Rows } from "../core/books/rows.ts";
import { type Change, comparePositions, emptyShelf, meet, position, type Shelf, shelve } from "../core/books/shelf.ts";
import type { EntryRange, StoredConversion, StoredMessage, Touched } from "../core/books/stored.ts";
import { findConversions, findMessages, loadFamilies, writeHeld } from "./held-books.ts";
import { crossedOffers, type HeldCaps, isFull, loadCaps, moveCap, writeCaps } from "./held-caps.ts";
import type { Sql } from "./sql.ts";

/** A share that is settled: what became of its messages, in their order, and the offers of which they reached or freed a cap. */
export interface SettledShare {
  settled: Settled[];
  crossedOffers: number[];
}

/** What settling a message gives: the rows to write, or the error that keeps this one message from being decided. */
export type Settled = { receipt: string; rows: Rows } | { receipt: string; error: string };

/** The books while a batch's share is settled: what was loaded, and what has changed. */
interface Desk {
  shelf: Shelf;
  messages: Map<string, StoredMessage>;
  conversions: Map<string, StoredConversion>;
  changedMessages: Set<string>;
  changedConversions: Set<string>;
  caps: HeldCaps;
  nowMs: number;
}

/** Settles `commands` in the order of receipt. To be called within one transaction; says in the order of `commands` what became of each. */
export function settleShare(sql: Sql, commands: readonly Command[], nowMs: number): SettledShare {
  const corrected = findConversions(
    sql,
    commands.flatMap((command) => command.correction?.conversion ?? []),
  );
  const complete = commands.map((command) =>
    completeCorrection(command, corrected.get(command.correction?.conversion ?? "")?.conversion),
  );
  const desk = openDesk(sql, complete, nowMs);
  const errors = new Map<string, string>();
  for (const command of [...complete].sort((left, right) => comparePositions(position(left), position(right)))) {
    const error = settleOne(desk, command);
    if (error !== null) errors.set(command.receipt, error);
  }
  writeHeld(sql, chosen(desk.messages, desk.changedMessages), chosen(desk.conversions, desk.changedConversions));
  writeCaps(sql, desk.caps);
  fetchTouched(sql, desk, complete);
  const settled = complete.map(({ receipt }): Settled => {
    const error = errors.get(receipt);
    return error === undefined ? { receipt, rows: rowsOf(desk, receipt) } : { receipt, error };
  });
  return { settled, crossedOffers: crossedOffers(desk.caps) };
}

function openDesk(sql: Sql, commands: readonly Command[], nowMs: number): Desk {
  const shelf = emptyShelf();
  const loaded = loadFamilies(sql, shelf, commands);
  for (const [receipt, message] of findMessages(
    sql,
    commands.map(({ receipt }) => receipt),
  ))
    loaded.messages.set(receipt, message);
  const held = [...loaded.conversions.values()].flatMap(({ conversion }) => conversion.caps);
  // Any message of a family can turn out to be the one that a conversion is counted by.
  const relatives = [...loaded.messages.values()].flatMap(({ command }) => command.caps);
  const caps = loadCaps(sql, [...held, ...relatives, ...commands.flatMap((command) => command.caps)]);
  return { shelf, ...loaded, changedMessages: new Set(), changedConversions: new Set(), caps, nowMs };
}

/** Decides one message, unless it is known: the same message has one outcome. A bug that one message runs into must not hold up the others. */
function settleOne(desk: Desk, sent: Command): string | null {
  const known = desk.messages.get(sent.receipt);
  if (known && !isAnew(known, sent)) return null;
  const asked = known ? asFirstSent(sent, known.command) : sent;
  const command = namesEmptied(desk, asked) ? barCorrection(asked) : asked;
  try {
    const change = decide(desk, command);
    if (!exceedsCap(desk, command, change)) record(desk, command, change);
    else {
      const refused: Command = { ...command, verdict: "over_cap" };
      record(desk, refused, decide(desk, refused));
    }
    return null;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** The log that a replay is made from says neither whether the sender had named the message nor which row of a batch it was. */
function asFirstSent(sent: Command, known: Command): Command {
  return { ...sent, named: sent.named || known.named, row: sent.replay ? known.row : sent.row };
}

/** True for a correction of a conversion that late messages have emptied: under its keys another one is held now, which the operator did not mean. */
function namesEmptied(desk: Desk, command: Command): boolean {
  if (!command.correction || command.bar) return false;
  return meet(familyOf(desk.shelf, command), command)?.id !== command.correction.conversion;
}

/** A known message is decided anew when it turns out to have been received earlier, or when that very one is replayed and took no key. */
function isAnew(known: StoredMessage, sent: Command): boolean {
  if (sent.receivedAtMs !== known.command.receivedAtMs) return sent.receivedAtMs < known.command.receivedAtMs;
  return sent.replay && (known.outcome.status === "rejected" || known.outcome.status === "unattributed");
}

function decide(desk: Desk, command: Command): Change {
  const family = familyOf(desk.shelf, command);
  const anew = family.messages.size <= REBOOKING_LIMIT && isLate(family, command);
  return anew ? rebook(family, command) : book(family, command);
}

/** True when `command` would make a conversion that takes a place which a cap no longer has. Held conversions keep and regain theirs. */
function exceedsCap(desk: Desk, command: Command, change: Change): boolean {
  const own = change.messages.find((message) => message.command.receipt === command.receipt);
  if (own?.outcome.status !== "attributed") return false;
  const moves = change.conversions.flatMap((conversion) => [
    ...placesMoved(desk.conversions.get(conversion.id)?.conversion, conversion).values(),
  ]);
  return [...Map.groupBy(moves, ({ place }) => place.key).values()].some(
    (sameCap) =>
      sameCap.reduce((sum, { by }) => sum + by, 0) > 0 && sameCap.some(({ place }) => isFull(desk.caps, place)),
  );
}

function record(desk: Desk, command: Command, change: Change): void {
  shelve(desk.shelf, change);
  const entries: EntryRange[] = [];
  for (const conversion of change.conversions) {
    const before = desk.conversions.get(conversion.id);
    const seq = before?.conversion.seq ?? 0;
    // A duplicate is counted, but moves nothing: the row in D1 stays as it is, its time with it.
    const moved = conversion.seq > seq;
    if (moved) entries.push({ conversion: conversion.id, first: seq + 1, last: conversion.seq });
    for (const { place, by } of placesMoved(before?.conversion, conversion).values()) moveCap(desk.caps, place, by);
    desk.conversions.set(conversion.id, {
      conversion,
      settledAtMs: moved || !before ? desk.nowMs : before.settledAtMs,
    });
    desk.changedConversions.add(conversion.id);
  }
  const receipts = change.messages.map((message) => message.command.receipt);
  for (const message of change.messages) {
    const { receipt } = message.command;
    const before = desk.messages.get(receipt);
    const touched = before?.touched ?? { receipts: [receipt], entries: [] };
    const all = receipt === command.receipt ? touchedToo(touched, { receipts, entries }) : touched;
    desk.messages.set(receipt, { ...message, stage: (before?.stage ?? 0) + 1, settledAtMs: desk.nowMs, touched: all });
    desk.changedMessages.add(receipt);
  }
}

/** A message that came again with an earlier time was settled twice, and answers for the rows of both. */
function touchedToo(before: Touched, now: Touched): Touched {
  return {
    receipts: [...new Set([...before.receipts, ...now.receipts])],
    entries: [...before.entries, ...now.entries],
  };
}

/** A redelivered message writes again what it wrote first; what that touched may not have been loaded. */
function fetchTouched(sql: Sql, desk: Desk, commands: readonly Command[]): void {
  const touched = commands.flatMap(({ receipt }) => desk.messages.get(receipt)?.touched ?? []);
  const receipts = touched.flatMap((one) => one.receipts).filter((receipt) => !desk.messages.has(receipt));
  for (const [receipt, message] of findMessages(sql, receipts)) desk.messages.set(receipt, message);
  const ids = touched
    .flatMap((one) => one.entries.map(({ conversion }) => conversion))
    .filter((id) => !desk.conversions.has(id));
  for (const [id, conversion] of findConversions(sql, ids)) desk.conversions.set(id, conversion);
}

function rowsOf(desk: Desk, receipt: string): Rows {
  const rows: Rows = { postbacks: [], conversions: [], entries: [] };
  const touched = desk.messages.get(receipt)?.touched ?? { receipts: [], entries: [] };
  for (const message of chosen(desk.messages, touched.receipts))
    rows.postbacks.push(postbackRow(message, message.stage, message.settledAtMs));
  for (const { conversion, first, last } of touched.entries) {
    const stored = desk.conversions.get(conversion);
    if (!stored) continue;
    rows.conversions.push(conversionRow(stored.conversion, stored.settledAtMs));
    for (const entry of stored.conversion.entries.slice(first - 1, last))
      rows.entries.push(entryRow(stored.conversion, entry));
  }
  return rows;
}

function chosen<Value>(from: ReadonlyMap<string, Value>, keys: Iterable<string>): Value[] {
  return [...keys].map((key) => from.get(key)).filter((value) => value !== undefined);
}

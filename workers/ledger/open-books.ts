/** An advertiser's books while a share of a batch is decided: loaded as far as its messages have to do with them, changed decision by decision, written once. */
import { patched } from "../core/books/amendment.ts";
import { commandsOf } from "../core/books/attempts.ts";
import { emptyIndex, enter, type OwnIndex } from "../core/books/books-index.ts";
import { type CapCounts, movedCounts } from "../core/books/cap-counts.ts";
import { type PlaceMove, placeMoves } from "../core/books/cap-moves.ts";
import { capsAtClaims, isClaim } from "../core/books/claims.ts";
import type { Command } from "../core/books/command.ts";
import type { Conversion } from "../core/books/conversion.ts";
import type { Position } from "../core/books/order-of-receipt.ts";
import type { Attempt, Change, DecidedMessage } from "../core/books/outcome.ts";
import type { PixelLimits } from "../core/books/pixel-limits.ts";
import { claimRows, conversionRow, entryRow, ownedRow, type Rows } from "../core/books/rows.ts";
import type { EntryRange, StoredConversion, StoredMessage, Touched } from "../core/books/stored.ts";
import { must } from "../core/must.ts";
import { loadCaps, writeCaps } from "./object-caps.ts";
import { noteChanges, unentered } from "./object-changes.ts";
import { loadPlaces, rivalsOf, writePlaces } from "./object-claim-places.ts";
import { loadFamilies } from "./object-families.ts";
import { type FirstCounts, loadFirsts, writeFirsts } from "./object-firsts.ts";
import { enterConversions, enterMessages, type OpenJournal, withoutSalting } from "./object-journal.ts";
import { loadPixelDays, type OpenPixelDays, writePixelDays } from "./object-pixel-days.ts";
import { findConversions, findMessages, writeStored } from "./object-storage.ts";
import type { Sql } from "./sql.ts";

export interface OpenBooks extends OwnIndex<StoredMessage, StoredConversion> {
  readonly caps: CapCounts;
  readonly firsts: FirstCounts;
  readonly claimPlaces: Map<string, readonly Position[]>;
  readonly pixel: OpenPixelDays;
  readonly changedMessages: Map<string, StoredMessage>;
  readonly changedConversions: Map<string, StoredConversion>;
  readonly nowMs: number;
}

/** Loads what deciding `commands` may look at, and what those that are known wrote. Null where that is more than can be loaded at once. */
export function openBooks(
  sql: Sql,
  commands: readonly Command[],
  nowMs: number,
  limits: PixelLimits,
): OpenBooks | null {
  const claims = commands.filter(isClaim);
  const claimPlaces = loadPlaces(sql, claims);
  const patches = commands.flatMap(({ amendment }) => amendment?.patches ?? []);
  const receipts = [...commands, ...patches].map(({ receipt }) => receipt);
  const known = findMessages(sql, [...receipts, ...rivalsOf(claimPlaces, claims)]);
  const amended = patches.flatMap((patch) => patched({ messages: known }, [patch]) ?? []).map((pair) => pair.amended);
  const asked = [...commands, ...amended];
  const families = loadFamilies(sql, [...asked, ...[...known.values()].flatMap(commandsOf)]);
  if (!families) return null;
  const index = emptyIndex<StoredMessage, StoredConversion>();
  enter(index, families.messages, families.conversions);
  const places = [
    ...families.conversions.flatMap(({ conversion }) => conversion.caps),
    // Any message of a family can turn out to be the one that a conversion is counted by.
    ...families.messages.flatMap(commandsOf).flatMap(({ caps }) => caps),
    ...asked.flatMap(({ caps }) => caps),
    ...capsAtClaims([...families.messages.flatMap(commandsOf), ...asked]),
  ];
  loadKnown(sql, index, known);
  const caps = loadCaps(sql, places);
  const firsts = loadFirsts(sql, [...families.messages.map(({ command }) => command), ...commands]);
  const pixel = loadPixelDays(sql, commands, nowMs, limits);
  return {
    ...index,
    caps,
    firsts,
    claimPlaces,
    pixel,
    changedMessages: new Map(),
    changedConversions: new Map(),
    nowMs,
  };
}

/** A message that comes again writes again what it wrote first. That is not entered under its keys: families were loaded whole, and nothing else decides. */
function loadKnown(
  sql: Sql,
  { messages, conversions }: OwnIndex<StoredMessage, StoredConversion>,
  known: ReadonlyMap<string, StoredMessage>,
): void {
  for (const [receipt, message] of known) if (!messages.has(receipt)) messages.set(receipt, message);
  const touched = [...known.values()].map((message) => message.touched);
  const receipts = touched.flatMap((wrote) => wrote.receipts).filter((receipt) => !messages.has(receipt));
  for (const [receipt, message] of findMessages(sql, receipts)) messages.set(receipt, message);
  const ids = [
    ...touched.flatMap(({ entries }) => entries.map(({ conversion }) => conversion)),
    ...[...messages.values()].flatMap(({ outcome }) => outcome.conversion ?? []),
  ];
  const absent = ids.filter((id) => !conversions.has(id));
  for (const [id, stored] of findConversions(sql, absent)) conversions.set(id, stored);
}

/** Enters what the decision on `command` changes. All of it is made before any of it is entered: where making it throws, the books are as they were. */
export function enterDecision(books: OpenBooks, command: Command, change: Change): void {
  const conversions = change.conversions.map((conversion) => storedConversion(books, conversion));
  const decided = [...change.messages, ...movedAlong(books, change)];
  const now: Touched = {
    receipts: decided.map((message) => message.command.receipt),
    entries: change.conversions.flatMap((conversion) => newEntries(books, conversion)),
  };
  const messages = decided.map((message) => storedMessage(books, message, command, now));
  const counts = movedCounts(books.caps, movesOf(books, change));
  enter(books, messages, conversions);
  for (const stored of conversions) books.changedConversions.set(stored.conversion.id, stored);
  for (const stored of messages) books.changedMessages.set(stored.command.receipt, stored);
  for (const [key, count] of counts) books.caps.set(key, count);
}

/** Messages whose conversion goes over to another link, each as a new word: their rows of the log say whose they are, and are to say it anew. */
function movedAlong(books: OpenBooks, { messages, conversions }: Change): DecidedMessage[] {
  const moved = new Set(conversions.flatMap(({ id, click }) => (isOnOtherLink(books, id, click.link) ? [id] : [])));
  if (moved.size === 0) return [];
  const said = new Set(messages.map(({ command }) => command.receipt));
  return [...books.messages.values()]
    .filter(
      ({ command, outcome }) =>
        outcome.conversion !== null && moved.has(outcome.conversion) && !said.has(command.receipt),
    )
    .map((message) => ({ ...message, outcome: { ...message.outcome } }));
}

function isOnOtherLink(books: OpenBooks, id: string, link: number): boolean {
  const before = books.conversions.get(id)?.conversion;
  return before !== undefined && before.click.link !== link;
}

/** How the places under caps move by this change. */
export function movesOf(books: OpenBooks, change: Change): PlaceMove[] {
  return change.conversions.flatMap((after) => placeMoves(books.conversions.get(after.id)?.conversion, after));
}

/** A duplicate is counted, but moves nothing: the row in D1 stays as it is, its time with it. */
function storedConversion(books: OpenBooks, conversion: Conversion): StoredConversion {
  const before = books.conversions.get(conversion.id);
  const stays = before !== undefined && before.conversion.seq >= conversion.seq;
  const salting = before?.salting;
  return { conversion, settledAtMs: stays ? before.settledAtMs : books.nowMs, ...(salting ? { salting } : {}) };
}

function newEntries(books: OpenBooks, { id, seq }: Conversion): EntryRange[] {
  const booked = books.conversions.get(id)?.conversion.seq ?? 0;
  return seq > booked ? [{ conversion: id, first: booked + 1, last: seq }] : [];
}

/** The message that was decided answers for all rows of the decision; where it had been decided before, for the rows of both. */
function storedMessage(books: OpenBooks, message: DecidedMessage, decided: Command, now: Touched): StoredMessage {
  const { receipt } = message.command;
  const before = books.messages.get(receipt);
  const attempts = message.attempts ?? before?.attempts;
  const kept = attempts ? { ...message, attempts } : message;
  // A repeat is noted, and no row of D1 says so; but of too many attempts one is forgotten, which the journal has to say anew.
  if (before && before.command === message.command && before.outcome === message.outcome) {
    const { salting } = before;
    const isToSay = salting !== undefined && !sameBecame(before.attempts, kept.attempts);
    return { ...before, ...kept, ...(isToSay ? { salting: { ...salting, at: 0 } } : {}) };
  }
  const own = before?.touched ?? { receipts: [receipt], entries: [] };
  const touched = receipt === decided.receipt ? touchedToo(own, now) : own;
  const salting = before?.salting ? { salting: { ...before.salting, at: 0 } } : {};
  return { ...kept, stage: (before?.stage ?? 0) + 1, settledAtMs: books.nowMs, touched, ...salting };
}

function sameBecame(before: readonly Attempt[] = [], now: readonly Attempt[] = []): boolean {
  const became = (attempts: readonly Attempt[]) => JSON.stringify(attempts.flatMap((attempt) => attempt.became ?? []));
  return became(before) === became(now);
}

function touchedToo(before: Touched, now: Touched): Touched {
  return {
    receipts: [...new Set([...before.receipts, ...now.receipts])],
    entries: [...before.entries, ...now.entries],
  };
}

/** Writes what the decisions changed, and enters it in the journal, where there is one. */
export function writeBooks(sql: Sql, books: OpenBooks, journal: OpenJournal | null): void {
  const messages = [...books.changedMessages.values()];
  const conversions = [...books.changedConversions.values()];
  if (journal) writeStored(sql, enterMessages(journal, messages), enterConversions(journal, conversions));
  else writeStored(sql, messages.map(withoutSalting), conversions.map(withoutSalting));
  noteChanges(sql, [
    ...unentered(journal, messages, conversions),
    ...writeCaps(sql, books.caps, books.nowMs),
    ...writeFirsts(sql, books.firsts),
    ...writePlaces(sql, books.claimPlaces),
    ...writePixelDays(sql, books.pixel),
  ]);
}

/** The rows of D1 that message `receipt` answers for: its own, and those that its decision changed, but for those of what the pixel said and was forgotten since. */
export function rowsOf(books: OpenBooks, receipt: string): Rows {
  const untaken = books.pixel.untaken.get(receipt);
  if (untaken) return { postbacks: [untaken], conversions: [], entries: [], claims: [] };
  const { touched } = must(books.messages.get(receipt), "message", receipt);
  const rows: Rows = { postbacks: [], conversions: [], entries: [], claims: [] };
  for (const one of touched.receipts) {
    if (books.pixel.forgottenTo !== null && !books.messages.has(one)) continue;
    const message = must(books.messages.get(one), "message", one);
    const { conversion } = message.outcome;
    const own = conversion === null ? undefined : books.conversions.get(conversion)?.conversion;
    rows.postbacks.push(ownedRow(message, own));
    rows.claims.push(...claimRows(message));
  }
  for (const { conversion: id, first, last } of touched.entries) {
    const { conversion, settledAtMs } = must(books.conversions.get(id), "conversion", id);
    rows.conversions.push(conversionRow(conversion, settledAtMs));
    for (let seq = first; seq <= last; seq++)
      rows.entries.push(entryRow(conversion, must(conversion.entries[seq - 1], `entry ${seq} of conversion`, id)));
  }
  return rows;
}

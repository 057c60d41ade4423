/**
 * Queues do not keep order, so a message can arrive after others that were received later. Then its family (all messages that share keys
 * with it, and with those, …) is booked anew in the order of receipt, and the difference is written. So the books are a function of the
 * set of attempts received, never of the order in which they were delivered; entries stay append-only.
 */
import { must } from "../must.ts";
import { commandsOf, commandsWith, compareAttempts, decidedAnew, isRepeat, noteRepeat, takesKey } from "./attempts.ts";
import { book, bookUndone, namesIn } from "./book.ts";
import {
  type BooksIndex,
  conversionIn,
  conversionsIn,
  emptyIndex,
  enter,
  enterChange,
  type OwnIndex,
} from "./books-index.ts";
import { claimOutcome, isClaim, newClaim } from "./claims.ts";
import type { Command } from "./command.ts";
import { bookEntry, type Conversion, totalsOf } from "./conversion.ts";
import { conversionId } from "./conversion-id.ts";
import { storedKeys } from "./conversion-keys.ts";
import { alsoOf, orderNames } from "./order-names.ts";
import type { Change, DecidedMessage } from "./outcome.ts";
import { conversionRow } from "./rows.ts";
import { isUndo, kindOfUndo, undoneAmong, undoneIn } from "./undoing.ts";

/** A family larger than this (three hundred messages about one order, or on one click and event) is not booked anew: there, arrival decides. */
export const REBOOKING_LIMIT = 300;

/**
 * Decides `command`, an attempt of a message that is no claim, known or not, and says what changes, but for claims. `family` holds its whole family, and the message where it is known;
 * nothing in it says yet what this attempt became.
 */
export function decideWord(family: BooksIndex, command: Command): Change {
  const known = family.messages.get(command.receipt);
  const mayRebook = isRebookable(family);
  // What an attempt says of an order's names holds, though the attempt itself changes nothing.
  const joins = mayRebook && joinsOrders(family, command);
  if (known && isRepeat(known, command) && !joins) return noteRepeat(known, command);
  if (joins || (mayRebook && (isUndo(command) || isLate(family, command)))) return rebook(family, command);
  if (command.correction && undoneIn(family).has(command.receipt))
    return bookUndone(family, command, namesIn(family, command));
  if (!known) return book(family, command);
  return takesKey(known.outcome) ? noteRepeat(known, command) : decidedAnew(known, command, book(family, command));
}

/** True when a family is not too large to be booked anew. However many claims hang on it, they do not count. */
export function isRebookable(family: BooksIndex): boolean {
  let count = 0;
  for (const { command, attempts } of family.messages.values())
    if (!isClaim(command)) count += 1 + (attempts?.length ?? 0);
  return count <= REBOOKING_LIMIT;
}

/** True when an attempt of a message of its family, or another one of its own message, was received after `command`. Claims move nothing. */
function isLate(family: BooksIndex, command: Command): boolean {
  for (const relative of family.messages.values()) {
    if (isClaim(relative.command)) continue;
    if (compareAttempts(command, relative.command) < 0) return true;
    if (relative.attempts?.some((attempt) => compareAttempts(command, attempt.command) < 0)) return true;
  }
  return false;
}

/** True when both names that `command` gives an order are known already; what only one message says joins nothing. */
function joinsOrders(family: BooksIndex, command: Command): boolean {
  const also = alsoOf(command);
  if (also === null) return false;
  const others = [...family.messages.values()].flatMap(commandsOf);
  const isKnown = (name: string | null) => others.some((other) => other.txid === name || alsoOf(other) === name);
  const isSaid = others.some(
    (other) =>
      other.txid === command.txid &&
      alsoOf(other) === also &&
      other.event === command.event &&
      other.click?.space === command.click?.space,
  );
  return !isSaid && isKnown(command.txid) && isKnown(also);
}

/** Books a whole family anew, with `command` in its place, and says what changes, but for its claims. `family` holds all its messages and conversions. */
export function rebook(family: BooksIndex, command: Command): Change {
  const relatives = [...family.messages.values()].filter((relative) => relative.command.receipt !== command.receipt);
  // Of a claim the earliest attempt counts.
  const own = command.claim ? [command] : commandsWith(family.messages.get(command.receipt), command);
  const fresh = bookWords([...relatives.flatMap(commandsOf), ...own]);
  return difference(family, fresh, command, new Set([command.receipt]));
}

/**
 * Books a whole family anew as an operator has its messages `amended`, and says what changes, but for its claims: each conversion that comes to something else has one entry
 * more, by the operator's word `cause`. `family` holds all its messages, as they are now, and conversions.
 */
export function rebookAmended(family: BooksIndex, amended: readonly Command[], cause: Command): Change {
  const instead = (own: Command) =>
    amended.find((one) => one.receipt === own.receipt && compareAttempts(one, own) === 0) ?? own;
  const commands = [...family.messages.values()].flatMap(commandsOf).map(instead);
  return difference(family, bookWords(commands), cause, new Set(amended.map(({ receipt }) => receipt)));
}

/** What turns the books of a family into fresh ones: by `cause`, and with the messages of `touched`, whatever became of them. */
function difference(family: BooksIndex, fresh: BooksIndex, cause: Command, touched: ReadonlySet<string>): Change {
  const ids = matchConversions(family, fresh, cause);
  const conversions = [...ids].map(([freshId, id]) => {
    const next = { ...conversionIn(fresh, freshId), id };
    const old = family.conversions.get(id);
    return old ? carryOver(old.conversion, next, cause) : begun(next, cause);
  });
  const kept = new Set(ids.values());
  const others = conversionsIn(family).filter(({ id }) => !kept.has(id));
  return {
    messages: changedMessages(family, fresh, ids, touched),
    conversions: [...conversions, ...others.map((old) => emptied(old, cause))],
  };
}

/** What is booked for the first time has no account yet: that of its own messages counts, but what an operator's amendment brings is one entry, of the amendment's time. */
function begun(next: Conversion, cause: Command): Conversion {
  return cause.amendment ? bookEntry({ ...next, seq: 0, entries: [] }, "adjustment", cause) : next;
}

/** Books all attempts of messages one after the other in the order of receipt, from nothing. */
export function bookAll(commands: readonly Command[]): BooksIndex {
  const index = bookWords(commands);
  const names = orderNames(commands);
  const claims = commands.filter(isClaim).map((command) => ({ command, outcome: claimOutcome(index, command, names) }));
  enter(index, claims, []);
  return index;
}

/** The same without saying what became of the claims among them, which stand by for the others to look at. */
function bookWords(commands: readonly Command[]): OwnIndex {
  const index: OwnIndex = emptyIndex();
  const names = orderNames(commands);
  const undone = undoneAmong(commands);
  enter(index, commands.filter(isClaim).map(newClaim), []);
  for (const command of commands.filter((one) => !isClaim(one)).sort(compareAttempts)) {
    const known = index.messages.get(command.receipt);
    const bookOne = undone.has(command.receipt) ? bookUndone : book;
    if (!known) enterChange(index, bookOne(index, command, names));
    else if (takesKey(known.outcome)) enterChange(index, noteRepeat(known, command));
    else enterChange(index, decidedAnew(known, command, bookOne(index, command, names)));
  }
  return index;
}

/** Which conversion of the old books each new one is: the one of its order (on its click, if there are two), else one that it shares a message with, else a new one. New ID → ID to keep. */
function matchConversions(family: BooksIndex, fresh: BooksIndex, command: Command): Map<string, string> {
  const ids = new Map<string, string>();
  const free = new Set(family.conversions.keys());
  const keep = (freshId: string, id: string | undefined): void => {
    if (id === undefined || ids.has(freshId) || !isOfOneBook(family, fresh, id, freshId) || !free.delete(id)) return;
    ids.set(freshId, id);
  };
  for (const isSame of [isSameOrderOnClick, isSameOrder]) {
    for (const next of conversionsIn(fresh))
      keep(
        next.id,
        conversionsIn(family).find(
          (old) => isSame(old, next) && free.has(old.id) && isOfOneBook(family, fresh, old.id, next.id),
        )?.id,
      );
  }
  for (const {
    command: { receipt },
    outcome,
  } of fresh.messages.values()) {
    // The late message itself may not have been there.
    const old = family.messages.get(receipt)?.outcome.conversion;
    if (outcome.conversion !== null && typeof old === "string") keep(outcome.conversion, old);
  }
  // A new one is named after the late message: an ID that was given before may lie, emptied, where nothing leads to it.
  const taken = new Set(family.conversions.keys());
  for (const next of conversionsIn(fresh))
    if (!ids.has(next.id))
      ids.set(next.id, freeId(taken, next.imported?.receivedAtMs ?? command.receivedAtMs, command.receipt));
  return ids;
}

/** What others were told of, and may be paid, never becomes what another tracker booked, nor the other way round. */
function isOfOneBook(family: BooksIndex, fresh: BooksIndex, id: string, freshId: string): boolean {
  return (conversionIn(family, id).imported === null) === (conversionIn(fresh, freshId).imported === null);
}

/** The first ID of this time and receipt that is not taken; it is, then. */
function freeId(taken: Set<string>, receivedAtMs: number, receipt: string): string {
  let ordinal = 0;
  let id = conversionId(receivedAtMs, receipt);
  while (taken.has(id)) id = conversionId(receivedAtMs, receipt, ++ordinal);
  taken.add(id);
  return id;
}

function isSameOrderOnClick(left: Conversion, right: Conversion): boolean {
  return isSameOrder(left, right) && left.click.clickId === right.click.clickId;
}

function isSameOrder(left: Conversion, right: Conversion): boolean {
  return (
    left.txid !== null &&
    left.txid === right.txid &&
    left.event === right.event &&
    left.test === right.test &&
    left.click.space === right.click.space
  );
}

/** The new state with the old account, and one entry more where the two differ in what the books show. */
function carryOver(old: Conversion, next: Conversion, command: Command): Conversion {
  const carried = { ...next, seq: old.seq, entries: old.entries };
  if (takesBack(next, command)) return bookEntry(carried, kindOfUndo(old, carried), command);
  if (shown(old) === shown(carried)) return carried;
  if (command.amendment) return bookEntry(carried, "adjustment", command);
  const own = next.entries.filter(({ receipt }) => receipt === command.receipt);
  return bookEntry(carried, own[0] && own.length === 1 ? own[0].kind : "reordering", command);
}

/** An undo leaves an entry, whatever it changed. */
function takesBack({ entries }: Conversion, command: Command): boolean {
  return isUndo(command) && entries.some(({ receipt }) => receipt === command.receipt);
}

/** Its row as it should be, whatever is booked, and what prices it. */
function shown(conversion: Conversion): string {
  return JSON.stringify([{ ...conversionRow(conversion, 0), seq: 0, ...totalsOf(conversion) }, conversion.terms]);
}

/** A conversion whose messages all turn out to belong to another: it stays, rejected and worth nothing. */
function emptied(old: Conversion, command: Command): Conversion {
  if (old.status === "rejected" && old.hold === null) return old;
  const rejected = { status: "rejected", openStatus: "rejected", hold: null, statusReceipt: command.receipt } as const;
  return bookEntry({ ...old, ...rejected }, command.amendment ? "adjustment" : "reordering", command);
}

function changedMessages(
  family: BooksIndex,
  fresh: BooksIndex,
  ids: Map<string, string>,
  touched: ReadonlySet<string>,
): DecidedMessage[] {
  const changed: DecidedMessage[] = [];
  for (const message of fresh.messages.values()) {
    if (isClaim(message.command)) continue;
    const { conversion: freshId } = message.outcome;
    const conversion = freshId === null ? null : must(ids.get(freshId), "the ID to keep of conversion", freshId);
    const next: DecidedMessage = { ...message, outcome: { ...message.outcome, conversion } };
    const { receipt } = message.command;
    const isSaid = said(family.messages.get(receipt)) === said(next);
    if (touched.has(receipt) || !isSaid) changed.push(next);
  }
  return changed;
}

/** Which attempt stands, at which click, what became of it, and of the others. */
function said(message: DecidedMessage | undefined): string {
  if (!message) return "";
  const keys = storedKeys(message.command);
  if (!message.attempts) return JSON.stringify([message.outcome, keys]);
  const moments = message.attempts.map(({ command, became }) => [momentOf(command), became]);
  return JSON.stringify([message.outcome, keys, momentOf(message.command), moments]);
}

function momentOf({ receivedAtMs, row, credentialVersion }: Command) {
  return [receivedAtMs, row, credentialVersion];
}

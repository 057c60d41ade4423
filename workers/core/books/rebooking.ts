/**
 * Queues do not keep order, so a message can arrive after others that were received later. Then its family (all messages that share keys
 * with it, and with those, …) is booked anew in the order of receipt, and the difference is written. So the books are a function of the
 * set of messages received, never of the order in which they were delivered; entries stay append-only.
 */
import { must } from "../must.ts";
import { book } from "./book.ts";
import { type BooksIndex, conversionIn, conversionsIn, emptyIndex, enterChange, type OwnIndex } from "./books-index.ts";
import type { Command } from "./command.ts";
import { bookEntry, type Conversion, totalsOf } from "./conversion.ts";
import { conversionId } from "./conversion-id.ts";
import { alsoOf, orderNames } from "./order-names.ts";
import { comparePositions } from "./order-of-receipt.ts";
import type { Change, DecidedMessage } from "./outcome.ts";
import { conversionRow } from "./rows.ts";

/** A family larger than this (three hundred messages about one order, or on one click and event) is not booked anew: there, arrival decides. */
export const REBOOKING_LIMIT = 300;

/** True when `command` changes what became of messages before it: one of its family was received later, or what were two orders are one by its word. */
export function changesOthers(family: BooksIndex, command: Command): boolean {
  return isLate(family, command) || joinsOrders(family, command);
}

/** True when a message of its family was received after `command`, or `command` itself came again with an earlier time. */
function isLate(family: BooksIndex, command: Command): boolean {
  return [...family.messages.values()].some((relative) => comparePositions(command, relative.command) < 0);
}

/** True when both names that `command` gives an order are known already; what only one message says joins nothing. */
function joinsOrders(family: BooksIndex, command: Command): boolean {
  const also = alsoOf(command);
  if (also === null) return false;
  const others = [...family.messages.values()].map((relative) => relative.command);
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

/**
 * Books a whole family anew, with `command` in its place, and says what changes. `family` holds all its messages and conversions;
 * where it holds `command`'s receipt, the new one (received earlier) takes its place.
 */
export function rebook(family: BooksIndex, command: Command): Change {
  const commands = [...family.messages.values()]
    .map((relative) => relative.command)
    .filter(({ receipt }) => receipt !== command.receipt);
  const fresh = bookAll([...commands, command]);
  const ids = matchConversions(family, fresh, command);
  const conversions = [...ids].map(([freshId, id]) => {
    const next = { ...conversionIn(fresh, freshId), id };
    // What is booked for the first time has no account yet.
    const old = family.conversions.get(id);
    return old ? carryOver(old.conversion, next, command) : next;
  });
  const kept = new Set(ids.values());
  const others = conversionsIn(family).filter(({ id }) => !kept.has(id));
  return {
    messages: changedMessages(family, fresh, ids, command),
    conversions: [...conversions, ...others.map((old) => emptied(old, command))],
  };
}

/** Books messages one after the other in the order of receipt, from nothing. */
export function bookAll(commands: readonly Command[]): BooksIndex {
  const index: OwnIndex = emptyIndex();
  const names = orderNames(commands);
  for (const command of [...commands].sort(comparePositions)) enterChange(index, book(index, command, names));
  return index;
}

/** Which conversion of the old books each new one is: the one of its order (on its click, if there are two), else one that it shares a message with, else a new one. New ID → ID to keep. */
function matchConversions(family: BooksIndex, fresh: BooksIndex, command: Command): Map<string, string> {
  const ids = new Map<string, string>();
  const free = new Set(family.conversions.keys());
  const claim = (freshId: string, id: string | undefined): void => {
    if (id === undefined || ids.has(freshId) || !free.delete(id)) return;
    ids.set(freshId, id);
  };
  for (const isSame of [isSameOrderOnClick, isSameOrder]) {
    for (const next of conversionsIn(fresh))
      claim(next.id, conversionsIn(family).find((old) => isSame(old, next) && free.has(old.id))?.id);
  }
  for (const {
    command: { receipt },
    outcome,
  } of fresh.messages.values()) {
    // The late message itself may not have been there.
    const old = family.messages.get(receipt)?.outcome.conversion;
    if (outcome.conversion !== null && typeof old === "string") claim(outcome.conversion, old);
  }
  // A new one is named after the late message: an ID that was given before may lie, emptied, where nothing leads to it.
  const taken = new Set(family.conversions.keys());
  for (const next of conversionsIn(fresh)) if (!ids.has(next.id)) ids.set(next.id, freeId(taken, command));
  return ids;
}

/** The first ID of `command` that is not taken; it is, then. */
function freeId(taken: Set<string>, command: Command): string {
  let ordinal = 0;
  let id = conversionId(command.receivedAtMs, command.receipt);
  while (taken.has(id)) id = conversionId(command.receivedAtMs, command.receipt, ++ordinal);
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
  if (shown(old) === shown(carried)) return carried;
  const own = next.entries.filter(({ receipt }) => receipt === command.receipt);
  return bookEntry(carried, own[0] && own.length === 1 ? own[0].kind : "reordering", command);
}

/** Its row as it should be, whatever is booked, and what prices it. */
function shown(conversion: Conversion): string {
  return JSON.stringify([{ ...conversionRow(conversion, 0), seq: 0, ...totalsOf(conversion) }, conversion.terms]);
}

/** A conversion whose messages all turn out to belong to another: it stays, rejected and worth nothing. */
function emptied(old: Conversion, command: Command): Conversion {
  if (old.status === "rejected") return old;
  const rejected = { status: "rejected", openStatus: "rejected", statusReceipt: command.receipt } as const;
  return bookEntry({ ...old, ...rejected }, "reordering", command);
}

function changedMessages(
  family: BooksIndex,
  fresh: BooksIndex,
  ids: Map<string, string>,
  command: Command,
): DecidedMessage[] {
  const changed: DecidedMessage[] = [];
  for (const { command: own, outcome } of fresh.messages.values()) {
    const { conversion: freshId } = outcome;
    const conversion = freshId === null ? null : must(ids.get(freshId), "the ID to keep of conversion", freshId);
    const next = { command: own, outcome: { ...outcome, conversion } };
    const before = family.messages.get(own.receipt);
    if (own.receipt === command.receipt || JSON.stringify(before?.outcome) !== JSON.stringify(next.outcome))
      changed.push(next);
  }
  return changed;
}

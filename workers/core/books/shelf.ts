/** The shelf: the part of the books that a decision looks at, in memory, found by key. */

import type { OutcomeReason } from "../reasons.ts";
import type { Command } from "./command.ts";
import type { Conversion, Position } from "./conversion.ts";
import { bareClickKey, clickKey, looseKey, orderKey, storedKeys } from "./conversion-keys.ts";
import type { AttributedClick } from "./terms.ts";

export type OutcomeStatus = "attributed" | "updated" | "duplicate" | "parked" | "unattributed" | "rejected";

/** What became of a message. */
export interface Outcome {
  status: OutcomeStatus;
  reason: OutcomeReason | null;
  /** The receipt that this one repeats. */
  duplicateOf: string | null;
  conversion: string | null;
}

export interface HeldMessage {
  command: Command;
  outcome: Outcome;
}

export interface Shelf {
  conversions: Map<string, Conversion>;
  /** By receipt. */
  messages: Map<string, HeldMessage>;
  /** Receipts by stored key, and by bare txid for messages that know no click. */
  byKey: Map<string, Set<string>>;
}

/** What a decision changes: messages with their (new) outcomes and conversions in their new state. */
export interface Change {
  messages: HeldMessage[];
  conversions: Conversion[];
}

export function emptyShelf(): Shelf {
  return { conversions: new Map(), messages: new Map(), byKey: new Map() };
}

/** Puts messages and conversions on the shelf, in place of what was there of the same receipt or ID. */
export function shelve(shelf: Shelf, change: Change): void {
  for (const conversion of change.conversions) shelf.conversions.set(conversion.id, conversion);
  for (const message of change.messages) {
    shelf.messages.set(message.command.receipt, message);
    for (const key of findableKeys(message.command)) {
      const receipts = shelf.byKey.get(key) ?? new Set();
      shelf.byKey.set(key, receipts.add(message.command.receipt));
    }
  }
}

export function position(command: Command): Position {
  return { receivedAtMs: command.receivedAtMs, row: command.row, receipt: command.receipt };
}

/** Negative when `left` was received first; ties are settled by the receipt. */
export function comparePositions(left: Position, right: Position): number {
  const received = left.receivedAtMs - right.receivedAtMs || left.row - right.row;
  return received || (left.receipt < right.receipt ? -1 : left.receipt > right.receipt ? 1 : 0);
}

/** The messages stored under any of `keys`, in the order of receipt. */
export function messagesUnder(shelf: Shelf, keys: readonly string[]): HeldMessage[] {
  const found = new Map<string, HeldMessage>();
  for (const key of keys) {
    for (const receipt of shelf.byKey.get(key) ?? []) {
      const message = shelf.messages.get(receipt);
      if (message) found.set(receipt, message);
    }
  }
  return [...found.values()].sort((left, right) => comparePositions(position(left.command), position(right.command)));
}

/** The conversion that `command` meets: by its order, else by its click, else by an order number alone. */
export function meet(shelf: Shelf, command: Command): Conversion | null {
  const { click, event, txid } = command;
  if (!click || event === null) return meetByTxid(shelf, command);
  const meant = command.correction ? meetMeant(shelf, command, event, click.clickId) : null;
  const ordered = txid === null ? null : meetByOrder(shelf, command, txid, event, click);
  return meant ?? ordered ?? meetByClick(shelf, command, event, click.clickId);
}

/** A correction means the conversion on its click that has its order, even where another one holds the order. */
function meetMeant(shelf: Shelf, { txid, test }: Command, event: string, clickId: string): Conversion | null {
  const made = messagesUnder(shelf, [clickKey(clickId, event, test), bareClickKey(clickId, event, test)])
    .filter(({ outcome }) => outcome.status === "attributed")
    .map(({ outcome }) => conversionOf(shelf, outcome));
  return made.find((conversion) => conversion?.txid === txid) ?? null;
}

/** An order is held by the first conversion that the sender named it for; what the pixel named it for holds it on its own click only. */
function meetByOrder(
  shelf: Shelf,
  { test }: Command,
  txid: string,
  event: string,
  { clickId, space }: AttributedClick,
): Conversion | null {
  const keys = [orderKey(txid, test, event, space), looseKey(txid, test, event), looseKey(txid, test, null)];
  const named = messagesUnder(shelf, keys);
  for (const message of named.filter(bindsKey)) {
    const conversion = conversionOf(shelf, message.outcome);
    if (conversion?.event === event && conversion.click.space === space) return conversion;
  }
  const own = named.find((message) => bindsWeakly(message) && message.command.click?.clickId === clickId);
  return own ? conversionOf(shelf, own.outcome) : null;
}

/**
 * The first conversion on the click: met by messages without a txid, by the first with one, and by all where the event counts once per click. One that only
 * the pixel knows does not stand before the others.
 */
function meetByClick(shelf: Shelf, command: Command, event: string, clickId: string): Conversion | null {
  const keys = [clickKey(clickId, event, command.test), bareClickKey(clickId, event, command.test)];
  const made = messagesUnder(shelf, keys)
    .filter(({ outcome }) => outcome.status === "attributed")
    .map(({ outcome }) => conversionOf(shelf, outcome))
    .filter((conversion) => conversion !== null);
  const first = made.find(({ unproven }) => !unproven) ?? made[0];
  if (!first) return null;
  return command.txid === null || first.txid === null || command.terms?.repeat === "once_per_click" ? first : null;
}

/**
 * A message that names an order but no click means the offer's first event unless it says which; of several orders, the one held first. What the sender
 * named the order for comes before what the pixel did.
 */
function meetByTxid(shelf: Shelf, command: Command): Conversion | null {
  if (command.txid === null) return null;
  const named = messagesUnder(shelf, [txidKey(command.txid, command.test)]);
  for (const binds of [bindsKey, bindsWeakly]) {
    const held = named
      .filter(binds)
      .map(({ outcome }) => conversionOf(shelf, outcome))
      .filter((conversion) => conversion !== null)
      .filter(({ event }) => command.event === null || command.event === event)
      .sort(
        (left, right) =>
          Number(left.unproven) - Number(right.unproven) ||
          Number(right.terms.first) - Number(left.terms.first) ||
          comparePositions(left.base, right.base),
      );
    if (held[0]) return held[0];
  }
  return null;
}

/** Only messages of the sender's that the conversion took give it their keys. */
export function bindsKey({ command, outcome }: HeldMessage): boolean {
  return (
    command.channel !== "pixel" &&
    (outcome.status === "attributed" || outcome.status === "updated" || outcome.status === "duplicate")
  );
}

/** The pixel gives the conversion that it makes the order that it names, as long as the sender does not name it for another. */
function bindsWeakly({ command, outcome }: HeldMessage): boolean {
  return command.channel === "pixel" && outcome.status === "attributed";
}

function conversionOf(shelf: Shelf, outcome: Outcome): Conversion | null {
  return outcome.conversion === null ? null : (shelf.conversions.get(outcome.conversion) ?? null);
}

/** Finds all messages of an order number, whatever else they name. Only on the shelf: storage finds them as a range of order keys. */
export function txidKey(txid: string, test: boolean): string {
  return JSON.stringify(["x", txid, test]);
}

function findableKeys(command: Command): string[] {
  const { order, click } = storedKeys(command);
  const keys = [order, click].filter((key) => key !== null);
  return command.txid === null || command.bar ? keys : [...keys, txidKey(command.txid, command.test)];
}

/** The parked messages that a conversion's making, or its naming by one of the orders `txids`, may release, in the order of receipt. */
export function parkedFor(shelf: Shelf, conversion: Conversion, txids: ReadonlySet<string | null>): HeldMessage[] {
  const { click, event, test } = conversion;
  const keys = [clickKey(click.clickId, event, test), bareClickKey(click.clickId, event, test)];
  for (const txid of txids) {
    if (txid !== null)
      keys.push(orderKey(txid, test, event, click.space), looseKey(txid, test, event), looseKey(txid, test, null));
  }
  return messagesUnder(shelf, keys).filter(({ outcome }) => outcome.status === "parked");
}

/** The index of the books in memory: the part that decisions look at, found by receipt, by conversion ID and by key. */
import { must } from "../must.ts";
import type { Command } from "./command.ts";
import type { Conversion } from "./conversion.ts";
import { storedKeys } from "./conversion-keys.ts";
import { alsoOf } from "./order-names.ts";
import { comparePositions } from "./order-of-receipt.ts";
import type { Change, DecidedMessage } from "./outcome.ts";

/** A conversion, and whatever else is known of it. */
interface KnownConversion {
  conversion: Conversion;
}

/** As decisions look at it, which change nothing in it. */
export interface BooksIndex {
  /** By receipt. */
  readonly messages: ReadonlyMap<string, DecidedMessage>;
  /** By ID. */
  readonly conversions: ReadonlyMap<string, KnownConversion>;
  /** Receipts by the stored keys of all their attempts, and by order number alone for messages that know no click. */
  readonly receiptsByKey: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of these, those of claims. */
  readonly claimsByKey: ReadonlyMap<string, ReadonlySet<string>>;
}

/** As it is filled. An object's holds more than decisions look at: how each message and conversion is stored. */
export interface OwnIndex<
  Message extends DecidedMessage = DecidedMessage,
  Kept extends KnownConversion = KnownConversion,
> extends BooksIndex {
  readonly messages: Map<string, Message>;
  readonly conversions: Map<string, Kept>;
  readonly receiptsByKey: Map<string, Set<string>>;
  readonly claimsByKey: Map<string, Set<string>>;
}

export function emptyIndex<Message extends DecidedMessage, Kept extends KnownConversion>(): OwnIndex<Message, Kept> {
  return { messages: new Map(), conversions: new Map(), receiptsByKey: new Map(), claimsByKey: new Map() };
}

/** Puts messages and conversions into the index, in place of what was there of the same receipt or ID. */
export function enter<Message extends DecidedMessage, Kept extends KnownConversion>(
  index: OwnIndex<Message, Kept>,
  messages: readonly Message[],
  conversions: readonly Kept[],
): void {
  for (const kept of conversions) index.conversions.set(kept.conversion.id, kept);
  for (const message of messages) {
    const { receipt } = message.command;
    const before = index.messages.get(receipt);
    if (before && before.command !== message.command)
      for (const key of keysOf(before)) {
        index.receiptsByKey.get(key)?.delete(receipt);
        index.claimsByKey.get(key)?.delete(receipt);
      }
    index.messages.set(receipt, message);
    for (const key of keysOf(message)) {
      put(index.receiptsByKey, key, receipt);
      if (message.command.claim) put(index.claimsByKey, key, receipt);
    }
  }
}

function put(byKey: Map<string, Set<string>>, key: string, receipt: string): void {
  const receipts = byKey.get(key);
  if (receipts) receipts.add(receipt);
  else byKey.set(key, new Set([receipt]));
}

/** Puts in what a decision changed, of which nothing else is known. */
export function enterChange(index: OwnIndex, { messages, conversions }: Change): void {
  enter(
    index,
    messages.map((message) => {
      const attempts = message.attempts ?? index.messages.get(message.command.receipt)?.attempts;
      return attempts ? { ...message, attempts } : message;
    }),
    conversions.map((conversion) => ({ conversion })),
  );
}

export function conversionsIn(index: BooksIndex): Conversion[] {
  return [...index.conversions.values()].map(({ conversion }) => conversion);
}

/** The conversion of this ID, which some message in the index names. */
export function conversionIn(index: BooksIndex, id: string): Conversion {
  return must(index.conversions.get(id), "conversion", id).conversion;
}

/** The messages found under any of `keys`, in the order of receipt. A key that no message names has none. */
export function messagesUnder(index: BooksIndex, keys: readonly string[]): DecidedMessage[] {
  const found = new Map<string, DecidedMessage>();
  for (const key of keys)
    for (const receipt of index.receiptsByKey.get(key) ?? []) {
      const message = must(index.messages.get(receipt), "message", receipt);
      // What another attempt named, the one that stands need not have named.
      if (!message.attempts || findableKeys(message.command).includes(key)) found.set(receipt, message);
    }
  return [...found.values()].sort((left, right) => comparePositions(left.command, right.command));
}

/** Finds all messages of an order number, whatever else they name. Only in the index: storage finds them as a range of order keys. */
export function txidKey(txid: string, test: boolean): string {
  return JSON.stringify(["x", txid, test]);
}

/** A message is found by what any of its attempts named. */
function keysOf({ command, attempts = [] }: DecidedMessage): string[] {
  const keys = findableKeys(command);
  return attempts.length === 0 ? keys : [...keys, ...attempts.flatMap((attempt) => findableKeys(attempt.command))];
}

function findableKeys(command: Command): string[] {
  const keys = Object.values(storedKeys(command)).filter((key) => key !== null);
  const names = command.bar ? [] : [command.txid, alsoOf(command)].filter((name) => name !== null);
  return [...keys, ...names.map((name) => txidKey(name, command.test))];
}

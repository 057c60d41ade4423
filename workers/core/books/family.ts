/**
 * A message's family: all messages that share a key with it, and with those, and so on; the messages whose order of receipt matters to it.
 * Orders on one click are independent of each other unless a message there names no order, or the event counts once per click.
 */
import { must } from "../must.ts";
import { commandsOf } from "./attempts.ts";
import { type BooksIndex, emptyIndex, enter, type OwnIndex, txidKey } from "./books-index.ts";
import type { Command } from "./command.ts";
import { bareClickKey, clickKey, looseKey, orderKey } from "./conversion-keys.ts";
import { alsoOf } from "./order-names.ts";
import type { DecidedMessage } from "./outcome.ts";

/** Where the relatives of one message are stored: under these keys, and, when it names an order without a click, under any key of that order's names. */
export interface Relations {
  keys: string[];
  txids: { txid: string; test: boolean }[];
}

export function relationsOf(command: Command): Relations {
  const { txid, test, event, click, terms } = command;
  if (command.bar) return { keys: [], txids: [] };
  const names = [txid, alsoOf(command)].filter((name) => name !== null);
  if (!click || event === null) return { keys: [], txids: names.map((name) => ({ txid: name, test })) };
  const keys = [bareClickKey(click.clickId, event, test)];
  for (const name of names)
    keys.push(orderKey(name, test, event, click.space), looseKey(name, test, event), looseKey(name, test, null));
  if (txid === null || terms?.repeat === "once_per_click") keys.push(clickKey(click.clickId, event, test));
  return { keys, txids: [] };
}

/** The family of `command`, and of all attempts of its message, among what is in the index, with its conversions; without the message itself where it is not there. */
export function familyOf(index: BooksIndex, command: Command): BooksIndex {
  const family: OwnIndex = emptyIndex();
  const open: Command[] = [command];
  const join = (message: DecidedMessage): void => {
    const { conversion } = message.outcome;
    enter(
      family,
      [message],
      conversion === null ? [] : [must(index.conversions.get(conversion), "conversion", conversion)],
    );
    open.push(...commandsOf(message));
  };
  const known = index.messages.get(command.receipt);
  if (known) join(known);
  for (let next = open.pop(); next; next = open.pop()) {
    const { keys, txids } = relationsOf(next);
    for (const key of [...txids.map(({ txid, test }) => txidKey(txid, test)), ...keys]) {
      for (const receipt of index.receiptsByKey.get(key) ?? []) {
        if (family.messages.has(receipt)) continue;
        join(must(index.messages.get(receipt), "message", receipt));
      }
    }
  }
  return family;
}

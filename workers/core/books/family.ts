/**
 * A message's family: all messages that share a key with it, and with those, and so on; the messages whose order of receipt matters to it.
 * Orders on one click are independent of each other unless a message there names no order, or the event counts once per click.
 */
import { must } from "../must.ts";
import { type BooksIndex, emptyIndex, enter, type OwnIndex, txidKey } from "./books-index.ts";
import type { Command } from "./command.ts";
import { bareClickKey, clickKey, looseKey, orderKey } from "./conversion-keys.ts";

/** Where the relatives of one message are stored: under these keys, and, when it names an order without a click, under any key of that order number. */
export interface Relations {
  keys: string[];
  txid: { txid: string; test: boolean } | null;
}

export function relationsOf(command: Command): Relations {
  const { txid, test, event, click, terms } = command;
  if (command.bar) return { keys: [], txid: null };
  if (!click || event === null) return { keys: [], txid: txid === null ? null : { txid, test } };
  const keys = [bareClickKey(click.clickId, event, test)];
  if (txid !== null)
    keys.push(orderKey(txid, test, event, click.space), looseKey(txid, test, event), looseKey(txid, test, null));
  if (txid === null || terms?.repeat === "once_per_click") keys.push(clickKey(click.clickId, event, test));
  return { keys, txid: null };
}

/** The family of `command` among what is in the index, with its conversions; without `command` itself where it is not there. */
export function familyOf(index: BooksIndex, command: Command): BooksIndex {
  const family: OwnIndex = emptyIndex();
  const open: Command[] = [command];
  for (let next = open.pop(); next; next = open.pop()) {
    const { keys, txid } = relationsOf(next);
    for (const key of txid ? [txidKey(txid.txid, txid.test)] : keys) {
      for (const receipt of index.receiptsByKey.get(key) ?? []) {
        if (family.messages.has(receipt)) continue;
        const message = must(index.messages.get(receipt), "message", receipt);
        const { conversion } = message.outcome;
        enter(
          family,
          [message],
          conversion === null ? [] : [must(index.conversions.get(conversion), "conversion", conversion)],
        );
        open.push(message.command);
      }
    }
  }
  return family;
}

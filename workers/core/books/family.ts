/**
 * A message's family: all messages that share a key with it, and with those, and so on; the messages whose order of receipt matters to it.
 * Claims are its leaves: they belong to it, and lead no further. Orders on one click are independent of each other unless a message there names no order, or the event counts once per click.
 */
import { must } from "../must.ts";
import { commandsOf } from "./attempts.ts";
import { type BooksIndex, emptyIndex, enter, type OwnIndex, txidKey } from "./books-index.ts";
import type { Command } from "./command.ts";
import { bareClickKey, clickKey, looseKey, oldClickKey, orderKey } from "./conversion-keys.ts";
import { isRefund } from "./moves.ts";
import { alsoOf } from "./order-names.ts";
import type { DecidedMessage } from "./outcome.ts";

/** Where the relatives of one message are stored: under these keys, and, when it names an order without a click, under any key of that order's names. */
export interface Relations {
  keys: string[];
  txids: { txid: string; test: boolean }[];
}

export function relationsOf(command: Command): Relations {
  const { txid, test, event, click, terms, loose, coupon } = command;
  const old = oldClickKey(command);
  const olds = old === null ? [] : [old];
  if (command.bar) return { keys: olds, txids: [] };
  const names = [txid, alsoOf(command)].filter((name) => name !== null);
  const byNumber = names.map((name) => ({ txid: name, test }));
  if (!click || event === null)
    return {
      keys: [...olds, ...(coupon ? [bareClickKey(coupon.click.clickId, coupon.event, test)] : [])],
      txids: byNumber,
    };
  const keys = [...olds, bareClickKey(click.clickId, event, test)];
  for (const name of loose ? [] : names)
    keys.push(orderKey(name, test, event, click.space), looseKey(name, test, event), looseKey(name, test, null));
  if (txid === null || terms?.repeat === "once_per_click") keys.push(clickKey(click.clickId, event, test));
  return { keys, txids: loose ? byNumber : [] };
}

/**
 * The claims among relatives that lead on to what is on their clicks. They are none, lest anyone could join orders, unless an order number without a click is among
 * them, which may take the click of a claim of its order, by whichever of its names.
 */
export function claimsThatLead(relatives: Iterable<Command>): Command[] {
  const all = [...relatives];
  if (!all.some(asksForClaims)) return [];
  const words = all.filter(({ claim }) => claim === null);
  const numbers = new Set(words.flatMap((command) => [command.txid, alsoOf(command)]));
  return all.filter(({ claim, txid }) => claim?.takesSingle === true && txid !== null && numbers.has(txid));
}

/** A sender's order number without a click of its own, and without a coupon, which is the sender's own word. A refund waits for its sale instead. */
export function asksForClaims(command: Command): boolean {
  const { click, coupon, loose, txid, correction, claim, bar } = command;
  const isLoose = (click === null && coupon === null) || loose !== null;
  return isLoose && txid !== null && !isRefund(command) && correction === null && claim === null && bar === null;
}

/** The families of `commands`, and of all attempts of their messages, among what is in the index, with their conversions; without the messages themselves where they are not there. */
export function familyOf(index: BooksIndex, ...commands: readonly Command[]): OwnIndex {
  const family: OwnIndex = emptyIndex();
  const led = new Set<string>(commands.map(({ receipt }) => receipt));
  const known = commands.flatMap(({ receipt }) => index.messages.get(receipt) ?? []);
  for (const message of known) enterRelative(index, family, message);
  for (let open = [...commands, ...known.flatMap(commandsOf)]; open.length > 0; ) {
    for (let next = open.pop(); next; next = open.pop()) {
      for (const message of relativesOf(index, next)) {
        enterRelative(index, family, message);
        if (message.command.claim || led.has(message.command.receipt)) continue;
        led.add(message.command.receipt);
        open.push(...commandsOf(message));
      }
    }
    const all = [...commands, ...[...family.messages.values()].flatMap(commandsOf)];
    open = claimsThatLead(all).filter(({ receipt }) => !led.has(receipt));
    for (const { receipt } of open) led.add(receipt);
  }
  return family;
}

function relativesOf(index: BooksIndex, command: Command): DecidedMessage[] {
  const { keys, txids } = relationsOf(command);
  const receipts = [...txids.map(({ txid, test }) => txidKey(txid, test)), ...keys].flatMap((key) => [
    ...(index.receiptsByKey.get(key) ?? []),
  ]);
  return receipts.map((receipt) => must(index.messages.get(receipt), "message", receipt));
}

/** A claim comes without the conversion that it was about, which may be of another family. */
function enterRelative(index: BooksIndex, family: OwnIndex, message: DecidedMessage): void {
  if (family.messages.has(message.command.receipt)) return;
  const { conversion } = message.command.claim ? { conversion: null } : message.outcome;
  const kept = conversion === null ? [] : [must(index.conversions.get(conversion), "conversion", conversion)];
  enter(family, [message], kept);
}

/** Which conversion a message meets, and which parked messages a conversion releases. */

import { must } from "../must.ts";
import { type BooksIndex, conversionIn, messagesUnder, txidKey } from "./books-index.ts";
import type { Command } from "./command.ts";
import type { Conversion } from "./conversion.ts";
import { bareClickKey, clickKey, looseKey, orderKey } from "./conversion-keys.ts";
import type { OrderNames, OrderScope } from "./order-names.ts";
import { comparePositions } from "./order-of-receipt.ts";
import type { DecidedMessage } from "./outcome.ts";
import type { AttributedClick } from "./terms.ts";

/** The conversion that `command` meets: by its order, else by its click, else by an order number alone. */
export function meet(index: BooksIndex, command: Command, names: OrderNames): Conversion | null {
  const { click, event, txid } = command;
  if (!click || event === null) return meetByTxid(index, command, names);
  const meant = command.correction ? meetMeant(index, command, event, click.clickId) : null;
  const ordered = txid === null ? null : meetByOrder(index, command, names, { txid, event, click });
  return meant ?? ordered ?? meetByClick(index, command, event, click.clickId);
}

/** A correction means the conversion on its click that has its order, even where another one holds the order. */
function meetMeant(index: BooksIndex, { txid, test }: Command, event: string, clickId: string): Conversion | null {
  const made = messagesUnder(index, [clickKey(clickId, event, test), bareClickKey(clickId, event, test)])
    .filter(({ outcome }) => outcome.status === "attributed")
    .map((message) => conversionOf(index, message));
  return made.find((conversion) => conversion.txid === txid) ?? null;
}

/** An order is held by the first conversion that the sender named it for; what the pixel named it for holds it on its own click only. */
function meetByOrder(
  index: BooksIndex,
  { test }: Command,
  names: OrderNames,
  { txid, event, click: { clickId, space } }: { txid: string; event: string; click: AttributedClick },
): Conversion | null {
  const scope = { space, event, test };
  const own = names.inScope(scope, txid);
  // One that has the name only beside its order's number, and was not taken by it, is another order's.
  const named = messagesUnder(index, keysOf(scope, own)).filter(({ command }) => own.includes(command.txid ?? ""));
  for (const message of named.filter(bindsKey)) {
    const conversion = conversionOf(index, message);
    if (conversion.event === event && conversion.click.space === space) return conversion;
  }
  const weakly = named.find((message) => bindsWeakly(message) && message.command.click?.clickId === clickId);
  return weakly ? conversionOf(index, weakly) : null;
}

/**
 * The first conversion on the click: met by messages without a txid, by the first with one, and by all where the event counts once per click. One that only
 * the pixel knows does not stand before the others.
 */
function meetByClick(index: BooksIndex, command: Command, event: string, clickId: string): Conversion | null {
  const keys = [clickKey(clickId, event, command.test), bareClickKey(clickId, event, command.test)];
  const made = messagesUnder(index, keys)
    .filter(({ outcome }) => outcome.status === "attributed")
    .map((message) => conversionOf(index, message));
  const first = made.find(({ unproven }) => !unproven) ?? made[0];
  if (!first) return null;
  return command.txid === null || first.txid === null || command.terms?.repeat === "once_per_click" ? first : null;
}

/**
 * A message that names an order but no click means the offer's first event unless it says which; of several orders, the one held first. What the sender
 * named the order for comes before what the pixel did.
 */
function meetByTxid(index: BooksIndex, command: Command, names: OrderNames): Conversion | null {
  const { txid, test } = command;
  if (txid === null) return null;
  const named = messagesUnder(
    index,
    names.anywhere(txid).map((name) => txidKey(name, test)),
  );
  for (const binds of [bindsKey, bindsWeakly]) {
    const held = named
      .filter(binds)
      .map((message) => ({ said: message.command.txid ?? "", conversion: conversionOf(index, message) }))
      .filter(({ said, conversion }) => names.inScope(scopeOf(conversion), txid).includes(said))
      .map(({ conversion }) => conversion)
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

/** Only messages of the sender's that the conversion took give it their keys; what undoes a reversal may have waited, and gives none. */
export function bindsKey({ command, outcome }: DecidedMessage): boolean {
  return (
    command.channel !== "pixel" &&
    command.content.status !== "reinstated" &&
    (outcome.status === "attributed" || outcome.status === "updated" || outcome.status === "duplicate")
  );
}

/** The pixel gives the conversion that it makes the order that it names, as long as the sender does not name it for another. */
function bindsWeakly({ command, outcome }: DecidedMessage): boolean {
  return command.channel === "pixel" && outcome.status === "attributed";
}

/** The parked messages that a conversion's making, or its naming by one of the orders `txids`, may release, in the order of receipt. */
export function parkedFor(
  index: BooksIndex,
  conversion: Conversion,
  txids: ReadonlySet<string | null>,
  names: OrderNames,
): DecidedMessage[] {
  const { click, event, test } = conversion;
  const scope = scopeOf(conversion);
  const keys = [clickKey(click.clickId, event, test), bareClickKey(click.clickId, event, test)];
  for (const txid of txids) {
    if (txid !== null) keys.push(...keysOf(scope, names.inScope(scope, txid)));
  }
  return messagesUnder(index, keys).filter(({ outcome }) => outcome.status === "parked" && outcome.conversion === null);
}

/** The reinstatements that met this conversion before their reversals, in the order of receipt. */
export function waitingFor(index: BooksIndex, { id }: Conversion): DecidedMessage[] {
  return [...index.messages.values()]
    .filter(({ outcome }) => outcome.status === "parked" && outcome.conversion === id)
    .sort((left, right) => comparePositions(left.command, right.command));
}

/** Where the order of a conversion is one. */
export function scopeOf({ click, event, test }: Conversion): OrderScope {
  return { space: click.space, event, test };
}

/** The keys of an order by each of its names. */
function keysOf({ space, event, test }: OrderScope, names: readonly string[]): string[] {
  return names.flatMap((name) => [
    orderKey(name, test, event, space),
    looseKey(name, test, event),
    looseKey(name, test, null),
  ]);
}

/** The conversion of a message that made one or was taken by one. */
function conversionOf(index: BooksIndex, { command, outcome }: DecidedMessage): Conversion {
  return conversionIn(index, must(outcome.conversion, "the conversion of message", command.receipt));
}

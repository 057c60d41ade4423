/** Which conversion a message meets, and which parked messages a conversion releases. */

import { must } from "../must.ts";
import { orderOfClick } from "../trackers/order-of-click.ts";
import { type BooksIndex, conversionIn, messagesUnder, txidKey } from "./books-index.ts";
import type { Command } from "./command.ts";
import type { Conversion } from "./conversion.ts";
import { bareClickKey, clickKey, looseKey, oldClickKey, orderKey } from "./conversion-keys.ts";
import type { OrderNames, OrderScope } from "./order-names.ts";
import { comparePositions } from "./order-of-receipt.ts";
import type { DecidedMessage } from "./outcome.ts";
import type { AttributedClick } from "./terms.ts";

/** The conversion that `command` meets: by its order, else by its click, else by an order number alone; else by another tracker's click, which that tracker booked. */
export function meet(index: BooksIndex, command: Command, names: OrderNames): Conversion | null {
  if (command.content.history) return meetByHistory(index, command, names);
  return meetOwn(index, command, names) ?? meetByOldClick(index, command);
}

/** What another tracker booked on the click of its own that `command` names, but for other orders on it. */
export function meetByOldClick(index: BooksIndex, command: Command): Conversion | null {
  const { txid, oldClickId, content } = command;
  const old = oldClickKey(command);
  if (old === null || oldClickId === null) return null;
  const booked = messagesUnder(index, [old])
    .filter(({ command: one, outcome }) => one.content.history !== undefined && outcome.status === "attributed")
    .map((message) => conversionOf(index, message))
    // One that a word leaves out is any: the offer's first is what it would be of a sale that is new.
    .filter((conversion) => content.event === undefined || conversion.event === content.event);
  return booked.find((one) => isOneOrder(oldClickId, { booked: one.txid, told: txid })) ?? null;
}

/** A tracker's table may have an order's number within its click, and its reports the number alone. What has none may be any. */
function isOneOrder(oldClickId: string | null, { booked, told }: { booked: string | null; told: string | null }) {
  if (booked === null || told === null || booked === told) return true;
  return oldClickId !== null && orderOfClick(oldClickId, booked) === told;
}

function meetOwn(index: BooksIndex, command: Command, names: OrderNames): Conversion | null {
  const { click, event, txid } = command;
  if (!click || event === null) return meetByTxid(index, command, names);
  const meant = command.correction ? meetMeant(index, command, event, click.clickId) : null;
  const ordered = txid === null ? null : meetByOrder(index, command, names, { txid, event, click });
  return meant ?? ordered ?? meetByClick(index, command, names, { event, click });
}

/** A row of another tracker's history meets its order, and on its click what was booked here: of one click that tracker may have several rows. */
function meetByHistory(index: BooksIndex, command: Command, names: OrderNames): Conversion | null {
  const { click, event, txid, test, content, terms } = command;
  if (!click || event === null) return null;
  const ordered = txid === null ? null : meetByOrder(index, command, names, { txid, event, click });
  if (ordered) return ordered;
  const old = oldClickKey(command);
  const keys = [clickKey(click.clickId, event, test), bareClickKey(click.clickId, event, test)];
  const made = messagesUnder(index, old === null ? keys : [...keys, old])
    // What a coupon attributed, by a click that nobody adopted, is no order of that click's.
    .filter(({ command: one, outcome }) => outcome.status === "attributed" && one.click !== null)
    .map((message) => conversionOf(index, message))
    .filter((one) => one.imported === null && one.event === event);
  const isOnce = terms?.repeat === "once_per_click";
  const oldClickId = content.clickId ?? null;
  return made.find((own) => isOnce || isOneOrder(oldClickId, { booked: txid, told: own.txid })) ?? null;
}

/** A correction means the conversion that its first message came to; where that says nothing, the one on its click that has its order, even where another one holds the order. */
function meetMeant(index: BooksIndex, command: Command, event: string, clickId: string): Conversion | null {
  const { txid, test, correction } = command;
  const base = correction?.base === undefined ? undefined : index.messages.get(correction.base);
  if (base && base.outcome.conversion !== null) return conversionOf(index, base);
  const made = messagesUnder(index, [clickKey(clickId, event, test), bareClickKey(clickId, event, test)])
    .filter(({ outcome }) => outcome.status === "attributed")
    .map((message) => conversionOf(index, message));
  return made.find((conversion) => conversion.txid === txid) ?? null;
}

/** An order is held by the first conversion that it was named for. */
function meetByOrder(
  index: BooksIndex,
  { test }: Command,
  names: OrderNames,
  { txid, event, click: { space } }: { txid: string; event: string; click: AttributedClick },
): Conversion | null {
  const scope = { space, event, test };
  const own = names.inScope(scope, txid);
  // One that has the name only beside its order's number, and was not taken by it, is another order's.
  const named = messagesUnder(index, keysOf(scope, own)).filter(({ command }) => own.includes(command.txid ?? ""));
  for (const message of named.filter(bindsKey)) {
    const conversion = conversionOf(index, message);
    if (conversion.event === event && conversion.click.space === space) return conversion;
  }
  return null;
}

/** The first conversion on the click: met by messages without a txid, by the first with one, and by all where the event counts once per click. */
function meetByClick(
  index: BooksIndex,
  command: Command,
  names: OrderNames,
  { event, click: { clickId, space } }: { event: string; click: AttributedClick },
): Conversion | null {
  const keys = [clickKey(clickId, event, command.test), bareClickKey(clickId, event, command.test)];
  const made = messagesUnder(index, keys).find(({ outcome }) => outcome.status === "attributed");
  if (!made) return null;
  const first = conversionOf(index, made);
  // It may have been given its order by a message that was rejected when its hold ended.
  const { txid, test } = command;
  const isOrder =
    txid === null || first.txid === null || names.inScope({ space, event, test }, txid).includes(first.txid);
  return isOrder || command.terms?.repeat === "once_per_click" ? first : null;
}

/** A message that names an order but no click means the offer's first event unless it says which; of several orders, the one held first. A coupon tells the order's space. */
function meetByTxid(index: BooksIndex, command: Command, names: OrderNames): Conversion | null {
  const [first] = orderedAs(index, command, names)
    .filter(({ event }) => command.event === null || command.event === event)
    .sort(
      (left, right) => Number(right.terms.first) - Number(left.terms.first) || comparePositions(left.base, right.base),
    );
  return first ?? null;
}

/** True for a message without a click whose order is held, but under other events than the one that it says. */
export function namesOtherEvent(index: BooksIndex, command: Command, names: OrderNames): boolean {
  return command.event !== null && orderedAs(index, command, names).length > 0;
}

/** The conversions of the order that `command` names, whatever event they are of. */
function orderedAs(index: BooksIndex, { txid, test, coupon }: Command, names: OrderNames): Conversion[] {
  if (txid === null) return [];
  const named = messagesUnder(
    index,
    names.anywhere(txid).map((name) => txidKey(name, test)),
  );
  return named
    .filter(bindsKey)
    .map((message) => ({ said: message.command.txid ?? "", conversion: conversionOf(index, message) }))
    .filter(({ said, conversion }) => names.inScope(scopeOf(conversion), txid).includes(said))
    .map(({ conversion }) => conversion)
    .filter(({ click }) => coupon === null || coupon.click.space === click.space);
}

/**
 * Only messages that the conversion took give it their keys, and those that a hold, or an operator's rejection, keeps from it; claims never do, and what undoes a
 * reversal may have waited, and gives none.
 */
export function bindsKey({ command, outcome }: DecidedMessage): boolean {
  return (
    command.claim === null &&
    outcome.conversion !== null &&
    command.content.status !== "reinstated" &&
    (outcome.status === "attributed" ||
      outcome.status === "updated" ||
      outcome.status === "duplicate" ||
      standsBeforeHold({ command, outcome }))
  );
}

/** True for a message that met a conversion of which its sender has no say now. */
function standsBeforeHold({ outcome }: DecidedMessage): boolean {
  return outcome.reason === "held" || outcome.reason === "operator_rejected";
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
  return messagesUnder(index, keys).filter(
    ({ command, outcome }) => outcome.status === "parked" && outcome.conversion === null && command.claim === null,
  );
}

/** What met this conversion and waits, in the order of receipt: reinstatements for their reversals, or what is said behind its hold. */
export function waitingFor(
  index: BooksIndex,
  { id }: Conversion,
  reason: "awaits_reversal" | "held",
): DecidedMessage[] {
  return [...index.messages.values()]
    .filter(({ outcome }) => outcome.status === "parked" && outcome.reason === reason && outcome.conversion === id)
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

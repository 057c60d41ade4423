/** The books: one message after the other, in the order of receipt. */

import type { OutcomeReason } from "../reasons.ts";
import { commandsOf, commandsWith } from "./attempts.ts";
import { exchangeOf, saysTooMuch, WRONG_CURRENCY } from "./booked-sale.ts";
import { type BooksIndex, conversionIn } from "./books-index.ts";
import { askClaims, asSent, ruledOn, withClaimsWords } from "./claims.ts";
import type { Bar, Command } from "./command.ts";
import { bookEntry, type Conversion, openConversion } from "./conversion.ts";
import { conversionId } from "./conversion-id.ts";
import { isHeld } from "./hold.ts";
import { bindsKey, meet, meetByOldClick, namesOtherEvent, parkedFor, scopeOf, waitingFor } from "./meeting.ts";
import { isRefund, mayReverse } from "./moves.ts";
import { decideWaiting, say } from "./operators-word.ts";
import { alsoOf, type OrderNames, orderNames } from "./order-names.ts";
import { comparePositions } from "./order-of-receipt.ts";
import type { Change, DecidedMessage, Outcome, OutcomeStatus } from "./outcome.ts";
import { refundToReinstate } from "./refunds.ts";
import { isUndo, sayUndo, sayUndone } from "./undoing.ts";

/**
 * Decides one message, which is no claim, that is the latest of those it has to do with, and says what changes; the index stays as it is.
 * The message's verdict (window, cap …) counts only where no key of it is held. `names` are those of its orders, as all messages say them.
 */
export function book(index: BooksIndex, command: Command, names = namesIn(index, command)): Change {
  const change = bookNamed(index, command, names);
  const { conversions } = change;
  const conversionOf = (id: string) => conversions.find((one) => one.id === id) ?? conversionIn(index, id);
  return { conversions, messages: change.messages.map((message) => withNote(message, names, conversionOf)) };
}

/** The names of orders, as all attempts of the messages in the index and `command` say them. */
export function namesIn(index: BooksIndex, command: Command): OrderNames {
  const others = [...index.messages.values()].filter((message) => message.command.receipt !== command.receipt);
  return orderNames([...others.flatMap(commandsOf), ...commandsWith(index.messages.get(command.receipt), command)]);
}

/** What says no more than that all is well says that another name was not taken. */
function withNote(
  message: DecidedMessage,
  names: OrderNames,
  conversionOf: (id: string) => Conversion,
): DecidedMessage {
  const { command, outcome } = message;
  const isFree = outcome.reason === null || outcome.reason === "same_message" || outcome.reason === "same_refund";
  if (!isFree || outcome.conversion === null || alsoOf(command) === null) return message;
  return names.isDropped(scopeOf(conversionOf(outcome.conversion)), command)
    ? { command, outcome: { ...outcome, reason: "name_not_taken" } }
    : message;
}

function bookNamed(index: BooksIndex, given: Command, names: OrderNames): Change {
  const sent = asSent(given);
  if (sent.bar) return barred(index, sent, sent.bar);
  const metAlready = meet(index, sent, names);
  if (sent.ruling?.dismiss) return dismiss(index, sent, metAlready !== null);
  const command = metAlready ? sent : askClaims(index, sent, names);
  if (command === "ambiguous") return withoutConversion(sent, "parked", "ambiguous_order");
  const met = command === sent ? metAlready : meet(index, command, names);
  if (!met) return open(index, command, names);
  const undoes = isUndo(command) && met.imported === null;
  const { conversion, outcome } = undoes ? sayUndo(index, met, command) : say(met, wordsToHeld(command));
  const message = { command, outcome };
  const change: Change = { messages: [message], conversions: conversion === met ? [] : [conversion] };
  if (!bindsKey(message)) return change;
  const done = isHeld(met) && !isHeld(conversion) ? endHold(index, conversion, command, change) : change;
  return release(
    { index, names },
    done.conversions[0] ?? conversion,
    done,
    command.txid === null ? [] : [command.txid],
  );
}

/** What becomes of an operator's word that is taken back: it changes nothing. */
export function bookUndone(index: BooksIndex, command: Command, names: OrderNames): Change {
  const met = command.bar === null ? meet(index, command, names) : null;
  // What another tracker booked was moved by no word, and so nothing of it is taken back.
  if (!met || met.imported) return bookNamed(index, command, names);
  return { messages: [{ command, outcome: sayUndone(met).outcome }], conversions: [] };
}

/** Who is barred comes to nothing; a click that only another tracker knows tells what that booked. */
function barred(index: BooksIndex, command: Command, { status, reason }: Bar): Change {
  const old = reason === "no_click" ? meetByOldClick(index, command) : null;
  return old
    ? { messages: [{ command, outcome: say(old, command).outcome }], conversions: [] }
    : withoutConversion(command, status, reason);
}

/** To what is held an operator's confirmation says the order only. */
function wordsToHeld(command: Command): Command {
  return command.ruling ? { ...command, content: {} } : command;
}

/** The claim itself tells that it is dismissed; there must be one, and none that is settled. */
function dismiss(index: BooksIndex, command: Command, isSettled: boolean): Change {
  if (isSettled || !ruledOn(index, command)) return withoutConversion(command, "rejected", "no_open_claim");
  return withoutConversion(command, "updated", null);
}

/** A message that meets no conversion makes one, waits for one, or is neither. */
function open(index: BooksIndex, command: Command, names: OrderNames): Change {
  if (command.correction) return withoutConversion(command, "rejected", "unknown_order");
  const words = command.ruling ? withClaimsWords(index, command) : command;
  if (!words) return withoutConversion(command, "rejected", "no_open_claim");
  const { content } = words;
  const { click, event, terms } = openedBy(words);
  if (isRefund(command) && (command.click || command.txid !== null))
    return withoutConversion(command, "parked", "awaits_sale");
  if (click && command.coupon && command.verdict && !terms)
    return withoutConversion(command, "rejected", command.verdict);
  if (!click || event === null || !terms)
    return withoutConversion(command, "unattributed", unattributedBecause(index, command, names));
  const exchange = exchangeOf(words, click.currency, terms);
  if (exchange === WRONG_CURRENCY || saysTooMuch(content, exchange))
    return withoutConversion(command, "rejected", "wrong_currency");
  if (words.verdict) return withoutConversion(command, "rejected", words.verdict);
  const id = conversionId(content.history?.receivedAtMs ?? command.receivedAtMs, command.receipt);
  const conversion = bookEntry(openConversion(words, { click, event, terms, exchange }, id), "accrual", words);
  const outcome: Outcome = { status: "attributed", reason: null, duplicateOf: null, conversion: id };
  const change: Change = { messages: [{ command, outcome }], conversions: [conversion] };
  return release({ index, names }, conversion, change, [command.txid]);
}

function unattributedBecause(index: BooksIndex, command: Command, names: OrderNames): OutcomeReason {
  if (command.txid === null) return "no_click";
  return namesOtherEvent(index, command, names) ? "other_event" : "unknown_order";
}

/** Decides what waited behind the hold that the operator's word `command` has just ended. */
function endHold(index: BooksIndex, conversion: Conversion, command: Command, change: Change): Change {
  const decided = decideWaiting(conversion, waitingFor(index, conversion, "held"), command);
  return { messages: [...change.messages, ...decided.messages], conversions: [decided.conversion] };
}

/** What a conversion of this message belongs to. Without an order number, or a name that the sender gives its message, a coupon would book every repeat. */
function openedBy(command: Command): Pick<Command, "click" | "event" | "terms"> {
  const isOne = command.click !== null || command.txid !== null || (command.named && !isRefund(command));
  return (isOne && command.coupon) || command;
}

/** What decisions look at: the books, and what their orders are called. */
interface Known {
  index: BooksIndex;
  names: OrderNames;
}

/**
 * Applies the messages that were parked for this conversion, which has just been made or has just been named by the orders `named` (a null for what names none;
 * nothing where it is known to all by them), and the reinstatements of which the reversals have come.
 */
function release(known: Known, conversion: Conversion, change: Change, named: readonly (string | null)[]): Change {
  let current = conversion;
  const txids = new Set(named);
  const released = new Map<string, DecidedMessage>();
  // A released message may bring the order's number under which others wait, or the reversal for which one does, so look again until none fits.
  for (let looking = true; looking; ) {
    const next =
      nextReinstatement(known.index, current, lastOfEach([...change.messages, ...released.values()])) ??
      nextParked(known, current, txids, released);
    looking = next !== undefined;
    if (next) {
      const { conversion: moved, outcome } = say(current, next.command);
      const message = { command: next.command, outcome };
      current = moved;
      released.set(next.command.receipt, message);
      if (bindsKey(message) && txids.size > 0) txids.add(next.command.txid);
    }
  }
  return {
    messages: lastOfEach([...change.messages, ...released.values()]),
    conversions: current === conversion ? change.conversions : [current],
  };
}

/** Of messages that were decided twice, the last: what waited behind a hold may go on waiting for its reversal, and that comes behind the hold too. */
function lastOfEach(decided: readonly DecidedMessage[]): DecidedMessage[] {
  return [...new Map(decided.map((message) => [message.command.receipt, message])).values()];
}

function nextParked(
  known: Known,
  conversion: Conversion,
  txids: ReadonlySet<string | null>,
  released: ReadonlyMap<string, DecidedMessage>,
): DecidedMessage | undefined {
  if (txids.size === 0) return undefined;
  return parkedFor(known.index, conversion, new Set([...txids, conversion.txid]), known.names).find(
    ({ command }) => !released.has(command.receipt) && waitsFor(conversion, txids, command, known.names),
  );
}

/** The first reinstatement that waits for a reversal which has come, among those in the index and the messages just `decided`. */
function nextReinstatement(
  index: BooksIndex,
  conversion: Conversion,
  decided: readonly DecidedMessage[],
): DecidedMessage | undefined {
  if (!decided.some(({ command }) => mayReverse(command))) return undefined;
  const known = new Set(decided.map(({ command }) => command.receipt));
  const earlier = waitingFor(index, conversion, "awaits_reversal").filter(({ command }) => !known.has(command.receipt));
  const later = decided.filter(({ outcome }) => outcome.reason === "awaits_reversal");
  return [...earlier, ...later]
    .sort((left, right) => comparePositions(left.command, right.command))
    .find(({ command }) => refundToReinstate(conversion, command.content.refundId) !== undefined);
}

/** True when a parked message would have met this conversion, which has just been named by `txids`. */
function waitsFor(
  conversion: Conversion,
  txids: ReadonlySet<string | null>,
  command: Command,
  names: OrderNames,
): boolean {
  if (command.coupon && command.coupon.click.space !== conversion.click.space) return false;
  const own = command.txid === null ? [null] : names.inScope(scopeOf(conversion), command.txid);
  if (own.some((name) => txids.has(name))) return true;
  const ownOrder = conversion.txid === null || own.some((name) => name === conversion.txid);
  if (!command.click) return ownOrder;
  const anyOrder = command.txid === null || command.terms?.repeat === "once_per_click";
  return command.click.clickId === conversion.click.clickId && (ownOrder || anyOrder);
}

function withoutConversion(command: Command, status: OutcomeStatus, reason: OutcomeReason | null): Change {
  return { messages: [{ command, outcome: { status, reason, duplicateOf: null, conversion: null } }], conversions: [] };
}

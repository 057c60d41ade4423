/**
 * The operator's word is above the sender's. What the sender says of a held conversion is parked, with its keys, until an operator ends the hold:
 *
 *     hold      the sender's words wait from here on        release   they count, in the order of receipt
 *     approve   approved: of what waits only refunds count  reject    worth nothing, and every later word of the sender's is rejected
 *     undo      what the conversion would be had the word not been said: see `undoing.ts`
 *
 * Each is a message with its place in the order of receipt, so that booking anew comes to the same.
 */

import { bookedSale } from "./booked-sale.ts";
import type { Command } from "./command.ts";
import { bookEntry, type Conversion } from "./conversion.ts";
import { type HoldReason, isHeld, isLarge } from "./hold.ts";
import { applyMove, duplicate, isRefund, type Move, parked, rejected, updated } from "./moves.ts";
import type { DecidedMessage } from "./outcome.ts";

/** So many of the sender's messages wait behind one hold: beyond it lies a loop, and all that wait are decided at once. */
export const MAX_WAITING = 200;

/** Applies `command` to the conversion that it met: an operator's word at once, the sender's where no hold stands before it. What another tracker booked is moved by neither, and moves nothing. */
export function say(conversion: Conversion, command: Command): Move {
  if (command.content.history) return duplicate(conversion, conversion.base.receipt);
  if (conversion.imported) return rejected(conversion, "imported");
  if (command.correction) return decree(conversion, command);
  // What is left of an operator's confirmation names the order.
  if (command.ruling) return applyMove(conversion, command);
  const { hold } = conversion;
  const move = applyMove(conversion, command);
  // Neither is for an operator to decide: nothing of it would ever count.
  if (command.channel === "pixel" || move.outcome.reason === "wrong_currency") return move;
  if (hold === null) return becomesLarge(conversion, move, command) ? doubt(conversion, command, "large_amount") : move;
  const named = nameOrder(conversion, command);
  if (hold.state === "rejected_by_operator") return rejected(named, "operator_rejected");
  return hold.waiting < MAX_WAITING ? park(named) : rejected(conversion, "too_many_messages");
}

/** What was said behind a hold of `conversion`, decided behind the operator's word that ended it, in the order of receipt. */
export function decideWaiting(
  conversion: Conversion,
  waiting: readonly DecidedMessage[],
  word: Command,
): { conversion: Conversion; messages: DecidedMessage[] } {
  let current = conversion;
  const messages = waiting.map((message) => {
    const { conversion: moved, outcome } = sayBehind(current, message.command, word);
    current = moved;
    return { ...message, outcome };
  });
  return { conversion: current, messages };
}

function sayBehind(conversion: Conversion, command: Command, word: Command): Move {
  if (conversion.hold?.state === "rejected_by_operator") return rejected(conversion, "operator_rejected");
  // Money that was given back is a fact, whoever approves the sale.
  const counts = word.correction?.act === "release" || isRefund(command);
  return counts ? applyMove(conversion, command) : duplicate(conversion, word.receipt, "operator_decided");
}

function decree(conversion: Conversion, command: Command): Move {
  if (command.correction?.act === "hold") return hold(conversion, command);
  if (command.correction?.act === "release") return release(conversion, command);
  if (command.content.status === "approved") return approve(conversion, command);
  if (command.content.status === "rejected") return reject(conversion, command);
  // The amounts that wait would stand against it when they are released.
  const restates = !isRefund(command);
  return restates && isHeld(conversion) ? rejected(conversion, "held") : applyMove(conversion, command);
}

function hold(conversion: Conversion, command: Command): Move {
  if (conversion.hold && isHeld(conversion)) return duplicate(conversion, conversion.hold.receipt);
  return updated(withHold(conversion, command, "by_hand"), command, "hold", null);
}

function release(conversion: Conversion, command: Command): Move {
  if (conversion.hold === null) return duplicate(conversion, conversion.statusReceipt);
  return updated({ ...conversion, hold: null }, command, "release", null);
}

/** What is reversed stays so: an approval does not take back what was given back. */
function approve(conversion: Conversion, command: Command): Move {
  const free = conversion.hold === null ? conversion : { ...conversion, hold: null };
  const move = applyMove(free, command);
  if (move.outcome.status === "rejected") return { ...move, conversion };
  if (move.outcome.status !== "duplicate" || free === conversion) return move;
  return updated({ ...free, statusReceipt: command.receipt }, command, "approval", null);
}

/** An operator rejects what is approved, too; the sender takes such a sale back by a reversal. */
function reject(conversion: Conversion, command: Command): Move {
  if (conversion.status === "reversed") return rejected(conversion, "status_not_allowed");
  const before = conversion.hold;
  if (before?.state === "rejected_by_operator") return duplicate(conversion, before.receipt);
  const chosen = command.correction?.reason;
  const because = { reason: "by_hand", ...(chosen === undefined ? {} : { chosen }) } as const;
  const state = { state: "rejected_by_operator", ...because, receipt: command.receipt, waiting: 0 } as const;
  const move = applyMove({ ...conversion, status: "pending", openStatus: "pending", hold: state }, command);
  return move.outcome.status === "rejected" ? { ...move, conversion } : move;
}

/** True where the sender says that more was sold than it said before, and more than is taken without an operator's look. */
function becomesLarge(before: Conversion, { conversion: after, outcome }: Move, command: Command): boolean {
  if (outcome.status !== "updated") return false;
  const { maxAmountMicros } = command.terms ?? before.terms;
  const risen = (was: number, is: number): number => (is > was ? is : 0);
  const [was, is] = [bookedSale(before), bookedSale(after)];
  const sale = {
    amountMicros: risen(was.amountMicros, is.amountMicros),
    postedRevenueMicros: risen(was.postedRevenueMicros, is.postedRevenueMicros),
  };
  return isLarge(sale, maxAmountMicros);
}

/** Holds the conversion for what `command` says, which waits as the first behind the hold. */
function doubt(conversion: Conversion, command: Command, reason: HoldReason): Move {
  const held = withHold(withFirstOrder(conversion, command), command, reason);
  return park(bookEntry(held, "hold", command));
}

function withHold(conversion: Conversion, { receipt }: Command, reason: HoldReason): Conversion {
  return { ...conversion, hold: { state: "held", reason, receipt, waiting: 0 } };
}

function park(conversion: Conversion): Move {
  const { hold } = conversion;
  return parked(hold ? { ...conversion, hold: { ...hold, waiting: hold.waiting + 1 } } : conversion, "held");
}

/** Whatever becomes of what it says, a message names the order: else the next one on the click would be taken for another sale, or for the same. */
function nameOrder(conversion: Conversion, command: Command): Conversion {
  const named = withFirstOrder(conversion, command);
  return named === conversion ? conversion : bookEntry(named, "upgrade", command);
}

/** What undoes a reversal names none, since it may have waited. */
function withFirstOrder(conversion: Conversion, { txid, content }: Command): Conversion {
  const names = conversion.txid === null && txid !== null && content.status !== "reinstated";
  return names ? { ...conversion, txid } : conversion;
}

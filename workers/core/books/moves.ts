/**
 * What a message does to the conversion that it meets. The moves of the status machine:
 *
 *     pending → approved, rejected      rejected → approved      approved → reversed, in part or whole
 *
 * A status or an amount that the message leaves out changes nothing. Every other move is rejected and changes nothing at all.
 */
import type { SentStatus } from "../../../schema/messages.ts";
import type { OutcomeReason } from "../reasons.ts";
import { factsAfterStatus } from "../riding-facts.ts";
import type { Command } from "./command.ts";
import { bookEntry, type Conversion, type EntryKind, remainingMicros } from "./conversion.ts";
import type { Outcome } from "./outcome.ts";

/** One conversion is moved by no more messages than this, unless they change its status: beyond it lies a sender's loop, not a sale. */
export const MAX_MESSAGES = 1_000;

const ALLOWED: Record<SentStatus, readonly SentStatus[]> = {
  pending: ["approved", "rejected"],
  rejected: ["approved"],
  approved: ["reversed"],
  reversed: [],
};

export interface Move {
  conversion: Conversion;
  outcome: Outcome;
}

/** Applies `command` to the conversion it met. What the sender says of a conversion that the pixel made proves it. */
export function applyMove(conversion: Conversion, command: Command): Move {
  const { currency } = command.content;
  if (currency !== undefined && currency !== conversion.click.currency) return rejected(conversion, "wrong_currency");
  if (command.channel === "pixel") return duplicate(conversion, conversion.base.receipt);
  const move = command.content.status === "reversed" ? reverse(conversion, command) : advance(conversion, command);
  if (isOneTooMany(conversion, command, move)) return rejected(conversion, "too_many_messages");
  if (!conversion.unproven || move.outcome.status === "rejected") return move;
  return { ...move, conversion: { ...move.conversion, unproven: false } };
}

/** A status is always taken, since there are few of them, and so is what an operator says. */
function isOneTooMany(before: Conversion, command: Command, { conversion, outcome }: Move): boolean {
  if (before.messages < MAX_MESSAGES || command.correction) return false;
  return outcome.status === "updated" && conversion.status === before.status;
}

/** A reversal: of the whole, or of a part that has a name so that it counts once. */
function reverse(conversion: Conversion, command: Command): Move {
  const micros = command.content.amountMicros;
  if (conversion.status !== "approved" && conversion.status !== "reversed")
    return rejected(conversion, "status_not_allowed");
  if (micros === undefined) {
    if (conversion.status === "reversed") return repeatedReversal(conversion, command, conversion.statusReceipt);
    return updated(
      withTxid({ ...conversion, status: "reversed", statusReceipt: command.receipt }, command),
      command,
      "reversal",
      null,
    );
  }
  const name = refundName(command, micros);
  const known = conversion.refunds.find((refund) => refund.name === name);
  if (known) return repeatedReversal(conversion, command, known.receipt);
  const clamped = micros > remainingMicros(conversion);
  const refunds = [...conversion.refunds, { name, micros, receipt: command.receipt }];
  return updated(
    withTxid(closeIfEmpty({ ...conversion, refunds }, command), command),
    command,
    "reversal",
    clamped ? "clamped" : null,
  );
}

/** It takes nothing back again, yet it may be the first to name the order. */
function repeatedReversal(conversion: Conversion, command: Command, of: string): Move {
  const next = withTxid(conversion, command);
  return next === conversion ? duplicate(conversion, of) : updated(next, command, "upgrade", null);
}

/** Everything but a reversal: a status, an amount, a first txid. */
function advance(conversion: Conversion, command: Command): Move {
  const { status } = command.content;
  const moves = status !== undefined && status !== conversion.status;
  if (moves && !ALLOWED[conversion.status].includes(status)) return rejected(conversion, "status_not_allowed");
  const restates = otherAmounts(conversion, command);
  // What anyone could have said by the pixel does not stand against what the sender says.
  const mayRestate =
    conversion.unproven ||
    command.correction?.restate === true ||
    (command.terms ?? conversion.terms).restate === "replace";
  if (restates && mayRestate && conversion.status === "reversed") return rejected(conversion, "status_not_allowed");
  let next = withTxid(conversion, command);
  if (moves)
    next = {
      ...next,
      status,
      statusReceipt: command.receipt,
      facts: factsAfterStatus(next.facts, command.content),
    };
  if (restates && mayRestate)
    next = closeIfEmpty({ ...restate(next, command), statusReceipt: command.receipt }, command);
  if (next !== conversion)
    return updated(next, command, kindOf(conversion, next, moves), restates && !mayRestate ? "amount_ignored" : null);
  const saysState = status !== undefined || command.content.amountMicros !== undefined;
  const repeats = saysState ? conversion.statusReceipt : conversion.base.receipt;
  return duplicate(conversion, repeats, restates ? "amount_ignored" : "same_message");
}

function kindOf(before: Conversion, after: Conversion, moves: boolean): EntryKind {
  if (moves) return after.status === "rejected" ? "rejection" : "approval";
  return before.amountMicros === after.amountMicros && before.postedRevenueMicros === after.postedRevenueMicros
    ? "upgrade"
    : "restatement";
}

function otherAmounts(conversion: Conversion, { content }: Command): boolean {
  const posted = conversion.terms.revenue === "posted" ? content.revenueMicros : undefined;
  return (
    (content.amountMicros ?? conversion.amountMicros) !== conversion.amountMicros ||
    (posted ?? conversion.postedRevenueMicros) !== conversion.postedRevenueMicros
  );
}

function restate(conversion: Conversion, { content }: Command): Conversion {
  return {
    ...conversion,
    amountMicros: content.amountMicros ?? conversion.amountMicros,
    postedRevenueMicros: content.revenueMicros ?? conversion.postedRevenueMicros,
  };
}

/** A conversion of whose sale refunds leave nothing is reversed. */
function closeIfEmpty(conversion: Conversion, command: Command): Conversion {
  const empty = conversion.status === "approved" && conversion.refunds.length > 0 && remainingMicros(conversion) === 0;
  return empty ? { ...conversion, status: "reversed", statusReceipt: command.receipt } : conversion;
}

/** A first txid upgrades a conversion that had none. */
function withTxid(conversion: Conversion, command: Command): Conversion {
  return conversion.txid === null && command.txid !== null ? { ...conversion, txid: command.txid } : conversion;
}

/** By `refund_id`; else by the message's own name; else by what it says. */
function refundName({ content, named, receipt }: Command, micros: number): string {
  if (content.refundId !== undefined) return JSON.stringify(["refund", content.refundId]);
  return JSON.stringify(named ? ["message", receipt] : ["unnamed", micros, content.occurredAtSent ?? null]);
}

function updated(conversion: Conversion, command: Command, kind: EntryKind, reason: OutcomeReason | null): Move {
  const outcome: Outcome = { status: "updated", reason, duplicateOf: null, conversion: conversion.id };
  const counted = { ...conversion, messages: conversion.messages + 1 };
  return { conversion: bookEntry(counted, kind, command), outcome };
}

function duplicate(conversion: Conversion, of: string, reason: OutcomeReason = "same_message"): Move {
  const outcome: Outcome = { status: "duplicate", reason, duplicateOf: of, conversion: conversion.id };
  return { conversion, outcome };
}

function rejected(conversion: Conversion, reason: OutcomeReason): Move {
  return { conversion, outcome: { status: "rejected", reason, duplicateOf: null, conversion: conversion.id } };
}

/**
 * What a message does to the conversion that it meets. The moves of the status machine:
 *
 *     pending → approved, rejected      rejected → approved
 *     pending, approved, rejected → reversed, in part or whole      reversed → what it was before, by `reinstated`
 *
 * A status or an amount that the message leaves out changes nothing. Every other move is rejected and changes nothing at all. Other trackers have one word for what was
 * never approved and for what is taken back: by theirs, `rejected` of an approved conversion reverses the whole.
 */
import type { OpenStatus, SentStatus } from "../../../schema/messages.ts";
import type { OutcomeReason } from "../reasons.ts";
import { factsAfterStatus } from "../riding-facts.ts";
import { postedIn, WRONG_CURRENCY } from "./booked-sale.ts";
import type { Command } from "./command.ts";
import { bookEntry, type Conversion, type EntryKind, withDueStatus } from "./conversion.ts";
import type { Outcome } from "./outcome.ts";
import {
  isMoreThanSold,
  isWorthWhole,
  nameByReceipt,
  nameOfRefundId,
  partsMicros,
  type Refund,
  refundToReinstate,
} from "./refunds.ts";
import { inSaleCurrency, toldIn } from "./sale-currency.ts";

/** One conversion is moved by no more messages than this, unless they change its status: beyond it lies a sender's loop, not a sale. */
export const MAX_MESSAGES = 1_000;

/** What a status may be followed by, refunds apart. */
const ALLOWED: Record<Conversion["status"], readonly SentStatus[]> = {
  pending: ["approved", "rejected"],
  rejected: ["approved"],
  approved: [],
  reversed: [],
};

export interface Move {
  conversion: Conversion;
  outcome: Outcome;
}

/** Applies `said` to the conversion it met. */
export function applyMove(conversion: Conversion, said: Command): Move {
  const command = asMeant(conversion, said);
  const told = toldIn(conversion, command);
  const word = inSaleCurrency(told, command);
  if (word === WRONG_CURRENCY) return rejected(conversion, WRONG_CURRENCY);
  // Stored before what came by the pixel was a claim: it never moved anything.
  if (command.channel === "pixel") return duplicate(conversion, conversion.base.receipt);
  const move = keepCurrency(conversion, told, moveBy(told, word, refundName(told, command)));
  if (isOneTooMany(conversion, command, move)) return rejected(conversion, "too_many_messages");
  if (!saysSale(conversion, command) || move.outcome.status === "rejected") return move;
  return { ...move, conversion: { ...move.conversion, confirmed: false } };
}

/** True for what may reverse a conversion: a reversal, and a tracker's rejection. */
export function mayReverse({ content: { status }, channel }: Command): boolean {
  return status === "reversed" || (status === "rejected" && channel.startsWith("tracker:"));
}

/** Whatever sum comes with a tracker's rejection is the sale's, and no part that is given back. */
function asMeant({ status }: Conversion, command: Command): Command {
  const { content } = command;
  const isOver = status === "approved" || status === "reversed";
  if (content.status !== "rejected" || !isOver || !mayReverse(command)) return command;
  const { amountMicros: _, revenueMicros: __, occurredAtSent: ___, ...rest } = content;
  return { ...command, content: { ...rest, status: "reversed" } };
}

/** True when it says what was sold, where the books have only a confirmed claim's word for that. */
function saysSale({ confirmed }: Conversion, { content, correction }: Command): boolean {
  const says = content.amountMicros !== undefined || content.revenueMicros !== undefined;
  return confirmed && says && content.status !== "reversed" && content.status !== "reinstated" && correction === null;
}

/** A currency is kept with the first sum that is taken. */
function keepCurrency(before: Conversion, told: Conversion, move: Move): Move {
  if (before === told) return move;
  if (move.conversion === told) return { ...move, conversion: before };
  const { amountMicros, postedRevenueMicros } = move.conversion;
  return amountMicros !== 0 || postedRevenueMicros !== 0
    ? move
    : { ...move, conversion: { ...move.conversion, exchange: before.exchange } };
}

/** `name`: of the refund that it may be. */
function moveBy(conversion: Conversion, command: Command, name: string): Move {
  const { status, refundedTotalMicros } = command.content;
  if (status === "reinstated") return reinstate(conversion, command);
  if (status !== "reversed") return advance(conversion, command, status);
  return refundedTotalMicros === undefined
    ? reverse(conversion, command, name)
    : raiseTotal(conversion, command, refundedTotalMicros);
}

/** A reversal, or what undoes one: neither makes a conversion. Another tracker's row says of a whole sale that it was reversed. */
export function isRefund({ content: { status, history } }: Command): boolean {
  return history === undefined && (status === "reversed" || status === "reinstated");
}

/** A status is always taken, since there are few of them; but reinstatements, with which they could go round for ever. So is what an operator says. */
function isOneTooMany(before: Conversion, command: Command, { conversion, outcome }: Move): boolean {
  if (before.messages < MAX_MESSAGES || command.correction) return false;
  const isEndless = conversion.status === before.status || command.content.status === "reinstated";
  return outcome.status === "updated" && isEndless;
}

/** A reversal: of the whole, or of a part. One of the whole without a `refund_id` says no more than that all is given back. */
function reverse(conversion: Conversion, command: Command, name: string): Move {
  const { amountMicros, refundId } = command.content;
  if (amountMicros === undefined && refundId === undefined && conversion.status === "reversed")
    return repeated(conversion, command, conversion.statusReceipt);
  const known = conversion.refunds.find((refund) => refund.name === name);
  const grows = known?.reinstatedBy === undefined && known?.micros !== null && amountMicros === undefined;
  if (known && !grows)
    return repeated(conversion, command, known.receipt, isUnnamedPart(command) ? "same_refund" : undefined);
  const isWhole = amountMicros === undefined || isWorthWhole(conversion, amountMicros);
  const refund: Refund = { name, micros: isWhole ? null : amountMicros, receipt: command.receipt };
  const others = conversion.refunds.filter((other) => other !== known);
  const next = withDueStatus({ ...conversion, refunds: [...others, refund] }, command.receipt);
  const isMore = amountMicros !== undefined && exceeds(conversion, amountMicros);
  return updated(withTxid(next, command), command, "reversal", isMore ? "clamped" : null);
}

/** True when the sale does not have these micros to give back besides what was given back. */
function exceeds(conversion: Conversion, micros: number): boolean {
  if (conversion.status === "reversed") return micros > 0;
  const after = [...conversion.refunds, { name: "", micros, receipt: "" }];
  return isMoreThanSold(conversion, partsMicros({ ...conversion, refunds: after }));
}

/** How much was given back so far, in the sender's own sum: the largest holds. */
function raiseTotal(conversion: Conversion, command: Command, micros: number): Move {
  const { refundedTotal: told, base } = conversion;
  if (micros <= (told?.micros ?? 0)) return repeated(conversion, command, told?.receipt ?? base.receipt);
  const raised = { ...conversion, refundedTotal: { micros, receipt: command.receipt } };
  const next = withTxid(withDueStatus(raised, command.receipt), command);
  return updated(next, command, "reversal", isMoreThanSold(conversion, micros) ? "clamped" : null);
}

/**
 * Undoes a reversal, once: the one that `refund_id` names, without it the last one of the whole. One that is not there yet is waited for. Since it may have waited
 * while another conversion got the order that it names, it never gives one its number.
 */
function reinstate(conversion: Conversion, command: Command): Move {
  const refund = refundMeant(conversion, command);
  if (!refund)
    return command.correction ? rejected(conversion, "status_not_allowed") : parked(conversion, "awaits_reversal");
  if (refund.reinstatedBy !== undefined) return duplicate(conversion, refund.reinstatedBy);
  const undone: Refund = { ...refund, reinstatedBy: command.receipt };
  const refunds = conversion.refunds.map((other) => (other === refund ? undone : other));
  const next = withDueStatus({ ...conversion, refunds }, command.receipt);
  return updated(next, command, "reinstatement", null);
}

/** An operator who takes back a reversal means what that one gave back, by whatever name. */
function refundMeant(conversion: Conversion, { content, correction }: Command): Refund | undefined {
  if (correction?.undoes === undefined) return refundToReinstate(conversion, content.refundId);
  return conversion.refunds.find(({ receipt }) => receipt === correction.undoes);
}

/** It takes nothing back again, yet it may be the first to name the order. */
function repeated(conversion: Conversion, command: Command, of: string, reason?: OutcomeReason): Move {
  const next = withTxid(conversion, command);
  return next === conversion ? duplicate(conversion, of, reason) : updated(next, command, "upgrade", null);
}

/** Everything but a reversal: a status, an amount, a first txid. */
function advance(conversion: Conversion, command: Command, status: OpenStatus | undefined): Move {
  const moves = status !== undefined && status !== conversion.status;
  if (moves && !ALLOWED[conversion.status].includes(status)) return rejected(conversion, "status_not_allowed");
  const restates = otherAmounts(conversion, command);
  // What anyone could have said by the pixel does not stand against what the sender says.
  const mayRestate =
    conversion.confirmed ||
    command.correction?.restate === true ||
    (command.terms ?? conversion.terms).restate === "replace";
  if (restates && mayRestate && conversion.status === "reversed") return rejected(conversion, "status_not_allowed");
  let next = withTxid(conversion, command);
  if (moves)
    next = {
      ...next,
      status,
      openStatus: status,
      statusReceipt: command.receipt,
      facts: factsAfterStatus(next.facts, command.content),
    };
  if (restates && mayRestate)
    next = withDueStatus({ ...restate(next, command), statusReceipt: command.receipt }, command.receipt);
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

function otherAmounts(conversion: Conversion, command: Command): boolean {
  const { amountMicros, postedRevenueMicros } = restate(conversion, command);
  const posted = conversion.terms.revenue === "posted" && postedRevenueMicros !== conversion.postedRevenueMicros;
  return posted || amountMicros !== conversion.amountMicros;
}

function restate(conversion: Conversion, { content: { amountMicros, revenueMicros } }: Command): Conversion {
  const { terms, exchange, postedRevenueMicros } = conversion;
  return {
    ...conversion,
    amountMicros: amountMicros ?? conversion.amountMicros,
    postedRevenueMicros: revenueMicros === undefined ? postedRevenueMicros : postedIn(exchange, revenueMicros, terms),
  };
}

/** A first txid upgrades a conversion that had none. */
function withTxid(conversion: Conversion, command: Command): Conversion {
  return conversion.txid === null && command.txid !== null ? { ...conversion, txid: command.txid } : conversion;
}

/** A part that is known by nothing but its amount and its time, so that another one of the same looks the same. */
function isUnnamedPart({ content, named }: Command): boolean {
  return content.refundId === undefined && !named && content.amountMicros !== undefined;
}

/** By `refund_id`; else by the message's own name; else by what it says, as sent, which of the whole is nothing but `occurred_at`. The currency only where it is another than the sale's. */
function refundName({ exchange, click }: Conversion, { content, named, receipt }: Command): string {
  const { refundId, amountMicros, occurredAtSent, currency } = content;
  if (refundId !== undefined) return nameOfRefundId(refundId);
  if (named || (amountMicros === undefined && occurredAtSent === undefined)) return nameByReceipt(receipt);
  const isOwn = currency === undefined || currency === (exchange?.currency ?? click.currency);
  const said = ["unnamed", amountMicros ?? null, occurredAtSent ?? null];
  return JSON.stringify(isOwn || amountMicros === undefined ? said : [...said, currency]);
}

export function updated(conversion: Conversion, command: Command, kind: EntryKind, reason: OutcomeReason | null): Move {
  const outcome: Outcome = { status: "updated", reason, duplicateOf: null, conversion: conversion.id };
  const counted = { ...conversion, messages: conversion.messages + 1 };
  return { conversion: bookEntry(counted, kind, command), outcome };
}

export function duplicate(conversion: Conversion, of: string, reason: OutcomeReason = "same_message"): Move {
  const outcome: Outcome = { status: "duplicate", reason, duplicateOf: of, conversion: conversion.id };
  return { conversion, outcome };
}

export function parked(conversion: Conversion, reason: "awaits_reversal" | "held"): Move {
  const outcome: Outcome = {
    status: "parked",
    reason,
    duplicateOf: null,
    conversion: conversion.id,
  };
  return { conversion, outcome };
}

export function rejected(conversion: Conversion, reason: OutcomeReason): Move {
  return { conversion, outcome: { status: "rejected", reason, duplicateOf: null, conversion: conversion.id } };
}

/** A conversion as the books hold it: who it belongs to, what state it is in, and what has been booked for it. */
import type { ConversionStatus, HistoryContent, OpenStatus, RidingFacts } from "../../../schema/messages.ts";
import type { ATTRIBUTED_BY } from "../../../schema/tables.ts";
import { type PricingRule, price, priceRemaining } from "../pricing.ts";
import { bookedMicros, type Exchange } from "../rates/exchange.ts";
import { factsOf } from "../riding-facts.ts";
import { bookedSale, postedIn } from "./booked-sale.ts";
import type { CapPlace } from "./caps.ts";
import type { Command } from "./command.ts";
import { type Hold, shownStatus } from "./hold.ts";
import type { Position } from "./order-of-receipt.ts";
import { isGivenBack, nameByReceipt, type Refundable, remainingMicros } from "./refunds.ts";
import type { AttributedClick, Terms } from "./terms.ts";

/**
 * Sums in micros, as booked: what the entries of a conversion add up to. Exact as numbers: after every entry they are what a state of the conversion is worth, which is at
 * most an amount of 10^15 and prices of five times that (`MAX_AMOUNT_MICROS`, `MAX_PERCENT`), and so are all sums on the way; 53 bits end at nine times.
 */
export interface Totals {
  amount: number;
  revenue: number;
  payout: number;
}

export const ENTRY_KINDS = [
  "accrual",
  "approval",
  "rejection",
  "restatement",
  "reversal",
  "reinstatement",
  "upgrade",
  "hold",
  "release",
  "undo",
  "reordering",
  "adjustment",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One line of a conversion's account: what a message added to its totals. */
export interface Entry extends Totals {
  seq: number;
  kind: EntryKind;
  status: ConversionStatus;
  receipt: string;
  receivedAtMs: number;
  rule: string;
  note: string | null;
}

/** What was sold is told as last restated, before refunds. */
export interface Conversion extends Refundable {
  id: string;
  /** Counts its entries; a row in D1 only moves to a higher one. */
  seq: number;
  /** The message that made it. */
  base: Position;
  /** How many messages made or moved it; repeats do neither. */
  messages: number;
  advertiser: number;
  event: string;
  test: boolean;
  click: AttributedClick;
  attributedBy: (typeof ATTRIBUTED_BY)[number];
  terms: Terms;
  /** The places under caps that it takes while it is pending or approved. */
  caps: CapPlace[];
  txid: string | null;
  /** What the sender and the operator made it; everybody is told `shownStatus`. */
  status: ConversionStatus;
  /** What its status is as long as something of it is left, and again when a reinstatement leaves something. */
  openStatus: OpenStatus;
  /** An operator confirmed a claim, and its amounts are the claim's: the sender has named none yet. */
  confirmed: boolean;
  hold: Hold | null;
  /** What another tracker's history says of it; null of what was booked here. It is closed. */
  imported: HistoryContent | null;
  /** The receipt that brought the present status, or amount. */
  statusReceipt: string;
  /** What the sender posts, in the currency of the sale; where that is the offer's, to the digits of the terms. */
  postedRevenueMicros: number;
  occurredAtMs: number;
  facts: RidingFacts;
  entries: Entry[];
}

/** What a conversion is made of: where it belongs, and at which terms and in which currency it is priced. */
export interface Opening {
  click: AttributedClick;
  event: string;
  terms: Terms;
  exchange: Exchange | null;
}

/** A new conversion without entries, made by `command`. */
export function openConversion(command: Command, { click, event, terms, exchange }: Opening, id: string): Conversion {
  const { content } = command;
  const { history = null } = content;
  const status = openingStatus(command);
  const position = { receivedAtMs: command.receivedAtMs, row: command.row, receipt: command.receipt };
  const opened: Conversion = {
    id,
    seq: 0,
    base: position,
    messages: 1,
    advertiser: command.advertiser,
    event,
    test: command.test,
    click,
    attributedBy: command.coupon?.click === click ? "coupon" : command.loose ? "order" : "click",
    terms,
    caps: command.caps,
    txid: command.txid,
    status,
    openStatus: status,
    confirmed: command.ruling !== null,
    hold: heldFor(command),
    imported: history,
    statusReceipt: command.receipt,
    amountMicros: content.amountMicros ?? 0,
    postedRevenueMicros: postedIn(exchange, content.revenueMicros ?? 0, terms),
    exchange,
    refunds: [],
    refundedTotal: null,
    occurredAtMs: content.occurredAtMs ?? history?.receivedAtMs ?? command.receivedAtMs,
    facts: factsOf(content),
    entries: [],
  };
  return history && content.status === "reversed" ? givenBack(opened, command) : opened;
}

function heldFor({ hold, isFirst, test, receipt }: Command): Hold | null {
  const reason = hold ?? (isFirst && !test ? "first_conversions" : null);
  return reason && { state: "held", reason, receipt, waiting: 0 };
}

/** Another tracker's row that was reversed there: all of it was given back by the row itself. */
function givenBack(conversion: Conversion, { receipt }: Command): Conversion {
  return withDueStatus({ ...conversion, refunds: [{ name: nameByReceipt(receipt), micros: null, receipt }] }, receipt);
}

/** Approved unless said otherwise. A refund makes none, unless another tracker's history has it as a sale that was given back. */
function openingStatus({ content: { status } }: Command): OpenStatus {
  return status === "pending" || status === "rejected" ? status : "approved";
}

/** The conversion with the status that its refunds leave it: `reversed` where nothing is left. `receipt` brought it there. */
export function withDueStatus(conversion: Conversion, receipt: string): Conversion {
  const status = isGivenBack(conversion) ? "reversed" : conversion.openStatus;
  return status === conversion.status ? conversion : { ...conversion, status, statusReceipt: receipt };
}

/** What the books should say of a conversion in this state: nothing while it is rejected or once it is reversed. */
export function totalsOf(conversion: Conversion): Totals {
  if (conversion.status === "rejected" || conversion.status === "reversed") return { amount: 0, revenue: 0, payout: 0 };
  const { terms, imported, exchange, amountMicros } = conversion;
  const booked = bookedSale(conversion);
  // What remains is told by the sale's own sums, which no rate has rounded.
  const sale = { ...booked, amountMicros, remainingMicros: remainingMicros(conversion) };
  const left = (rule: PricingRule) => priceRemaining(rule, price(rule, booked, terms.digits), sale, terms.digits);
  return {
    amount: bookedMicros(sale.remainingMicros, exchange),
    revenue: left(terms.revenue),
    payout: imported?.payoutMicros ?? left(terms.payout),
  };
}

/** What its entries add up to. */
export function bookedTotals(conversion: Conversion): Totals {
  const totals = { amount: 0, revenue: 0, payout: 0 };
  for (const entry of conversion.entries) {
    totals.amount += entry.amount;
    totals.revenue += entry.revenue;
    totals.payout += entry.payout;
  }
  return totals;
}

/** The conversion with one more entry, which moves its account from what is booked to what its state says. */
export function bookEntry(conversion: Conversion, kind: EntryKind, cause: Command): Conversion {
  const booked = bookedTotals(conversion);
  const due = totalsOf(conversion);
  const entry: Entry = {
    seq: conversion.seq + 1,
    kind,
    status: shownStatus(conversion),
    amount: due.amount - booked.amount,
    revenue: due.revenue - booked.revenue,
    payout: due.payout - booked.payout,
    receipt: cause.receipt,
    receivedAtMs: bookedAsOfMs(conversion, cause),
    rule: conversion.terms.rule,
    note: noteOf(conversion, cause),
  };
  return { ...conversion, seq: entry.seq, entries: [...conversion.entries, entry] };
}

/** When the cause was received; of what another tracker booked, when that tracker did. */
function bookedAsOfMs({ imported }: Conversion, { content: { history }, receivedAtMs }: Command): number {
  return (imported && history?.receivedAtMs) ?? receivedAtMs;
}

/** An operator's, or what a rule held it for. */
function noteOf({ hold }: Conversion, { correction, ruling, amendment, receipt }: Command): string | null {
  const said = correction ?? ruling ?? amendment;
  if (said) return `${said.by}: ${said.note}`;
  return hold?.state === "held" && hold.receipt === receipt ? `held: ${hold.reason}` : null;
}

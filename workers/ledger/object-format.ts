/**
 * How messages and conversions are written in an object: what says nothing is left out, and what all messages of a link and event have in common is written
 * once and named by a number. It is a third of what they are in memory, and an object has 10 GB.
 */
import type { HistoryContent, RidingFacts } from "../../schema/messages.ts";
import type { ClaimRules } from "../core/books/claim-rules.ts";
import type { Command, CouponAttribution } from "../core/books/command.ts";
import type { Conversion, Entry } from "../core/books/conversion.ts";
import type { Attempt, DecidedMessage, Outcome } from "../core/books/outcome.ts";
import { isGivenBack, nameByReceipt } from "../core/books/refunds.ts";
import type { EntryRange, Touched } from "../core/books/stored.ts";
import type { AttributedClick, Terms } from "../core/books/terms.ts";
import { must } from "../core/must.ts";
import type { Exchange } from "../core/rates/exchange.ts";
import { factsOf } from "../core/riding-facts.ts";

/** What messages on one link about one event have in common, until their prices change: where they belong, and at what terms. */
export interface Common {
  place: Omit<AttributedClick, "clickId" | "clickedAtMs">;
  terms: Terms | null;
  /** Claims only. */
  claim?: ClaimRules;
}

/** The number under which a written conversion, or attempt of a message, has what it shares; null where it shares nothing. */
export function commonNumber({ click }: { click?: WrittenClick }): number | null {
  return click?.common ?? null;
}

/** Those of a written message and its other attempts. */
export function commonNumbers(written: WrittenMessage): (number | null)[] {
  return [written, ...(written.attempts ?? [])].flatMap((one) => [commonNumber(one), commonNumber(one.coupon ?? {})]);
}

/** Finds the number of what is common of a message, a coupon or a conversion when writing. */
export type NumberOf = (sharing: Sharing) => number;
/** Finds what is common under a number when reading. */
export type CommonUnder = (number: number) => Common;

/** The click of a message or a conversion, and the number of what it has in common with others. `clickId` is left out where the content names it. */
interface WrittenClick {
  clickId?: string;
  clickedAtMs: number;
  common: number;
}

/** A command as written: without its receipt, which is the row's key; flags and lists only where they say something. */
export interface WrittenCommand {
  advertiser: number;
  receivedAtMs: number;
  channel: Command["channel"];
  content: Command["content"];
  /** Of each currency its day and what it is for one euro. */
  rates?: WrittenRate[];
  named?: true;
  row?: number;
  /** Of the credentials. */
  version?: number;
  /** Its keyed hash. */
  address?: string;
  replay?: true;
  test?: true;
  old?: string;
  /** Where it is not the content's. */
  txid?: string | null;
  event?: string | null;
  click?: WrittenClick;
  /** What it is attributed to by its coupon; the event where it is not the message's. */
  coupon?: { click: WrittenClick; event?: string };
  caps?: Command["caps"];
  hold?: Command["hold"];
  firstOf?: Command["firstOf"];
  first?: true;
  bar?: Command["bar"];
  verdict?: Command["verdict"];
  correction?: Command["correction"];
  ruling?: Command["ruling"];
  amendment?: Command["amendment"];
  claimed?: Command["claimed"];
  loose?: Command["loose"];
}

type WrittenRate = [currency: string, day: string, perEuro: string];

/** The attempt of a message that stands, with the others. */
export interface WrittenMessage extends WrittenCommand {
  attempts?: WrittenAttempt[];
}

/** Another attempt. Its content only where that was read otherwise, as under another mapping. */
interface WrittenAttempt extends Omit<WrittenCommand, "content"> {
  content?: Command["content"];
  became?: Attempt["became"];
}

/** A conversion as written: without its ID, which is the row's key; what rides along stands among the rest, under its own names. */
export interface WrittenConversion extends RidingFacts {
  seq: number;
  base: [receivedAtMs: number, row: number, receipt: string];
  messages: number;
  advertiser: number;
  event: string;
  test?: true;
  click: WrittenClick;
  caps?: Conversion["caps"];
  txid?: string;
  status: Conversion["status"];
  /** Where it is not the status. */
  openStatus?: Conversion["openStatus"];
  attributedBy?: Conversion["attributedBy"];
  confirmed?: true;
  hold?: Conversion["hold"];
  imported?: HistoryContent;
  /** Of one that the pixel made, before it made claims. */
  unproven?: true;
  /** Where it is not the base's. */
  statusReceipt?: string;
  amountMicros: number;
  postedRevenueMicros?: number;
  /** Where its sums are in another currency than the offer's. */
  exchange?: [currency: string, rate: string, day: string, digits: number];
  refunds?: Conversion["refunds"];
  refundedTotal?: Conversion["refundedTotal"];
  /** Where it is not the time of receipt. */
  occurredAtMs?: number;
  entries: WrittenEntry[];
}

/** An entry in the order of its columns; its number is its place. The rule only where it is not the conversion's, the note only where there is one. */
type WrittenEntry = [
  kind: Entry["kind"],
  status: Entry["status"],
  amount: number,
  revenue: number,
  payout: number,
  receipt: string,
  receivedAtMs: number,
  rule?: string | null,
  note?: string,
];

export type WrittenOutcome = Pick<Outcome, "status"> & Partial<Outcome>;

/** Rows that a message's settling wrote: its own row only, where no receipts are named; entries of its own conversion, where none is named. */
export interface WrittenTouched {
  receipts?: string[];
  entries: [first: number, last: number, conversion?: string][];
}

/** What a message or a conversion may have in common with others. */
export interface Sharing {
  click: AttributedClick | null;
  terms: Terms | null;
  claim?: ClaimRules | null;
}

/** The text of what it has in common with others; null without a click. */
export function commonOf({ click, terms, claim }: Sharing): string | null {
  if (!click) return null;
  const { clickId, clickedAtMs, ...place } = click;
  const common: Common = claim ? { place, terms, claim } : { place, terms };
  return JSON.stringify(common);
}

export function writeMessage({ command, attempts = [] }: DecidedMessage, numberOf: NumberOf): WrittenMessage {
  const written: WrittenMessage = writeCommand(command, numberOf);
  if (attempts.length > 0) written.attempts = attempts.map((attempt) => writeAttempt(attempt, written, numberOf));
  return written;
}

function writeAttempt({ command, became }: Attempt, standing: WrittenMessage, numberOf: NumberOf): WrittenAttempt {
  const { content, ...written } = writeCommand(command, numberOf);
  const isSame = JSON.stringify(content) === JSON.stringify(standing.content);
  return { ...written, ...(isSame ? {} : { content }), ...(became ? { became } : {}) };
}

/** The attempt that stands, and the others where there are any. */
export function readMessage(
  receipt: string,
  written: WrittenMessage,
  commonUnder: CommonUnder,
): Omit<DecidedMessage, "outcome"> {
  const command = readCommand(receipt, written, commonUnder);
  if (!written.attempts) return { command };
  const attempts = written.attempts.map(({ became = null, ...attempt }): Attempt => {
    return { command: readCommand(receipt, { content: written.content, ...attempt }, commonUnder), became };
  });
  return { command, attempts };
}

function writeCommand(command: Command, numberOf: NumberOf): WrittenCommand {
  const { advertiser, receivedAtMs, channel, content, click, caps } = command;
  const written: WrittenCommand = { advertiser, receivedAtMs, channel, content };
  if (command.rates.length > 0)
    written.rates = command.rates.map(({ currency, day, perEuro }) => [currency, day, perEuro]);
  if (command.named) written.named = true;
  if (command.row !== 0) written.row = command.row;
  if (command.credentialVersion !== null) written.version = command.credentialVersion;
  if (command.addressHash !== null) written.address = command.addressHash;
  if (command.replay) written.replay = true;
  if (command.test) written.test = true;
  if (command.oldClickId !== null) written.old = command.oldClickId;
  if (command.txid !== (content.txid ?? null)) written.txid = command.txid;
  if (command.event !== (content.event ?? null)) written.event = command.event;
  if (click) written.click = writeClick(click, command, content.clickId, numberOf);
  if (command.coupon) written.coupon = writeCoupon(command.coupon, command, numberOf);
  if (caps.length > 0) written.caps = caps;
  if (command.hold) written.hold = command.hold;
  if (command.firstOf) written.firstOf = command.firstOf;
  if (command.isFirst) written.first = true;
  if (command.bar) written.bar = command.bar;
  if (command.verdict) written.verdict = command.verdict;
  if (command.correction) written.correction = command.correction;
  if (command.ruling) written.ruling = command.ruling;
  if (command.amendment) written.amendment = command.amendment;
  if (command.claimed.length > 0) written.claimed = command.claimed;
  if (command.loose) written.loose = command.loose;
  return written;
}

function readCommand(receipt: string, written: WrittenCommand, commonUnder: CommonUnder): Command {
  const { content, click } = written;
  const { place, terms, claim } = click
    ? readClick(click, content.clickId, commonUnder, `message ${receipt}`)
    : { place: null, terms: null, claim: null };
  return {
    receipt,
    named: written.named ?? false,
    advertiser: written.advertiser,
    receivedAtMs: written.receivedAtMs,
    row: written.row ?? 0,
    channel: written.channel,
    credentialVersion: written.version ?? null,
    addressHash: written.address ?? null,
    replay: written.replay ?? false,
    test: written.test ?? false,
    content,
    rates: (written.rates ?? []).map(([currency, day, perEuro]) => ({ currency, day, perEuro })),
    oldClickId: written.old ?? null,
    txid: written.txid === undefined ? (content.txid ?? null) : written.txid,
    event: written.event === undefined ? (content.event ?? null) : written.event,
    click: place,
    terms,
    coupon: readCoupon(receipt, written, commonUnder),
    caps: written.caps ?? [],
    hold: written.hold ?? null,
    firstOf: written.firstOf ?? null,
    isFirst: written.first ?? false,
    bar: written.bar ?? null,
    verdict: written.verdict ?? null,
    correction: written.correction ?? null,
    ruling: written.ruling ?? null,
    amendment: written.amendment ?? null,
    claim,
    claimed: written.claimed ?? [],
    loose: written.loose ?? null,
  };
}

function writeCoupon(
  coupon: CouponAttribution,
  command: Command,
  numberOf: NumberOf,
): NonNullable<WrittenCommand["coupon"]> {
  const { click, event } = coupon;
  const written = writeClick(click, coupon, command.content.clickId, numberOf);
  return event === command.event ? { click: written } : { click: written, event };
}

function readCoupon(
  receipt: string,
  { content, coupon, event }: WrittenCommand,
  commonUnder: CommonUnder,
): CouponAttribution | null {
  if (!coupon) return null;
  const holder = `message ${receipt}`;
  const { place, terms } = readClick(coupon.click, content.clickId, commonUnder, holder);
  return { click: place, event: must(coupon.event ?? event ?? content.event, "the event of", holder), terms };
}

export function writeConversion(conversion: Conversion, numberOf: NumberOf): WrittenConversion {
  const { seq, base, messages, advertiser, event, status, amountMicros, caps, refunds } = conversion;
  const written: WrittenConversion = {
    seq,
    base: [base.receivedAtMs, base.row, base.receipt],
    messages,
    advertiser,
    event,
    click: writeClick(conversion.click, conversion, undefined, numberOf),
    status,
    amountMicros,
    entries: conversion.entries.map((entry) => writeEntry(entry, conversion.terms.rule)),
    ...conversion.facts,
  };
  if (conversion.test) written.test = true;
  if (conversion.openStatus !== status) written.openStatus = conversion.openStatus;
  if (conversion.attributedBy !== "click") written.attributedBy = conversion.attributedBy;
  if (conversion.confirmed) written.confirmed = true;
  if (caps.length > 0) written.caps = caps;
  if (conversion.hold) written.hold = conversion.hold;
  if (conversion.imported) written.imported = conversion.imported;
  if (conversion.txid !== null) written.txid = conversion.txid;
  if (conversion.statusReceipt !== base.receipt) written.statusReceipt = conversion.statusReceipt;
  if (conversion.postedRevenueMicros !== 0) written.postedRevenueMicros = conversion.postedRevenueMicros;
  if (conversion.exchange) written.exchange = writeExchange(conversion.exchange);
  if (refunds.length > 0) written.refunds = refunds;
  if (conversion.refundedTotal) written.refundedTotal = conversion.refundedTotal;
  if (conversion.occurredAtMs !== base.receivedAtMs) written.occurredAtMs = conversion.occurredAtMs;
  return written;
}

export function readConversion(id: string, written: WrittenConversion, commonUnder: CommonUnder): Conversion {
  const [receivedAtMs, row, receipt] = written.base;
  const { place, terms: found } = readClick(written.click, undefined, commonUnder, `conversion ${id}`);
  const terms = must(found, "what prices conversion", id);
  return {
    id,
    seq: written.seq,
    base: { receivedAtMs, row, receipt },
    messages: written.messages,
    advertiser: written.advertiser,
    event: written.event,
    test: written.test ?? false,
    click: place,
    attributedBy: written.attributedBy ?? "click",
    terms,
    caps: written.caps ?? [],
    txid: written.txid ?? null,
    status: written.status,
    openStatus: readOpenStatus(written),
    confirmed: written.confirmed ?? written.unproven ?? false,
    hold: written.hold ?? null,
    imported: written.imported ?? null,
    statusReceipt: written.statusReceipt ?? receipt,
    amountMicros: written.amountMicros,
    postedRevenueMicros: written.postedRevenueMicros ?? 0,
    exchange: readExchange(written),
    refunds: readRefunds(written),
    refundedTotal: written.refundedTotal ?? null,
    occurredAtMs: written.occurredAtMs ?? receivedAtMs,
    facts: factsOf(written),
    entries: written.entries.map((entry, index) => readEntry(entry, index + 1, terms.rule)),
  };
}

function writeExchange({ currency, rate, day, digits }: Exchange): NonNullable<WrittenConversion["exchange"]> {
  return [currency, rate, day, digits];
}

function readExchange({ exchange }: WrittenConversion): Exchange | null {
  if (!exchange) return null;
  const [currency, rate, day, digits] = exchange;
  return { currency, rate, day, digits };
}

/** Only approved ones were reversed before it was written what they had been. */
function readOpenStatus({ status, openStatus }: WrittenConversion): Conversion["openStatus"] {
  return openStatus ?? (status === "reversed" ? "approved" : status);
}

/** A reversal of the whole was not written as a refund, before it could be undone. */
function readRefunds({ status, openStatus, refunds = [], ...written }: WrittenConversion): Conversion["refunds"] {
  const { base, statusReceipt = base[2], amountMicros } = written;
  const sale = { amountMicros, refunds, refundedTotal: null, exchange: null };
  if (status !== "reversed" || openStatus !== undefined || isGivenBack(sale)) return refunds;
  return [...refunds, { name: nameByReceipt(statusReceipt), micros: null, receipt: statusReceipt }];
}

export function writeOutcome({ status, reason, duplicateOf, conversion }: Outcome): WrittenOutcome {
  const written: WrittenOutcome = { status };
  if (reason !== null) written.reason = reason;
  if (duplicateOf !== null) written.duplicateOf = duplicateOf;
  if (conversion !== null) written.conversion = conversion;
  return written;
}

export function readOutcome({ status, reason = null, duplicateOf = null, conversion = null }: WrittenOutcome): Outcome {
  return { status, reason, duplicateOf, conversion };
}

/** What the settling of message `receipt`, which belongs to conversion `own`, wrote. */
export function writeTouched({ receipts, entries }: Touched, receipt: string, own: string | null): WrittenTouched {
  const ranges = entries.map(({ conversion, first, last }): WrittenTouched["entries"][number] =>
    conversion === own ? [first, last] : [first, last, conversion],
  );
  const alone = receipts.length === 1 && receipts[0] === receipt;
  return alone ? { entries: ranges } : { receipts, entries: ranges };
}

export function readTouched({ receipts, entries }: WrittenTouched, receipt: string, own: string | null): Touched {
  const ranges = entries.map(([first, last, conversion = own]): EntryRange => {
    return { conversion: must(conversion, "the conversion of the entries of message", receipt), first, last };
  });
  return { receipts: receipts ?? [receipt], entries: ranges };
}

function writeClick(
  click: AttributedClick,
  sharing: Sharing,
  said: string | undefined,
  numberOf: NumberOf,
): WrittenClick {
  const { clickId, clickedAtMs } = click;
  const common = numberOf(sharing);
  return clickId === said ? { clickedAtMs, common } : { clickId, clickedAtMs, common };
}

/** `holder` is whose click it is, for the error. */
function readClick(
  { clickId: own, clickedAtMs, common }: WrittenClick,
  said: string | undefined,
  commonUnder: CommonUnder,
  holder: string,
): { place: AttributedClick; terms: Terms | null; claim: ClaimRules | null } {
  const clickId = must(own ?? said, "the click ID of", holder);
  const { place, terms, claim = null } = commonUnder(common);
  return { place: { clickId, clickedAtMs, ...place }, terms, claim };
}

function writeEntry(entry: Entry, rule: string): WrittenEntry {
  const { kind, status, amount, revenue, payout, receipt, receivedAtMs, note } = entry;
  const written: WrittenEntry = [kind, status, amount, revenue, payout, receipt, receivedAtMs];
  if (note !== null) written.push(entry.rule === rule ? null : entry.rule, note);
  else if (entry.rule !== rule) written.push(entry.rule);
  return written;
}

function readEntry(written: WrittenEntry, seq: number, rule: string): Entry {
  const [kind, status, amount, revenue, payout, receipt, receivedAtMs, own, note] = written;
  return { seq, kind, status, amount, revenue, payout, receipt, receivedAtMs, rule: own ?? rule, note: note ?? null };
}

/** The books' rows as D1 takes them, made from what the object holds and never from a message again. Booleans are 0 and 1. */
import type { SqlRow } from "../../../schema/columns.ts";
import type { HistoryContent } from "../../../schema/messages.ts";
import type { claims, conversions, entries, LoggedAttempt, postbacks } from "../../../schema/tables.ts";
import { subCells } from "../click/sub-ids.ts";
import { must } from "../must.ts";
import type { OutcomeReason } from "../reasons.ts";
import { factCells } from "../riding-facts.ts";
import { firstReceivedAtMs } from "./attempts.ts";
import type { Command } from "./command.ts";
import { bookedTotals, type Conversion, type Entry } from "./conversion.ts";
import { clickIdByCoupon } from "./coupons.ts";
import { firstEntryCell } from "./first-entry.ts";
import { shownStatus } from "./hold.ts";
import { clickIdByImport, oldClickId } from "./imported.ts";
import type { DecidedMessage, Outcome } from "./outcome.ts";
import { remainingMicros } from "./refunds.ts";
import type { StoredMessage } from "./stored.ts";

/** A row of the postback log as it lies there. */
export type LogRow = SqlRow<typeof postbacks>;
/** Whose a row of the log is, as the books tell when it is written: see the columns in `migrations/log`. */
export type LogPlace = Pick<LogRow, "link" | "offer" | "affiliate" | "proven">;
/** A row of the postback log as far as the object knows it. `stage` counts the ledger's words on it, from 1. */
export type PostbackRow = Omit<LogRow, keyof LogPlace | "stranger" | "times">;
export type EntryRow = SqlRow<typeof entries>;
/** `stage` as of the postback log. */
export type ClaimRow = SqlRow<typeof claims>;

/** What the click ID and its link tell of a click: a conversion has it without its click's row. */
export const TOLD_BY_CLICK_ID = ["click_id", "link", "offer", "affiliate", "advertiser", "clicked_at", "test"] as const;

/** What a conversion takes over from its click's row. */
type ClickColumn =
  | "click_kind"
  | "country"
  | "device"
  | "os"
  | "browser"
  | "referrer"
  | "external_id"
  | "external_kind"
  | "ad_consent"
  | `sub${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`;

/** What a row of another tracker's history says of the click itself: no row of ours does. */
type ToldByHistory = Pick<SqlRow<typeof conversions>, ClickColumn>;

/** A row of `conversions`, less what is known of its click, unless it brings that itself. */
export type ConversionRow = Omit<SqlRow<typeof conversions>, "click_joined" | ClickColumn> & Partial<ToldByHistory>;

/**
 * A row whose conversion the object has looked up, if `told`: that tells whose it is, and the books may not have heard of it yet. `stranger` is 1 where the object
 * keeps nothing of the message, which came by the pixel: the log is the first to lose it too.
 */
export type OwnedRow = PostbackRow & { told?: Pick<LogPlace, "link" | "offer" | "affiliate">; stranger?: number };

export interface Rows {
  postbacks: OwnedRow[];
  conversions: ConversionRow[];
  entries: EntryRow[];
  claims: ClaimRow[];
}

/** The row of a message. It stands where the message was first received, so that it never moves forward under whoever reads the log page by page. */
export function postbackRow(message: DecidedMessage, stage: number, settledAtMs: number): PostbackRow {
  const { command, outcome } = message;
  return {
    receipt: command.receipt,
    stage,
    advertiser: command.advertiser,
    received_at: firstReceivedAtMs(message),
    settled_at: settledAtMs,
    status: outcome.status,
    reason: outcome.reason,
    duplicate_of: outcome.duplicateOf,
    conversion_id: outcome.conversion,
    click_id: command.content.clickId ?? command.click?.clickId ?? null,
    event: command.event,
    txid: command.txid,
    channel: command.channel,
    test: Number(command.test),
    params: JSON.stringify(command.content),
    error: null,
    credential_version: command.credentialVersion,
    address_hash: command.addressHash,
    attempts: attemptsCell(message),
  };
}

/** The row of a message by the pixel that the object did not take: it says nothing of what was said, and yields to every word of an object's. */
export function untakenRow(command: Command, reason: OutcomeReason, settledAtMs: number): OwnedRow {
  const outcome = { status: "rejected", reason, duplicateOf: null, conversion: null } as const;
  const row = postbackRow({ command, outcome }, 0, settledAtMs);
  return { ...row, click_id: null, event: null, txid: null, params: "{}", stranger: 1 };
}

/** The row of a stored message with what its conversion, where it has one and that is at hand, tells of whose it is. */
export function ownedRow(message: StoredMessage, conversion: Conversion | undefined): OwnedRow {
  const row = postbackRow(message, message.stage, message.settledAtMs);
  if (!conversion) return row;
  const { link, offer, affiliate } = conversion.click;
  return { ...row, told: { link, offer, affiliate } };
}

/** The attempts that were decided, the one that stands last, as JSON; null where there is only that. */
function attemptsCell({ command, outcome, attempts = [] }: DecidedMessage): string | null {
  const before = attempts.flatMap((attempt) => (attempt.became ? loggedAttempt(attempt.command, attempt.became) : []));
  return before.length === 0 ? null : JSON.stringify([...before, loggedAttempt(command, outcome)]);
}

function loggedAttempt(command: Command, { status, reason }: Pick<Outcome, "status" | "reason">): LoggedAttempt {
  const { receivedAtMs, row, credentialVersion, addressHash } = command;
  return { receivedAtMs, row, credentialVersion, addressHash, status, reason };
}

/** The row of a claim; null of what is none. */
function claimRow({ command, outcome }: DecidedMessage, stage: number, settledAtMs: number): ClaimRow | null {
  const { click, event, claim, content } = command;
  if (!claim || !click || event === null) return null;
  return {
    receipt: command.receipt,
    stage,
    advertiser: command.advertiser,
    offer: click.offer,
    affiliate: click.affiliate,
    link: click.link,
    click_id: click.clickId,
    event,
    txid: command.txid,
    amount: content.amountMicros ?? null,
    currency: content.currency ?? click.currency,
    received_at: command.receivedAtMs,
    settled_at: settledAtMs,
    state: claimState(outcome),
    conversion_id: outcome.conversion,
    test: Number(command.test),
  };
}

/** The row of a stored message that is a claim; none of what is none. What is too many from the beginning is told by the postback log alone. */
export function claimRows(message: StoredMessage): ClaimRow[] {
  const row = claimRow(message, message.stage, message.settledAtMs);
  return row === null || (row.state === "too_many" && row.stage === 1) ? [] : [row];
}

function claimState({ status, reason }: Outcome): ClaimRow["state"] {
  if (status === "parked") return "open";
  if (status === "duplicate") return reason === "claim_confirmed" ? "confirmed" : "replaced";
  return reason === "claim_dismissed" ? "dismissed" : "too_many";
}

/** The row of a conversion; amounts are what its entries add up to. `beside` are the first others on its click. */
export function conversionRow(
  conversion: Conversion,
  settledAtMs: number,
  beside: readonly string[] = [],
): ConversionRow {
  const { click, imported } = conversion;
  return {
    conversion_id: conversion.id,
    seq: conversion.seq,
    advertiser: conversion.advertiser,
    offer: click.offer,
    affiliate: click.affiliate,
    link: click.link,
    event: conversion.event,
    txid: conversion.txid,
    click_id: clickIdOf(conversion),
    status: shownStatus(conversion),
    currency: click.currency,
    ...bookedTotals(conversion),
    clicked_at: click.clickedAtMs,
    occurred_at: conversion.occurredAtMs,
    received_at: imported?.receivedAtMs ?? conversion.base.receivedAtMs,
    settled_at: settledAtMs,
    ...factCells(conversion.facts),
    test: Number(conversion.test),
    hold: conversion.hold?.state ?? "",
    hold_reason: conversion.hold?.reason ?? null,
    reject_reason: conversion.hold?.chosen ?? null,
    attributed_by: conversion.attributedBy,
    imported: Number(imported !== null),
    old_click_id: imported && oldClickId(click.clickId),
    first_entry: firstEntryCell(entryRow(conversion, firstOf(conversion))),
    beside: beside.length > 0 ? JSON.stringify(beside) : null,
    ...originalCells(conversion),
    ...(imported && toldByHistory(imported)),
  };
}

/** What is told of a sale in another currency: as much of it as `amount` is. */
function originalCells(
  conversion: Conversion,
): Pick<ConversionRow, "original_amount" | "original_currency" | "rate" | "rate_day"> {
  const { exchange, status } = conversion;
  if (!exchange) return { original_amount: null, original_currency: null, rate: null, rate_day: null };
  const { currency, rate, day } = exchange;
  const remains = status !== "rejected" && status !== "reversed";
  return {
    original_amount: remains ? remainingMicros(conversion) : 0,
    original_currency: currency,
    rate,
    rate_day: day,
  };
}

function clickIdOf({ id, click, attributedBy, imported }: Conversion): string {
  if (imported) return clickIdByImport(id);
  return attributedBy === "coupon" ? clickIdByCoupon(id) : click.clickId;
}

function toldByHistory({ externalId, country, subs = [] }: HistoryContent): ToldByHistory {
  return {
    ...{ click_kind: null, country: country ?? null, device: null, os: null, browser: null, referrer: null },
    ...{ external_id: externalId ?? null, external_kind: null, ad_consent: null },
    ...subCells(subs),
  };
}

function firstOf({ id, entries }: Conversion): Entry {
  return must(entries[0], "the first entry of conversion", id);
}

export function entryRow(conversion: Conversion, entry: Entry): EntryRow {
  const { seq, kind, status, amount, revenue, payout, receipt, rule, note } = entry;
  return {
    conversion_id: conversion.id,
    seq,
    kind,
    status,
    amount,
    revenue,
    payout,
    receipt,
    received_at: entry.receivedAtMs,
    rule,
    note,
  };
}

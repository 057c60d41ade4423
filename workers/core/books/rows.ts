/** The books' rows as D1 takes them, made from what the object holds and never from a message again. Booleans are 0 and 1. */
import { bookedTotals, type Conversion, type Entry } from "./conversion.ts";
import type { DecidedMessage } from "./outcome.ts";

/** A row of `postbacks`. `stage` counts the ledger's words on it, from 1. */
export interface PostbackRow {
  receipt: string;
  stage: number;
  advertiser: number;
  received_at: number;
  settled_at: number;
  status: string;
  reason: string | null;
  duplicate_of: string | null;
  conversion_id: string | null;
  click_id: string | null;
  event: string | null;
  txid: string | null;
  channel: string;
  test: number;
  params: string | null;
  error: string | null;
}

/** A row of `conversions`, less what is known of its click. */
export interface ConversionRow {
  conversion_id: string;
  seq: number;
  advertiser: number;
  offer: number;
  affiliate: number;
  link: number;
  event: string;
  txid: string | null;
  click_id: string;
  status: string;
  currency: string;
  amount: number;
  revenue: number;
  payout: number;
  clicked_at: number;
  occurred_at: number;
  received_at: number;
  settled_at: number;
  coupon: string | null;
  customer: string | null;
  meta: string | null;
  original_status: string | null;
  test: number;
}

/** A row of `entries`. */
export interface EntryRow {
  conversion_id: string;
  seq: number;
  kind: string;
  status: string;
  amount: number;
  revenue: number;
  payout: number;
  receipt: string;
  received_at: number;
  rule: string;
  note: string | null;
}

export interface Rows {
  postbacks: PostbackRow[];
  conversions: ConversionRow[];
  entries: EntryRow[];
}

export function postbackRow({ command, outcome }: DecidedMessage, stage: number, settledAtMs: number): PostbackRow {
  return {
    receipt: command.receipt,
    stage,
    advertiser: command.advertiser,
    received_at: command.receivedAtMs,
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
  };
}

/** The row of a conversion; amounts are what its entries add up to. */
export function conversionRow(conversion: Conversion, settledAtMs: number): ConversionRow {
  const { click, meta } = conversion;
  return {
    conversion_id: conversion.id,
    seq: conversion.seq,
    advertiser: conversion.advertiser,
    offer: click.offer,
    affiliate: click.affiliate,
    link: click.link,
    event: conversion.event,
    txid: conversion.txid,
    click_id: click.clickId,
    status: conversion.status,
    currency: click.currency,
    ...bookedTotals(conversion),
    clicked_at: click.clickedAtMs,
    occurred_at: conversion.occurredAtMs,
    received_at: conversion.base.receivedAtMs,
    settled_at: settledAtMs,
    coupon: conversion.coupon,
    customer: conversion.customer,
    meta: meta === null ? null : JSON.stringify(meta),
    original_status: conversion.originalStatus,
    test: Number(conversion.test),
  };
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

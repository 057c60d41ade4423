/** The table of signals: everything about fraud that is looked for, one entry a kind. Pages, API, settings, sums and docs/signals.md are made of it or held to it. */

import { DAY_MS } from "../time-units.ts";
import { clickFlooding } from "./click-flooding.ts";
import { hotSubId } from "./hot-sub-id.ts";
import { oneSetup } from "./one-setup.ts";
import { shareSignal } from "./share-signal.ts";
import { shavedApprovals, shavedConversions } from "./shaving.ts";
import type { Signal } from "./signal.ts";

/** So many others on its click a conversion names at most. */
const MANY_BESIDE = 3;

export const SIGNALS = {
  too_fast: shareSignal("too_fast", {
    label: "Too fast",
    about: "affiliate",
    data: "seconds from the click to the conversion; cases are conversions within the threshold’s seconds",
    wrong: "a lead form, an app or a call that opens with one tap; a shop whose clock is behind",
    thresholds: { least: 20, floor: 20, times: 3, seconds: 10 },
    counted: {
      of: "conversions",
      counts: ({ isByClick, clickedAtMs, occurredAtMs }, { seconds }) =>
        isByClick ? occurredAtMs - clickedAtMs < seconds * 1_000 : null,
    },
  }),
  click_flooding: clickFlooding,
  last_second: shareSignal("last_second", {
    label: "Last-second click",
    about: "affiliate",
    data: "the page that the click came from; cases are conversions whose click came from a page of the shop’s own domain",
    wrong: "a shop that shows affiliates’ links on its own pages, or sends its app’s visitors through them",
    thresholds: { least: 20, floor: 20, times: 5 },
    counted: { of: "conversions", counts: ({ isByClick, isFromShop }) => (isByClick ? isFromShop : null) },
  }),
  two_clicks: shareSignal("two_clicks", {
    label: "Order claimed by two clicks",
    about: "affiliate",
    data: "claims of the pixel with an order number; cases are claims whose order a click of another affiliate claims too",
    wrong:
      "a visitor who came by two affiliates, where the shop’s page fires both pixels; and whoever’s orders are taken is as much disputed as who takes them: the rows tell whose click came first",
    thresholds: { least: 20, floor: 30, times: 5 },
    counted: { of: "claims", counts: ({ hasOrder, isDisputed }) => (hasOrder ? isDisputed : null) },
  }),
  unconfirmed_claims: shareSignal("unconfirmed_claims", {
    label: "Claims never confirmed",
    about: "affiliate",
    data: "claims of the pixel that are as old as the threshold’s days; cases are those that neither the sender nor an operator confirmed",
    wrong: "a shop whose own orders come late, or whose list nobody has confirmed yet",
    thresholds: { least: 20, floor: 70, times: 2, days: 7 },
    counted: {
      of: "claims",
      counts: ({ state, receivedAtMs }, { days }, nowMs) =>
        receivedAtMs > nowMs - days * DAY_MS ? null : state !== "confirmed" && state !== "replaced",
    },
  }),
  orders_ahead: shareSignal("orders_ahead", {
    label: "Order numbers before their time",
    about: "affiliate",
    data: "the last number in each order’s txid, among the orders of the same series on the same day; cases are numbers above what others’ orders reached on that day, and as much again. Only where numbers rise with time, and others have twenty on the day",
    wrong:
      "orders of an older day that are told late have lower numbers, and are no cases; two shops that share a prefix are",
    thresholds: { least: 20, floor: 10, times: 5 },
    counted: { of: "conversions", counts: ({ isAhead }) => isAhead },
  }),
  many_orders: shareSignal("many_orders", {
    label: "Many orders of one click",
    about: "affiliate",
    data: "how many conversions came to one click; cases are conversions beside three others or more",
    wrong: "a customer account for a whole office; an event that is told many times of one click, which peers have too",
    thresholds: { least: 20, floor: 30, times: 3 },
    counted: { of: "conversions", counts: ({ isByClick, beside }) => (isByClick ? beside >= MANY_BESIDE : null) },
  }),
  returning_customers: shareSignal("returning_customers", {
    label: "Only returning customers",
    about: "affiliate",
    data: "the postbacks’ customer, where they say it; cases are returning ones",
    wrong: "a newsletter or a loyalty programme, whose readers are customers",
    thresholds: { least: 20, floor: 80, times: 1.5 },
    counted: { of: "conversions", counts: ({ customer }) => (customer === null ? null : customer === "returning") },
  }),
  anothers_coupon: shareSignal("anothers_coupon", {
    label: "Another’s coupon",
    about: "affiliate",
    data: "coupons of orders that a click brought; cases are orders with a coupon of another affiliate",
    wrong: "a code that is told everywhere, where readers of one affiliate use another’s",
    thresholds: { least: 20, floor: 10, times: 5 },
    counted: {
      of: "conversions",
      counts: ({ isByClick, couponOwner, affiliate }) =>
        isByClick ? couponOwner !== null && couponOwner !== affiliate : null,
    },
  }),
  reversals: shareSignal("reversals", {
    label: "Reversals beyond peers",
    about: "affiliate",
    data: "conversions that are approved or were reversed whole; cases are those that were reversed. They are closed already, so nothing is held",
    wrong: "goods that are sent back more, such as one affiliate’s fashion beside others’ books",
    thresholds: { least: 20, floor: 15, times: 2 },
    mayHold: false,
    counted: {
      of: "conversions",
      counts: ({ status }) => (status === "approved" || status === "reversed" ? status === "reversed" : null),
    },
  }),
  sub_id: hotSubId,
  monoculture: oneSetup,
  clockwork: shareSignal("clockwork", {
    label: "Clockwork",
    about: "affiliate",
    data: "gaps between the clicks of successive conversions of a day; cases are gaps as long as the one before, within 2 %",
    wrong: "a newsletter that leaves in even batches",
    thresholds: { least: 20, floor: 20, times: 3 },
    counted: { of: "conversions", counts: ({ isEven }) => isEven },
  }),
  bursts: shareSignal("bursts", {
    label: "Bursts",
    about: "affiliate",
    data: "conversions by the minute; cases are those in a minute with at least five, and with more than the busiest one has by chance",
    wrong:
      "a sender that tells its orders in batches without occurred_at; a broadcast, a flash sale that only this affiliate told of",
    thresholds: { least: 20, floor: 30, times: 3 },
    counted: { of: "conversions", counts: ({ isCrowded }) => isCrowded },
  }),
  shaved_approvals: shavedApprovals,
  shaved_conversions: shavedConversions,
} as const satisfies Record<string, Signal>;

export type SignalName = keyof typeof SIGNALS;

export function isSignalName(name: string): name is SignalName {
  return Object.hasOwn(SIGNALS, name);
}

export const SIGNAL_NAMES: readonly SignalName[] = Object.keys(SIGNALS).filter(isSignalName);

/** An entry, its own type folded away. */
export function signalOf(name: SignalName): Signal {
  return SIGNALS[name];
}

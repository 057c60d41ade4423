/** Paddle Billing: a destination of Developer tools → Notifications, https://developer.paddle.com/webhooks. */
import type { SourceCondition, SourceTable } from "../source-table.ts";

const of = (...types: string[]): SourceCondition => ({ at: "event_type", is: types });
/** What a subscription that is there already brings, even where it costs nothing: a card that was changed is a transaction too. */
const LATER: SourceCondition = {
  at: "data.origin",
  is: ["subscription_recurring", "subscription_charge", "subscription_update", "subscription_payment_method_change"],
};
const NOTHING_PAID: SourceCondition = { at: "data.details.totals.total", zero: true };
const ADJUSTMENT = of("adjustment.created", "adjustment.updated");
const APPROVED: SourceCondition = { at: "data.status", is: ["approved"] };
const acts = (...actions: string[]): SourceCondition => ({ at: "data.action", is: actions });
/** A chargeback and what undoes it have IDs of their own, and one transaction. */
const CHARGEBACK = {
  txid: "data.transaction_id",
  refund_id: { join: [{ text: "chargeback" }, "data.transaction_id"] },
} as const;

export const paddle: SourceTable = {
  label: "Paddle",
  body: "json",
  proof: {
    scheme: "stamped",
    header: "Paddle-Signature",
    between: ";",
    time: "ts",
    mac: "h1",
    joint: ":",
    toleranceS: 300,
  },
  answers: {},
  event: "event_type",
  message: "event_id",
  // The sandbox has its own destinations: say of that source that all is a test.
  test: null,
  unit: "minor",
  bases: {
    total: { label: "with tax", parts: { sale: "data.details.totals.total", refund: "data.totals.total" } },
    without_tax: {
      label: "without tax",
      parts: {
        sale: { plus: ["data.details.totals.total"], minus: ["data.details.totals.tax"] },
        refund: { plus: ["data.totals.total"], minus: ["data.totals.tax"] },
      },
    },
    earnings: {
      label: "what Paddle pays out",
      parts: { sale: "data.details.totals.earnings", refund: "data.totals.earnings" },
    },
  },
  fields: {
    txid: "data.id",
    currency: "data.currency_code",
    occurred_at: "occurred_at",
    click_id: [{ member: "data.custom_data" }],
    coupon: "data.discount_id",
  },
  rules: [
    {
      when: [of("transaction.completed"), NOTHING_PAID, LATER],
      says: [],
      why: "Nothing was paid: a card was changed, or a period costs nothing.",
    },
    {
      when: [of("transaction.completed"), NOTHING_PAID],
      says: [{ event: "trial", status: "approved", amount: { basis: "sale" } }],
    },
    {
      when: [of("transaction.completed"), LATER],
      says: [{ event: "renewal", status: "approved", amount: { basis: "sale" } }],
    },
    {
      when: [of("transaction.completed")],
      says: [{ event: "sale", status: "approved", amount: { basis: "sale" } }],
    },
    { when: [of("transaction.paid")], says: [], why: "transaction.completed tells the same payment." },
    { when: [of("transaction.canceled")], says: [{ status: "rejected" }] },
    {
      when: [ADJUSTMENT, APPROVED, acts("refund")],
      says: [{ status: "reversed", txid: "data.transaction_id", refund_id: "data.id", amount: { basis: "refund" } }],
    },
    {
      when: [ADJUSTMENT, APPROVED, acts("chargeback")],
      says: [{ ...CHARGEBACK, status: "reversed", amount: { basis: "refund" } }],
    },
    { when: [ADJUSTMENT, APPROVED, acts("chargeback_reverse")], says: [{ ...CHARGEBACK, status: "reinstated" }] },
    { when: [ADJUSTMENT], says: [], why: "Nothing was given back: it is a credit, a warning, or not approved." },
  ],
};

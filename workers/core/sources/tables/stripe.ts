/** Stripe: an endpoint of Developers → Webhooks, https://docs.stripe.com/webhooks. */
import type { SourceCondition, SourceSum, SourceTable } from "../source-table.ts";

const of = (...types: string[]): SourceCondition => ({ at: "type", is: types });
const at = (path: string): string => `data.object.${path}`;
/** An invoice's subscription, before 2025-03-31 and since. */
const SUBSCRIPTION = {
  first: [at("parent.subscription_details.subscription"), at("subscription.id"), at("subscription")],
};
/** A refund or a dispute knows the payment only. */
const PAYMENT = { first: [at("payment_intent.id"), at("payment_intent"), at("charge")] };
/** A session of a payment knows its intent, one of a subscription its invoice: so that each order has one name, and the other one where both are there. */
const SESSION = { txid: { first: [at("payment_intent"), at("invoice"), at("id")] }, also_txid: at("invoice") };
const INVOICE = { txid: at("id"), also_txid: { first: [at("payment_intent.id"), at("payment_intent")] } };
/** An invoice's balance may pay a part of it: of the rest the same share counts as of the whole. */
const paidOf = (part: SourceSum): SourceSum => ({ share: at("amount_paid"), part, whole: at("total") });
const SESSION_DONE = of("checkout.session.completed", "checkout.session.async_payment_succeeded");
const REFUND = of("refund.created", "refund.updated", "refund.failed", "charge.refund.updated");

export const stripe: SourceTable = {
  label: "Stripe",
  body: "json",
  proof: {
    scheme: "stamped",
    header: "Stripe-Signature",
    between: ",",
    time: "t",
    mac: "v1",
    joint: ".",
    toleranceS: 300,
  },
  answers: {},
  event: "type",
  message: "id",
  test: [{ at: "livemode", is: ["false"] }],
  unit: "minor",
  // https://docs.stripe.com/currencies: two currencies have digits that are always zero, and the ariary has none.
  digits: { ISK: 2, UGX: 2, MGA: 0 },
  bases: {
    total: {
      label: "with tax and shipping",
      parts: { session: at("amount_total"), invoice: at("amount_paid"), refund: at("amount") },
    },
    without_tax: {
      label: "without tax",
      parts: {
        session: { plus: [at("amount_total")], minus: [at("total_details.amount_tax")] },
        invoice: paidOf(at("total_excluding_tax")),
        refund: at("amount"),
      },
    },
    net: {
      label: "without tax and shipping",
      parts: {
        session: {
          plus: [at("amount_total")],
          minus: [at("total_details.amount_tax"), at("total_details.amount_shipping")],
        },
        invoice: paidOf({ plus: [at("total_excluding_tax")], minus: [at("shipping_cost.amount_subtotal")] }),
        refund: at("amount"),
      },
    },
  },
  fields: {
    currency: at("currency"),
    occurred_at: "created",
    click_id: [
      at("client_reference_id"),
      { member: at("metadata") },
      { member: at("parent.subscription_details.metadata") },
      { member: at("subscription_details.metadata") },
    ],
  },
  rules: [
    { when: [SESSION_DONE, { at: at("mode"), is: ["setup"] }], says: [], why: "Nothing was bought: a card was kept." },
    {
      when: [SESSION_DONE, { at: at("mode"), is: ["subscription"] }, { at: at("amount_total"), zero: true }],
      says: [{ event: "trial", status: "approved", txid: at("subscription") }],
    },
    {
      when: [SESSION_DONE, { at: at("payment_status"), is: ["unpaid"] }],
      says: [{ ...SESSION, event: "sale", status: "pending", amount: { basis: "session" } }],
    },
    { when: [SESSION_DONE], says: [{ ...SESSION, event: "sale", status: "approved", amount: { basis: "session" } }] },
    { when: [of("checkout.session.async_payment_failed")], says: [{ ...SESSION, status: "rejected" }] },
    {
      when: [
        of("invoice.paid"),
        { at: at("amount_paid"), zero: true },
        { at: at("billing_reason"), is: ["subscription_create"] },
        { at: SUBSCRIPTION, exists: true },
      ],
      says: [{ event: "trial", status: "approved", txid: SUBSCRIPTION }],
    },
    {
      when: [of("invoice.paid"), { at: at("amount_paid"), zero: true }],
      says: [],
      why: "Nothing was paid: it is a credit, or a period that costs nothing.",
    },
    {
      when: [of("invoice.paid"), { at: at("billing_reason"), is: ["subscription_cycle", "subscription_update"] }],
      says: [{ ...INVOICE, event: "renewal", status: "approved", amount: { basis: "invoice" } }],
    },
    {
      // The same money as its checkout session, under the same name: it counts once.
      when: [of("invoice.paid")],
      says: [{ ...INVOICE, event: "sale", status: "approved", amount: { basis: "invoice" } }],
    },
    {
      // Refunds know the payment, and invoices since 2025-03-31 do not: this joins both names, and gives nothing back.
      when: [of("invoice_payment.paid")],
      says: [
        {
          status: "reversed",
          refunded_total: { number: "0" },
          always: true,
          txid: at("invoice"),
          also_txid: { first: [at("payment.payment_intent"), at("payment.charge")] },
        },
      ],
    },
    {
      when: [REFUND, { at: at("status"), is: ["succeeded"] }],
      says: [{ status: "reversed", txid: PAYMENT, refund_id: at("id"), amount: { basis: "refund" } }],
    },
    {
      when: [REFUND, { at: at("status"), is: ["failed", "canceled"] }],
      says: [{ status: "reinstated", txid: PAYMENT, refund_id: at("id") }],
    },
    { when: [REFUND], says: [], why: "This refund has not been paid yet." },
    { when: [of("charge.refunded")], says: [], why: "Its refunds are told one by one." },
    {
      when: [
        of("charge.dispute.created", "charge.dispute.closed"),
        { at: at("status"), is: ["warning_needs_response", "warning_under_review", "warning_closed"] },
      ],
      says: [],
      why: "An inquiry moves no money.",
    },
    {
      when: [of("charge.dispute.closed"), { at: at("status"), is: ["won"] }],
      says: [{ status: "reinstated", txid: PAYMENT, refund_id: at("id") }],
    },
    {
      when: [of("charge.dispute.created", "charge.dispute.closed")],
      says: [{ status: "reversed", txid: PAYMENT, refund_id: at("id"), amount: at("amount") }],
    },
  ],
};

/** Lemon Squeezy: Settings → Webhooks, https://docs.lemonsqueezy.com/help/webhooks. */
import type { SaidMessage, SourceCondition, SourceSum, SourceTable } from "../source-table.ts";

const of = (...names: string[]): SourceCondition => ({ at: "meta.event_name", is: names });
const at = (name: string): string => `data.attributes.${name}`;
const WITHOUT_TAX: SourceSum = { plus: [at("total")], minus: [at("tax")] };
/** Invoices of subscriptions are counted apart from orders. */
const INVOICE = { txid: { join: [{ text: "invoice" }, "data.id"] } } as const;
/** All that was given back so far is told every time. */
const REFUNDED: SaidMessage = { status: "reversed", refunded_total: { basis: "refund" } };
const WHOLE: SaidMessage = { status: "reversed" };
const IS_WHOLE: SourceCondition = { at: at("status"), is: ["refunded"] };
const INITIAL: SourceCondition = { at: at("billing_reason"), is: ["initial"] };

export const lemonsqueezy: SourceTable = {
  label: "Lemon Squeezy",
  body: "json",
  proof: { scheme: "hmac", header: "X-Signature", encoding: "hex" },
  answers: {},
  event: "meta.event_name",
  message: { join: ["meta.event_name", "data.id", at("updated_at")] },
  test: [{ at: "meta.test_mode", is: ["true"] }],
  unit: "minor",
  bases: {
    total: { label: "with tax", parts: { sale: at("total"), refund: at("refunded_amount") } },
    without_tax: {
      label: "without tax",
      parts: { sale: WITHOUT_TAX, refund: { share: at("refunded_amount"), part: WITHOUT_TAX, whole: at("total") } },
    },
  },
  fields: {
    txid: "data.id",
    currency: at("currency"),
    occurred_at: at("created_at"),
    click_id: [{ member: "meta.custom_data" }],
  },
  rules: [
    {
      when: [of("order_created"), { at: at("total"), zero: true }],
      says: [{ event: "trial", status: "approved", amount: { basis: "sale" } }],
    },
    {
      when: [of("order_created"), { at: at("status"), is: ["pending"] }],
      says: [{ event: "sale", status: "pending", amount: { basis: "sale" } }],
    },
    {
      when: [of("order_created"), { at: at("status"), is: ["failed"] }],
      says: [],
      why: "Nothing was paid.",
    },
    { when: [of("order_created")], says: [{ event: "sale", status: "approved", amount: { basis: "sale" } }] },
    { when: [of("order_refunded"), IS_WHOLE], says: [REFUNDED, WHOLE] },
    { when: [of("order_refunded")], says: [REFUNDED] },
    {
      when: [of("subscription_payment_success", "subscription_payment_refunded"), INITIAL],
      says: [],
      why: "The first payment is its order's, which tells it.",
    },
    {
      when: [of("subscription_payment_success")],
      says: [{ ...INVOICE, event: "renewal", status: "approved", amount: { basis: "sale" } }],
    },
    {
      when: [of("subscription_payment_refunded"), { at: at("status"), is: ["partial_refund"] }],
      says: [{ ...REFUNDED, ...INVOICE }],
    },
    { when: [of("subscription_payment_refunded")], says: [{ ...WHOLE, ...INVOICE }] },
  ],
};

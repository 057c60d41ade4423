/** Digistore24: an IPN connection of Settings → Integrations, https://dev.digistore24.com/. A flat form. */
import type { SourceCondition, SourceTable } from "../source-table.ts";

const of = (...events: string[]): SourceCondition => ({ at: "event", is: events });
/** Payments of one order are counted from 1. */
const FIRST: SourceCondition = { at: "pay_sequence_no", is: ["", "0", "1"] };
const LATER = { txid: { join: ["order_id", "pay_sequence_no"] } } as const;
const REFUND = {
  status: "reversed",
  refund_id: { join: ["event", "transaction_id"] },
  amount: { basis: "refund" },
} as const;
const CHARGEBACK = {
  status: "reversed",
  refund_id: { join: ["event", "order_id", "pay_sequence_no"] },
  amount: { basis: "refund" },
} as const;

export const digistore24: SourceTable = {
  label: "Digistore24",
  body: "form",
  proof: { scheme: "digistore24" },
  // It sends until the answer begins so.
  answers: { accepted: "OK" },
  event: "event",
  message: { join: ["event", "order_id", "transaction_id"] },
  test: [{ at: "api_mode", is: ["test"] }],
  unit: "major",
  bases: {
    total: { label: "with tax", parts: { sale: "amount_brutto", refund: "transaction_amount" } },
    without_tax: {
      label: "without tax",
      parts: {
        sale: "amount_netto",
        refund: { share: "transaction_amount", part: "amount_netto", whole: "amount_brutto" },
      },
    },
    vendor: {
      label: "what Digistore24 pays out",
      parts: {
        sale: "amount_vendor",
        refund: { share: "transaction_amount", part: "amount_vendor", whole: "amount_brutto" },
      },
    },
  },
  fields: {
    txid: "order_id",
    currency: { first: ["currency", "transaction_currency"] },
    click_id: ["custom", "campaignkey", "trackingkey"],
    coupon: { first: ["coupon_code", "used_coupon_code"] },
  },
  rules: [
    {
      when: [of("on_payment"), FIRST],
      says: [
        {
          event: "sale",
          status: "approved",
          amount: { basis: "sale" },
          occurred_at: { by: "berlin_time", at: "order_date_time" },
        },
      ],
    },
    {
      when: [of("on_payment")],
      says: [{ ...LATER, event: "renewal", status: "approved", amount: { basis: "sale" } }],
    },
    { when: [of("on_refund"), FIRST], says: [REFUND] },
    { when: [of("on_refund")], says: [{ ...REFUND, ...LATER }] },
    { when: [of("on_chargeback"), FIRST], says: [CHARGEBACK] },
    { when: [of("on_chargeback")], says: [{ ...CHARGEBACK, ...LATER }] },
  ],
};

/** RevenueCat: Integrations → Webhooks, https://www.revenuecat.com/docs/integrations/webhooks. Its header is a secret that the operator makes up. */
import type { SourceCondition, SourceSum, SourceTable } from "../source-table.ts";

const of = (...types: string[]): SourceCondition => ({ at: "event.type", is: types });
const PRICE: SourceSum = "event.price_in_purchased_currency";
/** A store gives back the whole, and says no name of it. */
const REFUND = { refund_id: { join: [{ text: "refund" }, "event.transaction_id"] } } as const;

export const revenuecat: SourceTable = {
  label: "RevenueCat",
  body: "json",
  proof: { scheme: "header", header: "Authorization" },
  answers: {},
  event: "event.type",
  message: "event.id",
  test: [{ at: "event.environment", is: ["SANDBOX"] }],
  unit: "major",
  bases: {
    total: { label: "as the customer paid it", parts: { sale: PRICE } },
    usd: { label: "in US dollars", parts: { sale: "event.price" }, currency: { text: "USD" } },
    without_tax: {
      label: "without tax",
      parts: { sale: { of: PRICE, without: ["event.tax_percentage"] } },
    },
    proceeds: {
      label: "without tax and the store’s commission",
      parts: { sale: { of: PRICE, without: ["event.tax_percentage", "event.commission_percentage"] } },
    },
  },
  fields: {
    txid: "event.transaction_id",
    currency: "event.currency",
    occurred_at: { first: ["event.purchased_at_ms", "event.event_timestamp_ms"] },
    click_id: [{ member: "event.subscriber_attributes", value: "value" }],
    coupon: "event.offer_code",
  },
  rules: [
    {
      when: [of("INITIAL_PURCHASE", "RENEWAL", "NON_RENEWING_PURCHASE"), { at: "event.is_family_share", is: ["true"] }],
      says: [],
      why: "A family's share is not paid for.",
    },
    {
      when: [of("INITIAL_PURCHASE", "RENEWAL", "NON_RENEWING_PURCHASE"), { at: "event.store", is: ["PROMOTIONAL"] }],
      says: [],
      why: "It was granted, and nobody bought it.",
    },
    {
      when: [of("INITIAL_PURCHASE"), { at: "event.period_type", is: ["TRIAL"] }],
      says: [{ event: "trial", status: "approved" }],
    },
    {
      when: [of("INITIAL_PURCHASE", "NON_RENEWING_PURCHASE")],
      says: [{ event: "sale", status: "approved", amount: { basis: "sale" } }],
    },
    {
      // The first money after a trial.
      when: [of("RENEWAL"), { at: "event.is_trial_conversion", is: ["true"] }],
      says: [{ event: "sale", status: "approved", amount: { basis: "sale" } }],
    },
    { when: [of("RENEWAL")], says: [{ event: "renewal", status: "approved", amount: { basis: "sale" } }] },
    {
      when: [of("CANCELLATION"), { at: "event.cancel_reason", is: ["CUSTOMER_SUPPORT"] }],
      says: [{ ...REFUND, status: "reversed", occurred_at: "event.event_timestamp_ms" }],
    },
    { when: [of("CANCELLATION")], says: [], why: "It only ends later: nothing was given back." },
    {
      when: [of("REFUND_REVERSED")],
      says: [{ ...REFUND, status: "reinstated", occurred_at: "event.event_timestamp_ms" }],
    },
  ],
};

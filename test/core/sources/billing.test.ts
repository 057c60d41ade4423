/** Paddle, Lemon Squeezy and RevenueCat: what their webhooks say. Facts from their documentation and libraries, typed anew. */
import { describe, expect, it } from "vitest";
import { answered, CLICK, heard, namesOf, type Sent, shopOf, tableOf } from "./shops.ts";

describe("Paddle", () => {
  const paddle = tableOf("paddle");
  const TIME = "2026-11-23T07:30:00.123456Z";
  const AT = { occurredAtMs: Date.UTC(2026, 10, 23, 7, 30, 0, 123), occurredAtSent: TIME };
  const notice = (event_type: string, data: object, choices: Sent["choices"] = {}): Sent => ({
    body: { event_id: "evt_1", event_type, occurred_at: TIME, notification_id: "ntf_1", data },
    choices,
  });
  const TRANSACTION = {
    id: "txn_1",
    status: "completed",
    origin: "web",
    currency_code: "EUR",
    discount_id: "dsc_1",
    custom_data: { Click_Id: CLICK },
    details: { totals: { subtotal: "10000", tax: "1900", total: "11900", earnings: "9300" } },
  };
  const completed = (transaction: object = {}, choices: Sent["choices"] = {}): Sent =>
    notice("transaction.completed", { ...TRANSACTION, ...transaction }, choices);
  const SALE = {
    event: "sale",
    status: "approved",
    txid: "txn_1",
    currency: "EUR",
    clickId: CLICK,
    coupon: "dsc_1",
    ...AT,
  };
  const adjusted = (action: string, status = "approved", choices: Sent["choices"] = {}): Sent =>
    notice(
      "adjustment.updated",
      {
        id: `adj_${action}`,
        action,
        status,
        transaction_id: "txn_1",
        currency_code: "EUR",
        totals: { subtotal: "1000", tax: "190", total: "1190", earnings: "930" },
      },
      choices,
    );
  const NAMED = { txid: "txn_1", currency: "EUR", ...AT };

  it.each<[string, Sent, object[] | string]>([
    ["a payment", completed(), [{ ...SALE, amountMicros: 119_000_000 }]],
    ["without tax", completed({}, { basis: "without_tax" }), [{ ...SALE, amountMicros: 100_000_000 }]],
    ["what is paid out", completed({}, { basis: "earnings" }), [{ ...SALE, amountMicros: 93_000_000 }]],
    [
      "a renewal",
      completed({ origin: "subscription_recurring" }),
      [{ ...SALE, event: "renewal", amountMicros: 119_000_000 }],
    ],
    ["a trial", completed({ details: { totals: { total: "0" } } }), [{ ...SALE, event: "trial", amountMicros: 0 }]],
    [
      "an upgrade of a subscription",
      completed({ origin: "subscription_update" }),
      [{ ...SALE, event: "renewal", amountMicros: 119_000_000 }],
    ],
    ...[
      "subscription_recurring",
      "subscription_charge",
      "subscription_update",
      "subscription_payment_method_change",
    ].map((origin): [string, Sent, string] => [
      `no trial where nothing is paid for ${origin}`,
      completed({ origin, details: { totals: { total: "0" } } }),
      "passed_over",
    ]),
    ["the same payment by another event", notice("transaction.paid", TRANSACTION), "passed_over"],
    ["a cancellation", notice("transaction.canceled", TRANSACTION), [{ ...NAMED, status: "rejected" }]],
    ["a refund that waits", adjusted("refund", "pending_approval"), "passed_over"],
    [
      "a refund",
      adjusted("refund"),
      [{ ...NAMED, status: "reversed", refundId: "adj_refund", amountMicros: 11_900_000 }],
    ],
    [
      "a refund without tax",
      adjusted("refund", "approved", { basis: "without_tax" }),
      [{ ...NAMED, status: "reversed", refundId: "adj_refund", amountMicros: 10_000_000 }],
    ],
    [
      "a chargeback",
      adjusted("chargeback"),
      [{ ...NAMED, status: "reversed", refundId: "chargeback:txn_1", amountMicros: 11_900_000 }],
    ],
    [
      "a chargeback that is won, whose ID is another",
      adjusted("chargeback_reverse"),
      [{ ...NAMED, status: "reinstated", refundId: "chargeback:txn_1" }],
    ],
    ["a credit", adjusted("credit"), "passed_over"],
  ])("tells %s", (_, sent, contents) => {
    expect(heard(paddle, sent)).toEqual(contents);
  });

  it("of the sandbox is a test where set-up says so", () => {
    expect(heard(paddle, completed({}, { test: true }))).toMatchObject([{ test: true }]);
  });
});

describe("Lemon Squeezy", () => {
  const lemonsqueezy = tableOf("lemonsqueezy");
  const TIME = "2026-11-23T07:30:00.000000Z";
  const AT = { occurredAtMs: Date.UTC(2026, 10, 23, 7, 30), occurredAtSent: TIME };
  const said = (event_name: string, attributes: object, choices: Sent["choices"] = {}, test_mode = false): Sent => ({
    body: {
      meta: { event_name, test_mode, custom_data: { click_id: CLICK } },
      data: {
        type: "orders",
        id: "91",
        attributes: {
          currency: "USD",
          created_at: TIME,
          updated_at: TIME,
          user_email: "ann@example.com",
          ...attributes,
        },
      },
    },
    choices,
  });
  const ORDER = { status: "paid", total: 11_900, tax: 1_900, subtotal: 10_000, refunded_amount: 0 };
  const SALE = { event: "sale", status: "approved", txid: "91", currency: "USD", clickId: CLICK, ...AT };
  const NAMED = { txid: "91", currency: "USD", ...AT };
  const part = { ...ORDER, status: "partial_refund", refunded_amount: 2_380 };

  it.each<[string, Sent, object[] | string]>([
    ["an order", said("order_created", ORDER), [{ ...SALE, amountMicros: 119_000_000 }]],
    ["without tax", said("order_created", ORDER, { basis: "without_tax" }), [{ ...SALE, amountMicros: 100_000_000 }]],
    [
      "the first payment of a subscription, which its order tells",
      said("subscription_payment_success", { ...ORDER, billing_reason: "initial" }),
      "passed_over",
    ],
    [
      "a renewal, counted apart from orders",
      said("subscription_payment_success", { ...ORDER, billing_reason: "renewal" }),
      [{ ...SALE, event: "renewal", txid: "invoice:91", amountMicros: 119_000_000 }],
    ],
    [
      "a part refund, in the sum so far",
      said("order_refunded", part),
      [{ ...NAMED, status: "reversed", refundedTotalMicros: 23_800_000 }],
    ],
    [
      "a part refund without tax",
      said("order_refunded", part, { basis: "without_tax" }),
      [{ ...NAMED, status: "reversed", refundedTotalMicros: 20_000_000 }],
    ],
    [
      "the whole refund",
      said("order_refunded", { ...ORDER, status: "refunded", refunded_amount: 11_900 }),
      [
        { ...NAMED, status: "reversed", refundedTotalMicros: 119_000_000 },
        { ...NAMED, status: "reversed" },
      ],
    ],
    [
      "a renewal's refund",
      said("subscription_payment_refunded", { ...ORDER, status: "refunded", billing_reason: "renewal" }),
      [{ ...NAMED, txid: "invoice:91", status: "reversed" }],
    ],
    ["a subscription's end", said("subscription_cancelled", { status: "cancelled" }), "passed_over"],
  ])("tells %s", (_, sent, contents) => {
    expect(heard(lemonsqueezy, sent)).toEqual(contents);
  });

  it("in test mode is a test", () => {
    expect(heard(lemonsqueezy, said("order_created", ORDER, {}, true))).toMatchObject([{ test: true }]);
  });

  it("names no messages: what it was about does, so that a second refund is another", () => {
    const again = said("order_refunded", { ...part, updated_at: "2026-11-24T07:30:00.000000Z" });
    expect(namesOf(lemonsqueezy, said("order_refunded", part))).toEqual(
      namesOf(lemonsqueezy, said("order_refunded", part)),
    );
    expect(namesOf(lemonsqueezy, again)).not.toEqual(namesOf(lemonsqueezy, said("order_refunded", part)));
  });
});

describe("RevenueCat", () => {
  const revenuecat = tableOf("revenuecat");
  const AT_MS = 1_795_417_200_000;
  const AT = { occurredAtMs: AT_MS, occurredAtSent: String(AT_MS) };
  const event = (change: object, choices: Sent["choices"] = {}): Sent => ({
    body: {
      api_version: "1.0",
      event: {
        id: "E-1",
        type: "INITIAL_PURCHASE",
        environment: "PRODUCTION",
        period_type: "NORMAL",
        app_user_id: "ann@example.com",
        transaction_id: "230001020690335",
        price: 7.99,
        price_in_purchased_currency: 6.99,
        tax_percentage: 0.1597,
        commission_percentage: 0.2521,
        currency: "EUR",
        purchased_at_ms: AT_MS,
        event_timestamp_ms: AT_MS,
        subscriber_attributes: {
          click_id: { value: CLICK, updated_at_ms: AT_MS },
          $email: { value: "ann@example.com" },
        },
        ...change,
      },
    },
    choices,
  });
  const SALE = { event: "sale", status: "approved", txid: "230001020690335", currency: "EUR", clickId: CLICK, ...AT };
  const REFUND = { txid: SALE.txid, currency: "EUR", refundId: `refund:${SALE.txid}`, ...AT };

  it.each<[string, Sent, object[] | string]>([
    ["a purchase", event({}), [{ ...SALE, amountMicros: 6_990_000 }]],
    ["in US dollars", event({}, { basis: "usd" }), [{ ...SALE, currency: "USD", amountMicros: 7_990_000 }]],
    ["without tax", event({}, { basis: "without_tax" }), [{ ...SALE, amountMicros: 5_873_697 }]],
    ["without tax and commission", event({}, { basis: "proceeds" }), [{ ...SALE, amountMicros: 4_111_518 }]],
    [
      "what floating point made of it",
      event({ price_in_purchased_currency: 19.989999999999998 }),
      [{ ...SALE, amountMicros: 19_990_000 }],
    ],
    [
      "no sale of what was granted",
      event({
        type: "NON_RENEWING_PURCHASE",
        store: "PROMOTIONAL",
        period_type: "PROMOTIONAL",
        price_in_purchased_currency: 0,
      }),
      "passed_over",
    ],
    ["a trial", event({ period_type: "TRIAL", price_in_purchased_currency: 0 }), [{ ...SALE, event: "trial" }]],
    [
      "the first money after a trial",
      event({ type: "RENEWAL", is_trial_conversion: true }),
      [{ ...SALE, amountMicros: 6_990_000 }],
    ],
    ["a renewal", event({ type: "RENEWAL" }), [{ ...SALE, event: "renewal", amountMicros: 6_990_000 }]],
    [
      "a refund",
      event({ type: "CANCELLATION", cancel_reason: "CUSTOMER_SUPPORT", price: -7.99 }),
      [{ ...REFUND, status: "reversed" }],
    ],
    ["a refund undone", event({ type: "REFUND_REVERSED" }), [{ ...REFUND, status: "reinstated" }]],
    ["a subscription's end", event({ type: "CANCELLATION", cancel_reason: "UNSUBSCRIBE" }), "passed_over"],
    ["a family's share", event({ is_family_share: true, price_in_purchased_currency: null }), "passed_over"],
    ["its own test", event({ type: "TEST" }), "passed_over"],
  ])("tells %s", (_, sent, contents) => {
    expect(heard(revenuecat, sent)).toEqual(contents);
  });

  it("of the sandbox is a test", () => {
    expect(heard(revenuecat, event({ environment: "SANDBOX" }))).toMatchObject([{ test: true }]);
  });

  it("proves itself by the header that was typed", () => {
    const answer = (headers: Record<string, string>) => answered(shopOf(revenuecat), "/p/acme/shop", headers, "{}");
    expect(answer({})).toBe("missing_token");
    expect(answer({ Authorization: "Bearer guessed" })).toBe("bad_token");
    expect(answer({ Authorization: "the shop's own secret" })).toBe("unknown_form");
  });
});

/** Shopify: what its webhooks say. Facts from its documentation, typed anew. */
import { describe, expect, it } from "vitest";
import { CLICK, heard, namesOf, type Sent, tableOf } from "./shops.ts";

const shopify = tableOf("shopify");
const topic = (name: string): Record<string, string> => ({ "X-Shopify-Topic": name, "X-Shopify-Event-Id": "e-1" });
const TIME = "2026-11-23T02:30:00-05:00";
const AT = { occurredAtMs: Date.UTC(2026, 10, 23, 7, 30), occurredAtSent: TIME };

/** Its ID is beyond what a double holds, so it is written as text. */
const ORDER = {
  id: 0,
  test: false,
  currency: "EUR",
  created_at: TIME,
  processed_at: TIME,
  financial_status: "paid",
  taxes_included: false,
  total_price: "129.00",
  subtotal_price: "100.00",
  total_tax: "19.00",
  landing_site: `/products/shoe?utm_source=blog&click_id=${CLICK}`,
  discount_codes: [{ code: "BLOG10", amount: "10.00", type: "percentage" }],
  note_attributes: [{ name: "gift", value: "no" }],
  line_items: [{ id: 1, properties: [], tax_lines: [{ price: "19.00" }] }],
  source_name: "web",
};
const ID = "820982911946154508";
const withId = (order: object): string => JSON.stringify(order).replace('"id":0', `"id":${ID}`);
const paid = (order: object = {}, choices: Sent["choices"] = {}): Sent => ({
  headers: topic("orders/paid"),
  body: withId({ ...ORDER, ...order }),
  choices,
});
const SALE = { event: "sale", status: "approved", txid: ID, currency: "EUR", clickId: CLICK, coupon: "BLOG10", ...AT };

const REFUND = {
  id: 509562969,
  order_id: 0,
  created_at: TIME,
  refund_line_items: [{ subtotal: "50.00", total_tax: "9.50" }],
  order_adjustments: [],
  transactions: [
    { kind: "refund", status: "success", amount: "59.50", currency: "EUR" },
    { kind: "refund", status: "failure", amount: "59.50", currency: "EUR" },
    { kind: "void", status: "success", amount: "1.00", currency: "EUR" },
  ],
};
const refunded = (refund: object = {}, choices: Sent["choices"] = {}): Sent => ({
  headers: topic("refunds/create"),
  body: JSON.stringify({ ...REFUND, ...refund }).replace('"order_id":0', `"order_id":${ID}`),
  choices,
});

describe("a paid order", () => {
  it.each<[string, Sent, object]>([
    ["keeps an ID beyond 2^53, and the click ID of the first page", paid(), { ...SALE, amountMicros: 129_000_000 }],
    ["without tax", paid({}, { basis: "without_tax" }), { ...SALE, amountMicros: 110_000_000 }],
    ["without tax and shipping", paid({}, { basis: "net" }), { ...SALE, amountMicros: 100_000_000 }],
    [
      "without tax, where prices include it",
      paid({ taxes_included: true, subtotal_price: "119.00" }, { basis: "net" }),
      { ...SALE, amountMicros: 100_000_000 },
    ],
    [
      "of yen",
      paid({ currency: "JPY", total_price: "5000" }),
      { ...SALE, currency: "JPY", amountMicros: 5_000_000_000 },
    ],
    ["of a test gateway", paid({ test: true }), { ...SALE, amountMicros: 129_000_000, test: true }],
    [
      "of a subscription",
      paid({ source_name: "subscription_contract" }),
      { ...SALE, event: "renewal", amountMicros: 129_000_000 },
    ],
    [
      "under the offer's own name for it",
      paid({}, { events: { sale: "purchase" } }),
      { ...SALE, event: "purchase", amountMicros: 129_000_000 },
    ],
    [
      "with the click ID in the cart's attributes",
      paid({ landing_site: null, note_attributes: [{ name: "Click_ID", value: ` ${CLICK} ` }] }),
      { ...SALE, amountMicros: 129_000_000 },
    ],
    [
      "with the click ID under a name of the shop's own",
      paid({ landing_site: `https://shop.example/?cb=${CLICK}#top` }, { clickName: "cb" }),
      { ...SALE, amountMicros: 129_000_000 },
    ],
  ])("%s", (_, sent, content) => {
    expect(heard(shopify, sent)).toEqual([content]);
  });

  it("has no click where what is carried is none of ours", () => {
    const { clickId: _, ...sale } = { ...SALE, amountMicros: 129_000_000 };
    expect(heard(shopify, paid({ landing_site: "/?click_id=somebody-elses" }))).toEqual([sale]);
  });

  it("tells a returning customer, in versions that count orders", () => {
    const counted = (count: number) => paid({ customer: { orders_count: count, email: "ann@example.com" } });
    expect(heard(shopify, counted(1))).toMatchObject([{ customer: "new" }]);
    expect(heard(shopify, counted(3))).toMatchObject([{ customer: "returning" }]);
  });

  it("says no name of who bought", () => {
    const person = {
      email: "ann@example.com",
      browser_ip: "203.0.113.9",
      customer: { first_name: "Ann" },
      note: "for Ann",
    };
    const said = JSON.stringify(heard(shopify, paid(person)));
    expect(said).not.toMatch(/ann|203\.0\.113/i);
  });

  it("is of another platform, or another version, where the amount is not there", () => {
    expect(heard(shopify, paid({ total_price: undefined }))).toBe("unknown_form amount");
    expect(heard(shopify, paid({ total_price: "12,50" }))).toBe("unknown_form amount");
  });

  it("has one name, whichever subscription brings it, however often", () => {
    const again = paid();
    const twice = { ...again, headers: { ...topic("orders/paid"), "X-Shopify-Webhook-Id": "another" } };
    expect(namesOf(shopify, again)).toEqual(namesOf(shopify, twice));
  });
});

const REVERSED = { status: "reversed", txid: ID, refundId: "509562969", currency: "EUR", ...AT };

describe("a refund", () => {
  it.each<[string, Sent, object | string]>([
    ["of a part is what succeeded", refunded(), { ...REVERSED, amountMicros: 59_500_000 }],
    ["without tax", refunded({}, { basis: "without_tax" }), { ...REVERSED, amountMicros: 50_000_000 }],
    [
      "without tax and shipping",
      refunded(
        {
          order_adjustments: [{ kind: "shipping_refund", amount: "-10.00", tax_amount: "-1.90" }],
          transactions: [{ kind: "refund", status: "success", amount: "71.40", currency: "EUR" }],
        },
        { basis: "net" },
      ),
      { ...REVERSED, amountMicros: 50_000_000 },
    ],
  ])("%s", (_, sent, content) => {
    expect(heard(shopify, sent)).toEqual([content]);
  });

  it("of a test order is a test, though only its payment says so", () => {
    const payment = { kind: "refund", status: "success", amount: "59.50", currency: "EUR" };
    const ofTest = (isTest: boolean) => heard(shopify, refunded({ transactions: [{ ...payment, test: isTest }] }));
    expect(ofTest(true)).toEqual([{ ...REVERSED, amountMicros: 59_500_000, test: true }]);
    expect(ofTest(false)).toEqual([{ ...REVERSED, amountMicros: 59_500_000 }]);
  });

  it.each(["pending", "failure"])("whose payment is %s gives back no shipping either", (status) => {
    const refund = {
      order_adjustments: [{ kind: "shipping_refund", amount: "-10.00", tax_amount: "-1.90" }],
      transactions: [{ kind: "refund", status, amount: "71.40", currency: "EUR" }],
    };
    expect(heard(shopify, refunded(refund, { basis: "net" }))).toBe("passed_over");
  });

  it("of nothing, where goods were put back on stock only, is passed over", () => {
    expect(heard(shopify, refunded({ transactions: [] }))).toBe("passed_over");
    expect(heard(shopify, refunded({ transactions: [] }, { basis: "net" }))).toBe("passed_over");
  });
});

describe("what ends an order", () => {
  const cancelled = (financial_status: string): Sent => ({
    headers: topic("orders/cancelled"),
    body: withId({ ...ORDER, financial_status }),
  });

  it("is a rejection before anything was paid", () => {
    expect(heard(shopify, cancelled("voided"))).toEqual([{ status: "rejected", txid: ID, currency: "EUR", ...AT }]);
  });

  it("is told by its refund once it was paid, and not twice", () => {
    expect(heard(shopify, cancelled("refunded"))).toBe("passed_over");
  });

  it("is a dispute, until it is won", () => {
    const dispute = (status: string, type = "chargeback"): Sent => ({
      headers: topic("disputes/update"),
      body: { id: 35982383, order_id: 625362839, type, currency: "EUR", amount: "129.00", status, initiated_at: TIME },
    });
    const named = { txid: "625362839", refundId: "dispute:35982383", currency: "EUR" };
    const taken = [{ ...named, ...AT, status: "reversed", amountMicros: 129_000_000 }];
    expect(heard(shopify, dispute("needs_response"))).toEqual(taken);
    expect(heard(shopify, dispute("lost"))).toEqual(taken);
    expect(heard(shopify, dispute("won"))).toEqual([{ ...named, status: "reinstated" }]);
    expect(heard(shopify, dispute("needs_response", "inquiry"))).toBe("passed_over");
  });
});

it("passes over what is not about money", () => {
  expect(heard(shopify, { headers: topic("orders/create"), body: withId(ORDER) })).toBe("passed_over");
  expect(heard(shopify, { headers: topic("customers/update"), body: { id: 1 } })).toBe("passed_over");
  expect(heard(shopify, { body: { id: 1 } })).toBe("unknown_form");
});

it("waits for an order that is paid later", () => {
  const created = { headers: topic("orders/create"), body: withId({ ...ORDER, financial_status: "pending" }) };
  expect(heard(shopify, created)).toEqual([{ ...SALE, status: "pending", amountMicros: 129_000_000 }]);
});

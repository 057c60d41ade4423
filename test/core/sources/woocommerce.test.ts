/** WooCommerce: what its webhooks say. Facts from its core and its REST documentation, typed anew. */
import { expect, it } from "vitest";
import { answered, CLICK, heard, namesOf, type Sent, shopOf, tableOf } from "./shops.ts";

const woocommerce = tableOf("woocommerce");
const ENTRY = "_wc_order_attribution_session_entry";
const ORDER = {
  id: 727,
  number: "WC-727",
  status: "processing",
  currency: "USD",
  created_via: "checkout",
  date_created_gmt: "2026-11-23T07:00:00",
  date_paid_gmt: "2026-11-23T07:30:00",
  date_modified_gmt: "2026-11-23T07:30:01",
  total: "129.00",
  total_tax: "19.00",
  shipping_total: "10.00",
  billing: { first_name: "Ann", email: "ann@example.com" },
  customer_ip_address: "203.0.113.9",
  coupon_lines: [{ code: "blog10" }],
  meta_data: [{ id: 1, key: ENTRY, value: `https://shop.example/shoe/?click_id=${CLICK}` }],
  refunds: [],
};
const order = (change: object = {}, choices: Sent["choices"] = {}): Sent => ({
  headers: { "X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Delivery-ID": "same-second" },
  body: { ...ORDER, ...change },
  choices,
});
const NAMED = {
  txid: "727",
  currency: "USD",
  occurredAtMs: Date.UTC(2026, 10, 23, 7, 30),
  occurredAtSent: "2026-11-23T07:30:00Z",
};
const SALE = { ...NAMED, event: "sale", status: "approved", clickId: CLICK, coupon: "blog10" };
const PARTS = [
  { id: 1, reason: "", total: "-12.90" },
  { id: 2, reason: "", total: "-25.80" },
];

it.each<[string, Sent, object[]]>([
  ["paid and being packed", order(), [{ ...SALE, amountMicros: 129_000_000 }]],
  ["paid and done", order({ status: "completed" }), [{ ...SALE, amountMicros: 129_000_000 }]],
  ["without tax", order({}, { basis: "without_tax" }), [{ ...SALE, amountMicros: 110_000_000 }]],
  ["without tax and shipping", order({}, { basis: "net" }), [{ ...SALE, amountMicros: 100_000_000 }]],
  ["a renewal", order({ created_via: "subscription" }), [{ ...SALE, event: "renewal", amountMicros: 129_000_000 }]],
  [
    "with the click ID from a snippet of the shop's own",
    order({ meta_data: [{ key: "click_id", value: CLICK }] }),
    [{ ...SALE, amountMicros: 129_000_000 }],
  ],
  [
    "refunded in parts, of which the sum counts",
    order({ refunds: PARTS }),
    [
      { ...SALE, amountMicros: 129_000_000 },
      { ...NAMED, status: "reversed", refundedTotalMicros: 38_700_000 },
    ],
  ],
  [
    "refunded in parts, without tax and shipping: the same share of it",
    order({ refunds: PARTS }, { basis: "net" }),
    [
      { ...SALE, amountMicros: 100_000_000 },
      { ...NAMED, status: "reversed", refundedTotalMicros: 30_000_000 },
    ],
  ],
  [
    "refunded whole",
    order({ status: "refunded", refunds: [{ id: 3, total: "-129.00" }] }),
    [
      { ...NAMED, status: "reversed", refundedTotalMicros: 129_000_000 },
      { ...NAMED, status: "reversed" },
    ],
  ],
  ["refunded whole by hand", order({ status: "refunded" }), [{ ...NAMED, status: "reversed" }]],
  ["cancelled when it was paid", order({ status: "cancelled" }), [{ ...NAMED, status: "reversed" }]],
])("an order %s", (_, sent, contents) => {
  expect(heard(woocommerce, sent)).toEqual(contents);
});

it("waits for a payment, and takes that it failed", () => {
  const unpaid = { date_paid_gmt: null };
  const created = { occurredAtMs: Date.UTC(2026, 10, 23, 7), occurredAtSent: "2026-11-23T07:00:00Z" };
  expect(heard(woocommerce, order({ ...unpaid, status: "on-hold" }))).toEqual([
    { ...SALE, ...created, status: "pending", amountMicros: 129_000_000 },
  ]);
  expect(heard(woocommerce, order({ ...unpaid, status: "failed" }))).toEqual([
    { ...NAMED, ...created, status: "rejected" },
  ]);
});

it("passes over what is not about an order's money", () => {
  const deleted = { headers: { "X-WC-Webhook-Topic": "order.deleted" }, body: { id: 727 } };
  expect(heard(woocommerce, deleted)).toBe("passed_over");
  expect(heard(woocommerce, order({ status: "trash" }))).toBe("passed_over");
});

it("does not take the delivery's name, which two orders of one second share", () => {
  expect(namesOf(woocommerce, order())).not.toEqual(namesOf(woocommerce, order({ id: 728 })));
  const byAnotherWebhook = { ...order(), headers: { "X-WC-Webhook-Topic": "order.created" } };
  expect(namesOf(woocommerce, byAnotherWebhook)).toEqual(namesOf(woocommerce, order()));
  const later = { date_modified_gmt: "2026-11-23T09:00:00" };
  expect(namesOf(woocommerce, order(later))).not.toEqual(namesOf(woocommerce, order()));
});

it("knows the ping that comes unsigned when a webhook is saved, and nothing else unsigned", () => {
  const unsigned = (body: string, headers: Record<string, string> = {}) =>
    answered(shopOf(woocommerce), "/p/acme/shop", headers, body);
  expect(unsigned("webhook_id=7")).toBe("passed_over");
  expect(unsigned("webhook_id=7", { "X-WC-Webhook-Topic": "order.updated" })).toBe("missing_signature");
  expect(unsigned("webhook_id=7&total=5")).toBe("missing_signature");
  expect(unsigned(JSON.stringify(ORDER))).toBe("missing_signature");
});

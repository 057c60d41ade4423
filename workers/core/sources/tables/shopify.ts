/** Shopify: webhooks of an app or of Settings → Notifications, https://shopify.dev/docs/apps/build/webhooks. */
import type { SourceSum, SourceTable } from "../source-table.ts";

const REFUNDED: SourceSum = {
  sumOf: "transactions",
  each: "@.amount",
  where: [
    { at: "@.kind", is: ["refund"] },
    { at: "@.status", is: ["success"] },
  ],
};
/** Negative: what was given back of the shipping. */
const SHIPPING = [{ at: "@.kind", is: ["shipping_refund"] }];
const REFUNDED_FOR_ITEMS: SourceSum = {
  plus: [REFUNDED],
  minus: [
    { sumOf: "order_adjustments", each: "@.amount", where: SHIPPING },
    { sumOf: "order_adjustments", each: "@.tax_amount", where: SHIPPING },
  ],
};
const ITEMS: SourceSum = "refund_line_items[].subtotal";
const ITEMS_WITH_TAX: SourceSum = { plus: [ITEMS, "refund_line_items[].total_tax"] };
/** A refund names the order, and is no sale. */
const DISPUTE = { txid: "order_id", refund_id: { join: [{ text: "dispute" }, "id"] } } as const;

export const shopify: SourceTable = {
  label: "Shopify",
  body: "json",
  proof: { scheme: "hmac", header: "X-Shopify-Hmac-Sha256", encoding: "base64" },
  answers: {},
  event: { header: "X-Shopify-Topic" },
  // The same event has one, whichever subscription brings it.
  message: { first: [{ header: "X-Shopify-Event-Id" }, { header: "X-Shopify-Webhook-Id" }] },
  // A refund says so of its payments, and not of itself.
  test: [{ at: { first: ["test", "transactions[].test"] }, is: ["true"] }],
  unit: "major",
  bases: {
    total: { label: "with tax and shipping", parts: { sale: "total_price", refund: REFUNDED } },
    without_tax: {
      label: "without tax",
      parts: {
        sale: { plus: ["total_price"], minus: ["total_tax"] },
        refund: { share: REFUNDED, part: ITEMS, whole: ITEMS_WITH_TAX },
      },
    },
    net: {
      label: "without tax and shipping",
      parts: {
        sale: {
          first: [
            {
              sum: { plus: ["subtotal_price"], minus: ["line_items[].tax_lines[].price"] },
              when: [{ at: "taxes_included", is: ["true"] }],
            },
            { sum: "subtotal_price" },
          ],
        },
        refund: { share: REFUNDED_FOR_ITEMS, part: ITEMS, whole: ITEMS_WITH_TAX },
      },
    },
  },
  fields: {
    txid: "id",
    currency: { first: ["currency", "transactions[].currency"] },
    occurred_at: { first: ["processed_at", "created_at"] },
    click_id: [{ query: "landing_site" }, { entry: "note_attributes" }, { entry: "line_items[].properties" }],
    coupon: "discount_codes[].code",
    customer: { by: "customer_by_count", at: "customer.orders_count" },
  },
  rules: [
    {
      when: [
        { at: { header: "X-Shopify-Topic" }, is: ["orders/paid"] },
        { at: "source_name", is: ["subscription_contract"] },
      ],
      says: [{ event: "renewal", status: "approved", amount: { basis: "sale" } }],
    },
    {
      when: [{ at: { header: "X-Shopify-Topic" }, is: ["orders/paid"] }],
      says: [{ event: "sale", status: "approved", amount: { basis: "sale" } }],
    },
    {
      when: [
        { at: { header: "X-Shopify-Topic" }, is: ["orders/create"] },
        { at: "financial_status", is: ["pending"] },
      ],
      says: [{ event: "sale", status: "pending", amount: { basis: "sale" } }],
    },
    {
      when: [
        { at: { header: "X-Shopify-Topic" }, is: ["orders/cancelled"] },
        { at: "financial_status", is: ["voided", "pending"] },
      ],
      says: [{ status: "rejected" }],
    },
    {
      when: [{ at: { header: "X-Shopify-Topic" }, is: ["orders/cancelled"] }],
      says: [],
      why: "What was paid is given back by a refund, which refunds/create tells.",
    },
    {
      when: [{ at: { header: "X-Shopify-Topic" }, is: ["refunds/create"] }],
      says: [{ status: "reversed", txid: "order_id", refund_id: "id", amount: { basis: "refund" } }],
      why: "Nothing was paid back: goods were only put back on stock.",
    },
    {
      when: [
        { at: { header: "X-Shopify-Topic" }, is: ["disputes/create", "disputes/update"] },
        { at: "type", isNot: ["chargeback"] },
      ],
      says: [],
      why: "An inquiry moves no money.",
    },
    {
      when: [
        { at: { header: "X-Shopify-Topic" }, is: ["disputes/create", "disputes/update"] },
        { at: "status", is: ["won"] },
      ],
      says: [{ ...DISPUTE, status: "reinstated" }],
    },
    {
      when: [{ at: { header: "X-Shopify-Topic" }, is: ["disputes/create", "disputes/update"] }],
      says: [{ ...DISPUTE, status: "reversed", amount: "amount", occurred_at: "initiated_at" }],
    },
  ],
};

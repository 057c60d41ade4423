/** WooCommerce: WooCommerce → Settings → Advanced → Webhooks, topic "Order updated". Each brings the whole order as it is then, with all its refunds. */
import type { SaidMessage, SourceCondition, SourceSum, SourceTable } from "../source-table.ts";

const TOPIC: SourceCondition = {
  at: { header: "X-WC-Webhook-Topic" },
  is: ["order.created", "order.updated", "order.restored"],
};
const PAID: SourceCondition = { at: "status", is: ["processing", "completed"] };
const RENEWAL: SourceCondition = { at: "created_via", is: ["subscription"] };
const WITHOUT_TAX: SourceSum = { plus: ["total"], minus: ["total_tax"] };
const NET: SourceSum = { plus: ["total"], minus: ["total_tax", "shipping_total"] };
const REFUNDED: SourceSum = "refunds[].total";
/** So much of each refund as the sale counts of the order. */
const sharedBy = (part: SourceSum): SourceSum => ({ share: REFUNDED, part, whole: "total" });
/** Of an order it tells all refunds every time: so the sum of them counts, and no single one. */
const REFUNDS: SaidMessage = { status: "reversed", refunded_total: { basis: "refund" } };

export const woocommerce: SourceTable = {
  label: "WooCommerce",
  body: "json",
  proof: { scheme: "hmac", header: "X-WC-Webhook-Signature", encoding: "base64" },
  ping: { fields: ["webhook_id"], without: "X-WC-Webhook-Topic" },
  // It does not send again, and what is refused five times in a row ends the webhook.
  answers: { busy: 503 },
  event: { header: "X-WC-Webhook-Topic" },
  // The delivery's own name is that of a second, which two orders can share.
  message: { join: ["id", "date_modified_gmt", "status"] },
  test: null,
  unit: "major",
  bases: {
    total: { label: "with tax and shipping", parts: { sale: "total", refund: REFUNDED } },
    without_tax: { label: "without tax", parts: { sale: WITHOUT_TAX, refund: sharedBy(WITHOUT_TAX) } },
    net: { label: "without tax and shipping", parts: { sale: NET, refund: sharedBy(NET) } },
  },
  fields: {
    txid: "id",
    currency: "currency",
    occurred_at: {
      first: [
        { by: "utc", at: "date_paid_gmt" },
        { by: "utc", at: "date_created_gmt" },
      ],
    },
    // Where core keeps the address of the visit's first page, and what a snippet of the shop's own writes.
    click_id: [
      { query: { entry: "meta_data", named: ["_wc_order_attribution_session_entry"], key: "key" } },
      { entry: "meta_data", key: "key" },
    ],
    coupon: "coupon_lines[].code",
  },
  rules: [
    {
      when: [TOPIC, PAID, RENEWAL],
      says: [{ event: "renewal", status: "approved", amount: { basis: "sale" } }, REFUNDS],
    },
    { when: [TOPIC, PAID], says: [{ event: "sale", status: "approved", amount: { basis: "sale" } }, REFUNDS] },
    { when: [TOPIC, { at: "status", is: ["refunded"] }], says: [REFUNDS, { status: "reversed" }] },
    {
      when: [TOPIC, { at: "status", is: ["pending", "on-hold"] }],
      says: [{ event: "sale", status: "pending", amount: { basis: "sale" } }],
    },
    {
      when: [TOPIC, { at: "status", is: ["cancelled", "failed"] }, { at: "date_paid_gmt", exists: true }],
      says: [{ status: "reversed" }],
    },
    { when: [TOPIC, { at: "status", is: ["cancelled", "failed"] }], says: [{ status: "rejected" }] },
  ],
};

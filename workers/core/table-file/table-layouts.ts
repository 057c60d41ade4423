/** The layouts that are known by name: our own exports, and those of shops, billing platforms, networks and trackers, with the columns that each of them writes. */
import type { TableLayout } from "./table-layout.ts";

const OWN: readonly TableLayout[] = [
  {
    name: "conversions",
    title: "Clickback conversions",
    marks: [["conversion_id", "click_id", "txid", "status", "settled_at"]],
    columns: {
      click_id: ["click_id"],
      event: ["event"],
      txid: ["txid"],
      status: ["status"],
      currency: ["currency"],
      amount: ["amount"],
      refunded_total: ["refunded"],
      revenue: ["revenue"],
      occurred_at: ["occurred_at"],
      coupon: ["coupon"],
      customer: ["customer"],
      test: ["test"],
      meta: ["meta"],
    },
    statuses: { pending: "pending", approved: "approved", rejected: "rejected", reversed: "reversed" },
    decimal: ".",
    ours: true,
    net: true,
  },
  {
    name: "entries",
    title: "Clickback entries",
    marks: [["entry_id", "conversion_id", "seq", "kind"]],
    columns: {},
    refused: "These are entries, the lines of conversions' accounts: export conversions instead.",
  },
  {
    name: "postbacks",
    title: "Clickback postbacks",
    marks: [["receipt", "received_at", "duplicate_of", "channel"]],
    columns: {},
    refused:
      "This is the postback log, which says no amounts: export conversions instead, or send postbacks again with npm run replay.",
  },
  {
    name: "clicks",
    title: "Clickback clicks",
    marks: [["click_id", "clicked_at", "kind", "unique"]],
    columns: {},
    refused: "These are clicks, of which most sold nothing: export conversions instead.",
  },
];

const SHOPS: readonly TableLayout[] = [
  {
    name: "shopify",
    title: "Shopify orders",
    marks: [["Name", "Financial Status", "Lineitem name"]],
    columns: {
      txid: ["Name"],
      status: ["Financial Status"],
      amount: ["Subtotal"],
      refunded_total: ["Refunded Amount"],
      currency: ["Currency"],
      occurred_at: ["Created at", "Paid at"],
      coupon: ["Discount Code"],
      notes: ["Note Attributes"],
    },
    statuses: {
      paid: "approved",
      partially_refunded: "approved",
      partially_paid: "pending",
      authorized: "pending",
      pending: "pending",
      refunded: "reversed",
      voided: "rejected",
      expired: "rejected",
    },
    rows: "continued",
    decimal: ".",
  },
  {
    name: "woocommerce",
    title: "WooCommerce orders",
    marks: [["Order #", "Items sold", "Product(s)"]],
    columns: {
      txid: ["Order #"],
      status: ["Status"],
      amount: ["N. Revenue", "Net sales", "Net revenue"],
      customer: ["Customer type"],
      coupon: ["Coupon(s)"],
      occurred_at: ["Date"],
    },
    statuses: {
      completed: "approved",
      processing: "approved",
      "on-hold": "pending",
      pending: "pending",
      "pending payment": "pending",
      refunded: "reversed",
      cancelled: "rejected",
      failed: "rejected",
    },
    decimal: ".",
  },
];

const BILLING: readonly TableLayout[] = [
  {
    name: "stripe-payments",
    title: "Stripe payments",
    marks: [["id", "Amount", "Amount Refunded", "Currency", "Status"]],
    columns: {
      click_id: ["click_id (metadata)"],
      txid: ["order_id (metadata)", "PaymentIntent ID", "id"],
      kind: ["Status"],
      status: ["Status"],
      amount: ["Amount"],
      refunded_total: ["Amount Refunded"],
      currency: ["Currency"],
      occurred_at: ["Created date (UTC)", "Created (UTC)"],
    },
    kinds: {
      paid: "order",
      succeeded: "order",
      refunded: "order",
      "partially refunded": "order",
      pending: "order",
      uncaptured: "order",
      disputed: "order",
    },
    statuses: {
      paid: "approved",
      succeeded: "approved",
      "partially refunded": "approved",
      disputed: "approved",
      refunded: "reversed",
      pending: "pending",
      uncaptured: "pending",
    },
    decimal: ".",
    utc: true,
  },
  {
    name: "stripe-balance",
    title: "Stripe balance",
    marks: [
      ["balance_transaction_id", "reporting_category", "gross", "net"],
      ["id", "Type", "Source", "Amount", "Fee", "Net"],
    ],
    columns: {
      txid: ["payment_intent_id", "charge_id", "Source"],
      kind: ["reporting_category", "Type"],
      amount: ["gross", "Amount"],
      currency: ["currency"],
      occurred_at: ["created_utc", "Created (UTC)"],
    },
    kinds: {
      charge: "order",
      payment: "order",
      dispute_reversal: "order",
      refund_failure: "order",
      refund: "back",
      payment_refund: "back",
      dispute: "back",
      partial_capture_reversal: "back",
    },
    rows: "summed",
    orders: /^(?:pi|ch|py)_/,
    decimal: ".",
    utc: true,
  },
  {
    name: "clickbank",
    title: "ClickBank transactions",
    marks: [
      ["Receipt", "Transaction Type"],
      ["Receipt", "Txn Type"],
    ],
    columns: {
      txid: ["Receipt"],
      kind: ["Transaction Type", "Txn Type"],
      amount: ["Total Order Amount", "Order Amount", "Sale Amount", "Amount"],
      currency: ["Currency", "Order Currency"],
    },
    kinds: { sale: "order", bill: "order", rfnd: "back", cgbk: "back" },
    rows: "summed",
    decimal: ".",
  },
];

const NETWORKS: readonly TableLayout[] = [
  {
    name: "awin",
    title: "Awin transactions",
    marks: [["publisher_id", "sale_amount", "commission_status"]],
    columns: {
      txid: ["extra", "order_ref"],
      kind: ["type"],
      status: ["commission_status"],
      amount: ["sale_amount"],
      currency: ["currency", "sale_currency"],
      occurred_at: ["date"],
      coupon: ["voucher_code"],
    },
    kinds: { sale: "order", lead: "order", tq: "order", normal: "order", "": "order" },
    statuses: {
      pending: "pending",
      "0": "pending",
      approved: "approved",
      "1": "approved",
      declined: "rejected",
      "2": "rejected",
      deleted: "rejected",
    },
    rows: "summed",
    decimal: ".",
  },
  {
    name: "cj",
    title: "CJ commissions",
    marks: [
      ["Order ID", "Action Status", "Commission ID"],
      ["Order ID", "Action Status", "Original Action ID"],
    ],
    columns: {
      txid: ["Order ID"],
      status: ["Action Status"],
      amount: ["Sale Amount (Adv Currency)", "Sale Amount (Advertiser Currency)", "Sale Amount", "Sale Amount (USD)"],
      currency: ["Advertiser Currency", "Currency"],
      occurred_at: ["Event Date", "Posting Date"],
      coupon: ["Coupon"],
    },
    statuses: { new: "pending", extended: "pending", locked: "approved", closed: "approved" },
    rows: "summed",
    decimal: ".",
  },
  {
    name: "impact",
    title: "impact actions",
    marks: [
      ["ActionTrackerName", "State", "Oid"],
      ["Action Tracker", "Status", "Order ID", "Action ID"],
    ],
    columns: {
      txid: ["Oid", "Order ID"],
      status: ["State", "Status"],
      amount: ["Amount", "Sale Amount"],
      currency: ["Currency"],
      occurred_at: ["EventDate", "Event Date"],
      coupon: ["PromoCode", "Promo Code"],
    },
    statuses: { pending: "pending", approved: "approved", reversed: "reversed" },
    decimal: ".",
  },
];

/** `Transaction ID` is the click at these two, and the order at most others. */
const TRACKERS: readonly TableLayout[] = [
  {
    name: "everflow",
    title: "Everflow conversions",
    marks: [["Conversion ID", "Transaction ID", "Payout"]],
    columns: {
      click_id: ["Transaction ID"],
      txid: ["Order ID"],
      event: ["Event", "Event Name"],
      status: ["Status"],
      amount: ["Sale Amount"],
      revenue: ["Revenue"],
      currency: ["Currency", "currency_id"],
      occurred_at: ["conversion_unix_timestamp"],
      coupon: ["Coupon Code"],
    },
    statuses: { approved: "approved", pending: "pending", rejected: "rejected", invalid: "rejected" },
    noEvents: ["base", "base conversion", "conversion"],
    decimal: ".",
  },
  {
    name: "tune",
    title: "TUNE conversions",
    marks: [
      ["Transaction ID", "Advertiser Sub ID", "Payout"],
      ["Stat.ad_id", "Stat.payout", "Stat.sale_amount"],
    ],
    columns: {
      click_id: ["Transaction ID", "Stat.ad_id"],
      txid: ["Advertiser Sub ID", "Stat.advertiser_info"],
      event: ["Goal", "Goal Name", "Goal.name"],
      status: ["Status", "Conversion Status", "Stat.status"],
      amount: ["Sale Amount", "Stat.sale_amount"],
      revenue: ["Revenue", "Stat.revenue"],
      currency: ["Currency", "Stat.currency"],
    },
    statuses: { approved: "approved", pending: "pending", rejected: "rejected" },
    noEvents: ["default", "default goal", "0"],
    decimal: ".",
  },
  {
    name: "affise",
    title: "Affise conversions",
    marks: [["action_id", "clickid", "goal"]],
    columns: {
      click_id: ["clickid"],
      txid: ["action_id"],
      event: ["goal"],
      status: ["status"],
      amount: ["order_sum"],
      revenue: ["revenue", "sum"],
      currency: ["currency"],
      coupon: ["promo_code"],
    },
    statuses: {
      "1": "approved",
      "2": "pending",
      "3": "rejected",
      "5": "pending",
      confirmed: "approved",
      approved: "approved",
      pending: "pending",
      declined: "rejected",
      hold: "pending",
    },
    noEvents: ["1", "default"],
    decimal: ".",
  },
  {
    name: "keitaro",
    title: "Keitaro conversions",
    marks: [
      ["sub_id", "original_status", "revenue"],
      ["sub_id", "tid", "revenue", "postback_datetime"],
    ],
    columns: {
      click_id: ["sub_id"],
      txid: ["tid"],
      status: ["status"],
      revenue: ["revenue"],
      currency: ["currency"],
    },
    statuses: { lead: "pending", sale: "approved", rebill: "approved", rejected: "rejected", trash: "rejected" },
    decimal: ".",
  },
  {
    name: "voluum",
    title: "Voluum conversions",
    marks: [
      ["Click ID", "Postback timestamp", "Revenue"],
      ["Click ID", "Visit timestamp", "Transaction ID"],
    ],
    columns: {
      click_id: ["Click ID"],
      txid: ["Transaction ID"],
      event: ["Conversion type"],
      revenue: ["Revenue"],
      currency: ["Currency"],
    },
    noEvents: ["conversion", "default"],
    decimal: ".",
  },
];

export const LAYOUTS: readonly TableLayout[] = [...OWN, ...SHOPS, ...BILLING, ...NETWORKS, ...TRACKERS];

/** Those that `--layout` may say. */
export const LAYOUT_NAMES: readonly string[] = LAYOUTS.filter(({ refused }) => refused === undefined).map(
  ({ name }) => name,
);

/** The layout of that name; null for none. */
export function layoutNamed(name: string): TableLayout | null {
  return LAYOUTS.find((layout) => layout.name === name) ?? null;
}

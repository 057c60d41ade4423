/** A sale as each platform tells it, short: for the doctor, the console's test and the benchmark. With a test click it is a test, whatever else it says. */

export interface SampleOrder {
  clickId: string;
  /** Digits, as most platforms number orders. */
  txid: string;
  currency: string;
  nowMs: number;
}

/** What a platform posts, unsigned. */
export interface SampleWebhook {
  headers: Record<string, string>;
  body: string;
}

/** What the sample is worth, in the order's currency, which has two decimals. */
export const SAMPLE_AMOUNT = "40.00";
const MINOR = 4_000;

type Sample = (
  order: SampleOrder,
) => { headers?: Record<string, string>; body: object } | { form: Record<string, string> };

const SAMPLES: ReadonlyMap<string, Sample> = new Map<string, Sample>([
  [
    "shopify",
    ({ clickId, txid, currency, nowMs }) => ({
      headers: { "X-Shopify-Topic": "orders/paid", "X-Shopify-Event-Id": `sample-${txid}` },
      body: {
        id: Number(txid),
        currency,
        financial_status: "paid",
        created_at: new Date(nowMs).toISOString(),
        total_price: SAMPLE_AMOUNT,
        subtotal_price: SAMPLE_AMOUNT,
        total_tax: "0.00",
        landing_site: `/?click_id=${clickId}`,
        discount_codes: [],
        note_attributes: [],
        line_items: [],
      },
    }),
  ],
  [
    "woocommerce",
    ({ clickId, txid, currency, nowMs }) => ({
      headers: { "X-WC-Webhook-Topic": "order.updated" },
      body: {
        id: Number(txid),
        status: "processing",
        currency,
        date_paid_gmt: new Date(nowMs).toISOString().slice(0, 19),
        date_modified_gmt: new Date(nowMs).toISOString().slice(0, 19),
        total: SAMPLE_AMOUNT,
        total_tax: "0.00",
        shipping_total: "0.00",
        meta_data: [{ key: "_wc_order_attribution_session_entry", value: `https://shop.example/?click_id=${clickId}` }],
        coupon_lines: [],
        refunds: [],
      },
    }),
  ],
  [
    "stripe",
    ({ clickId, txid, currency, nowMs }) => ({
      body: {
        id: `evt_${txid}`,
        type: "checkout.session.completed",
        created: Math.floor(nowMs / 1000),
        livemode: true,
        data: {
          object: {
            id: `cs_${txid}`,
            mode: "payment",
            payment_status: "paid",
            payment_intent: txid,
            currency: currency.toLowerCase(),
            amount_total: MINOR,
            total_details: { amount_tax: 0, amount_shipping: 0 },
            client_reference_id: clickId,
          },
        },
      },
    }),
  ],
  [
    "paddle",
    ({ clickId, txid, currency, nowMs }) => ({
      body: {
        event_id: `evt_${txid}`,
        event_type: "transaction.completed",
        occurred_at: new Date(nowMs).toISOString(),
        data: {
          id: txid,
          origin: "web",
          currency_code: currency,
          custom_data: { click_id: clickId },
          details: { totals: { total: String(MINOR), tax: "0", earnings: String(MINOR) } },
        },
      },
    }),
  ],
  [
    "lemonsqueezy",
    ({ clickId, txid, currency, nowMs }) => ({
      headers: { "X-Event-Name": "order_created" },
      body: {
        meta: { event_name: "order_created", test_mode: false, custom_data: { click_id: clickId } },
        data: {
          type: "orders",
          id: txid,
          attributes: {
            status: "paid",
            currency,
            total: MINOR,
            tax: 0,
            created_at: new Date(nowMs).toISOString(),
            updated_at: new Date(nowMs).toISOString(),
          },
        },
      },
    }),
  ],
  [
    "clickbank",
    ({ clickId, txid, currency, nowMs }) => ({
      body: {
        transactionTime: new Date(nowMs).toISOString(),
        receipt: txid,
        transactionType: "SALE",
        currency,
        totalOrderAmount: 40,
        totalTaxAmount: 0,
        totalShippingAmount: 0,
        totalAccountAmount: 40,
        vendorVariables: { click_id: clickId },
        trackingCodes: [],
      },
    }),
  ],
  [
    "digistore24",
    ({ clickId, txid, currency }) => ({
      form: {
        event: "on_payment",
        api_mode: "live",
        order_id: txid,
        transaction_id: txid,
        pay_sequence_no: "1",
        currency,
        amount_brutto: SAMPLE_AMOUNT,
        amount_netto: SAMPLE_AMOUNT,
        amount_vendor: SAMPLE_AMOUNT,
        transaction_amount: SAMPLE_AMOUNT,
        custom: clickId,
      },
    }),
  ],
  [
    "revenuecat",
    ({ clickId, txid, currency, nowMs }) => ({
      body: {
        api_version: "1.0",
        event: {
          id: `sample-${txid}`,
          type: "INITIAL_PURCHASE",
          environment: "PRODUCTION",
          period_type: "NORMAL",
          transaction_id: txid,
          price: 40,
          price_in_purchased_currency: 40,
          currency,
          purchased_at_ms: nowMs,
          event_timestamp_ms: nowMs,
          subscriber_attributes: { click_id: { value: clickId } },
        },
      },
    }),
  ],
]);

/** Null for a source that has rules of its operator's. */
export function sampleSale(source: string, order: SampleOrder): SampleWebhook | null {
  const sample = SAMPLES.get(source)?.(order);
  if (!sample) return null;
  if ("form" in sample) return { headers: {}, body: new URLSearchParams(sample.form).toString() };
  return { headers: sample.headers ?? {}, body: JSON.stringify(sample.body) };
}

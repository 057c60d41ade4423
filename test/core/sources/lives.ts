/** The whole life of orders, as each source tells it: paid, given back in part and whole, disputed and lost or won. In every body stands who bought, of whom nothing may go further. */
import type { Sent } from "./shops.ts";

/** One order of 100.00 USD: what is sent of it, and what is left of it at the end. */
export interface OrderLife {
  name: string;
  txid: string;
  sent: Sent[];
  left: { status: "approved" | "reversed"; amount: string };
}

const PERSON = {
  name: "Annegret Planted",
  first_name: "Annegret",
  email: "annegret@planted.example",
  phone: "+49 228 5550199",
  address1: "Planted Street 7",
  ip: "203.0.113.77",
};
/** Any of that. */
export const PLANTED = /annegret|planted|5550199|203\.0\.113\.77/i;

const ALL = { status: "approved", amount: "100.00" } as const;
const PART = { status: "approved", amount: "75.00" } as const;
const NOTHING = { status: "reversed", amount: "0.00" } as const;

/** The lives that each source tells, on a click; each order has a number of its own. */
export const LIVES: Record<string, (click: string, nowMs: number) => OrderLife[]> = {
  shopify(click, nowMs) {
    const time = { created_at: new Date(nowMs).toISOString() };
    const of = (topic: string, body: object): Sent => ({
      headers: { "X-Shopify-Topic": topic },
      body: { ...time, email: PERSON.email, customer: PERSON, client_details: { browser_ip: PERSON.ip }, ...body },
    });
    const landing_site = `/?click_id=${click}`;
    const paid = (id: number) =>
      of("orders/paid", { id, currency: "USD", total_price: "100.00", billing_address: PERSON, landing_site });
    const refund = (id: number, order_id: number, amount: string) =>
      of("refunds/create", {
        id,
        order_id,
        note: PERSON.name,
        transactions: [{ kind: "refund", status: "success", amount, currency: "USD" }],
      });
    const dispute = (order_id: number, status: string) =>
      of("disputes/update", { id: 9, order_id, type: "chargeback", currency: "USD", amount: "100.00", status });
    return [
      {
        name: "refunded in part",
        txid: "5101",
        sent: [paid(5101), refund(1, 5101, "25.00"), refund(1, 5101, "25.00")],
        left: PART,
      },
      {
        name: "refunded",
        txid: "5102",
        sent: [paid(5102), refund(2, 5102, "25.00"), refund(3, 5102, "75.00")],
        left: NOTHING,
      },
      {
        name: "cancelled and refunded",
        txid: "5103",
        sent: [
          paid(5103),
          of("orders/cancelled", { id: 5103, financial_status: "refunded" }),
          refund(4, 5103, "100.00"),
        ],
        left: NOTHING,
      },
      {
        name: "put back on stock",
        txid: "5104",
        sent: [paid(5104), of("refunds/create", { id: 5, order_id: 5104, transactions: [] })],
        left: ALL,
      },
      {
        name: "disputed and lost",
        txid: "5105",
        sent: [paid(5105), dispute(5105, "needs_response"), dispute(5105, "lost")],
        left: NOTHING,
      },
      {
        name: "disputed and won",
        txid: "5106",
        sent: [paid(5106), dispute(5106, "needs_response"), dispute(5106, "won")],
        left: ALL,
      },
    ];
  },

  woocommerce(click, nowMs) {
    const gmt = new Date(nowMs).toISOString().slice(0, 19);
    const order = (id: number, status: string, refunds: string[] = []): Sent => ({
      headers: { "X-WC-Webhook-Topic": "order.updated" },
      body: {
        id,
        status,
        currency: "USD",
        date_paid_gmt: gmt,
        date_modified_gmt: `${gmt}-${refunds.length}-${status}`,
        total: "100.00",
        total_tax: "0.00",
        billing: PERSON,
        shipping: PERSON,
        customer_ip_address: PERSON.ip,
        meta_data: [{ key: "_wc_order_attribution_session_entry", value: `https://shop.example/?click_id=${click}` }],
        refunds: refunds.map((total, index) => ({ id: index, reason: PERSON.name, total })),
      },
    });
    return [
      {
        name: "refunded in part",
        txid: "5201",
        sent: [order(5201, "processing"), order(5201, "completed", ["-25.00"]), order(5201, "completed", ["-25.00"])],
        left: PART,
      },
      {
        name: "refunded in two parts",
        txid: "5202",
        sent: [
          order(5202, "processing"),
          order(5202, "completed", ["-25.00"]),
          order(5202, "refunded", ["-25.00", "-75.00"]),
        ],
        left: NOTHING,
      },
      {
        name: "cancelled when it was paid",
        txid: "5203",
        sent: [order(5203, "processing"), order(5203, "cancelled"), order(5203, "refunded", ["-100.00"])],
        left: NOTHING,
      },
    ];
  },

  stripe(click, nowMs) {
    const created = Math.floor(nowMs / 1000);
    let count = 0;
    const event = (type: string, object: object): Sent => ({
      body: { id: `evt_${++count}`, type, created, livemode: true, data: { object: { currency: "usd", ...object } } },
    });
    const who = { customer_details: PERSON, customer_email: PERSON.email, receipt_email: PERSON.email };
    const paid = (payment_intent: string) =>
      event("checkout.session.completed", {
        id: `cs_${payment_intent}`,
        mode: "payment",
        payment_status: "paid",
        payment_intent,
        amount_total: 10_000,
        client_reference_id: click,
        ...who,
      });
    const refund = (id: string, payment_intent: string, amount: number, status = "succeeded") =>
      event(status === "failed" ? "refund.failed" : "refund.created", { id, payment_intent, amount, status });
    const dispute = (payment_intent: string, status: string, type = "charge.dispute.closed") =>
      event(type, { id: `dp_${payment_intent}`, payment_intent, amount: 10_000, status, evidence: PERSON });
    const opened = (payment_intent: string) => dispute(payment_intent, "needs_response", "charge.dispute.created");
    const session = event("checkout.session.completed", {
      id: "cs_sub",
      mode: "subscription",
      payment_status: "paid",
      invoice: "in_5305",
      subscription: "sub_1",
      amount_total: 10_000,
      client_reference_id: click,
      ...who,
    });
    const invoice = event("invoice.paid", {
      id: "in_5305",
      amount_paid: 10_000,
      billing_reason: "subscription_create",
      customer_address: PERSON,
      parent: { subscription_details: { subscription: "sub_1" } },
    });
    const joins = event("invoice_payment.paid", { invoice: "in_5305", payment: { payment_intent: "pi_5305" } });
    return [
      {
        name: "refunded in part",
        txid: "pi_5301",
        sent: [paid("pi_5301"), refund("re_1", "pi_5301", 2_500)],
        left: PART,
      },
      {
        name: "refunded",
        txid: "pi_5302",
        sent: [paid("pi_5302"), refund("re_2", "pi_5302", 2_500), refund("re_3", "pi_5302", 7_500)],
        left: NOTHING,
      },
      {
        name: "disputed and lost",
        txid: "pi_5303",
        sent: [paid("pi_5303"), opened("pi_5303"), dispute("pi_5303", "lost")],
        left: NOTHING,
      },
      {
        name: "disputed and won",
        txid: "pi_5304",
        sent: [paid("pi_5304"), opened("pi_5304"), dispute("pi_5304", "won")],
        left: ALL,
      },
      {
        name: "paid by session and invoice, refunded by its payment",
        txid: "in_5305",
        sent: [joins, session, invoice, refund("re_5", "pi_5305", 2_500)],
        left: PART,
      },
      {
        name: "refunded by what failed",
        txid: "pi_5306",
        sent: [paid("pi_5306"), refund("re_6", "pi_5306", 10_000), refund("re_6", "pi_5306", 10_000, "failed")],
        left: ALL,
      },
    ];
  },

  paddle(click, nowMs) {
    let count = 0;
    const notice = (event_type: string, data: object): Sent => ({
      body: {
        event_id: `evt_${++count}`,
        event_type,
        occurred_at: new Date(nowMs).toISOString(),
        data: { currency_code: "USD", ...data },
      },
    });
    const paid = (id: string) =>
      notice("transaction.completed", {
        id,
        origin: "web",
        custom_data: { click_id: click },
        customer: PERSON,
        payments: [{ method_details: { card: { cardholder_name: PERSON.name } } }],
        details: { totals: { total: "10000", tax: "0" } },
      });
    const adjusted = (id: string, transaction_id: string, action: string, total: string, status = "approved") =>
      notice("adjustment.updated", {
        id,
        transaction_id,
        action,
        status,
        reason: PERSON.name,
        totals: { total, tax: "0" },
      });
    return [
      {
        name: "refunded in part",
        txid: "txn_5401",
        sent: [
          paid("txn_5401"),
          adjusted("a1", "txn_5401", "refund", "2500", "pending_approval"),
          adjusted("a1", "txn_5401", "refund", "2500"),
        ],
        left: PART,
      },
      {
        name: "refunded",
        txid: "txn_5402",
        sent: [paid("txn_5402"), adjusted("a2", "txn_5402", "refund", "10000")],
        left: NOTHING,
      },
      {
        name: "charged back",
        txid: "txn_5403",
        sent: [paid("txn_5403"), adjusted("a3", "txn_5403", "chargeback", "10000")],
        left: NOTHING,
      },
      {
        name: "charged back and won",
        txid: "txn_5404",
        sent: [
          paid("txn_5404"),
          adjusted("a4", "txn_5404", "chargeback", "10000"),
          adjusted("a5", "txn_5404", "chargeback_reverse", "10000"),
        ],
        left: ALL,
      },
    ];
  },

  lemonsqueezy(click, nowMs) {
    const created_at = new Date(nowMs).toISOString();
    const said = (event_name: string, id: string, attributes: object): Sent => ({
      body: {
        meta: { event_name, test_mode: false, custom_data: { click_id: click } },
        data: {
          id,
          attributes: {
            currency: "USD",
            created_at,
            updated_at: created_at,
            total: 10_000,
            tax: 0,
            user_name: PERSON.name,
            user_email: PERSON.email,
            ...attributes,
          },
        },
      },
    });
    const paid = (id: string) => said("order_created", id, { status: "paid" });
    const first = (id: string) =>
      said("subscription_payment_success", id, { status: "paid", billing_reason: "initial" });
    const refunded = (id: string, refunded_amount: number) =>
      said("order_refunded", id, {
        refunded_amount,
        status: refunded_amount === 10_000 ? "refunded" : "partial_refund",
      });
    return [
      {
        name: "refunded in part, after a first payment",
        txid: "5501",
        sent: [paid("5501"), first("77"), refunded("5501", 2_500)],
        left: PART,
      },
      {
        name: "refunded, in sums so far",
        txid: "5502",
        sent: [paid("5502"), refunded("5502", 2_500), refunded("5502", 10_000)],
        left: NOTHING,
      },
    ];
  },

  clickbank(click, nowMs) {
    const notice = (transactionType: string, receipt: string, totalOrderAmount: number): Sent => ({
      body: {
        transactionTime: new Date(nowMs).toISOString(),
        receipt,
        transactionType,
        currency: "USD",
        totalOrderAmount,
        vendorVariables: { click_id: click },
        customer: { billing: PERSON, shipping: PERSON },
      },
    });
    return [
      {
        name: "refunded in part",
        txid: "CB5601",
        sent: [notice("SALE", "CB5601", 100), notice("RFND", "CB5601", -25), notice("CANCEL-REBILL", "CB5601", 0)],
        left: PART,
      },
      {
        name: "refunded",
        txid: "CB5602",
        sent: [notice("SALE", "CB5602", 100), notice("RFND", "CB5602", -100)],
        left: NOTHING,
      },
      {
        name: "charged back",
        txid: "CB5603",
        sent: [notice("SALE", "CB5603", 100), notice("CGBK", "CB5603", -100)],
        left: NOTHING,
      },
    ];
  },

  digistore24(click, nowMs) {
    const berlin = new Intl.DateTimeFormat("sv-SE", {
      timeZone: "Europe/Berlin",
      dateStyle: "short",
      timeStyle: "medium",
    });
    const notice = (event: string, order_id: string, transaction_id: string, amount: string): Sent => ({
      body: new URLSearchParams({
        event,
        order_id,
        transaction_id,
        order_date_time: berlin.format(nowMs),
        pay_sequence_no: "1",
        currency: "USD",
        amount_brutto: "100.00",
        transaction_amount: amount,
        custom: click,
        email: PERSON.email,
        address_first_name: PERSON.first_name,
        address_street: PERSON.address1,
      }).toString(),
    });
    return [
      {
        name: "refunded in part",
        txid: "DS5701",
        sent: [notice("on_payment", "DS5701", "1", "100.00"), notice("on_refund", "DS5701", "2", "-25.00")],
        left: PART,
      },
      {
        name: "refunded",
        txid: "DS5702",
        sent: [notice("on_payment", "DS5702", "3", "100.00"), notice("on_refund", "DS5702", "4", "-100.00")],
        left: NOTHING,
      },
      {
        name: "charged back",
        txid: "DS5703",
        sent: [notice("on_payment", "DS5703", "5", "100.00"), notice("on_chargeback", "DS5703", "6", "-100.00")],
        left: NOTHING,
      },
    ];
  },

  revenuecat(click, nowMs) {
    let count = 0;
    const event = (type: string, transaction_id: string, rest: object = {}): Sent => ({
      body: {
        event: {
          id: `e-${++count}`,
          type,
          environment: "PRODUCTION",
          transaction_id,
          price_in_purchased_currency: 100,
          currency: "USD",
          purchased_at_ms: nowMs,
          event_timestamp_ms: nowMs,
          app_user_id: PERSON.email,
          aliases: [PERSON.email],
          subscriber_attributes: {
            click_id: { value: click },
            $displayName: { value: PERSON.name },
            $ip: { value: PERSON.ip },
          },
          ...rest,
        },
      },
    });
    const refund = (id: string) => event("CANCELLATION", id, { cancel_reason: "CUSTOMER_SUPPORT", price: -100 });
    return [
      {
        name: "refunded",
        txid: "rc-5801",
        sent: [event("INITIAL_PURCHASE", "rc-5801"), refund("rc-5801")],
        left: NOTHING,
      },
      {
        name: "refunded, which is undone",
        txid: "rc-5802",
        sent: [event("INITIAL_PURCHASE", "rc-5802"), refund("rc-5802"), event("REFUND_REVERSED", "rc-5802")],
        left: ALL,
      },
      {
        name: "cancelled, which only ends it",
        txid: "rc-5803",
        sent: [
          event("INITIAL_PURCHASE", "rc-5803"),
          event("CANCELLATION", "rc-5803", { cancel_reason: "UNSUBSCRIBE" }),
        ],
        left: ALL,
      },
    ];
  },
};

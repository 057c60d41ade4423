/** Stripe: what its events say, before and since its API of 2025-03-31. Facts from its documentation, typed anew. */
import { describe, expect, it } from "vitest";
import { signSource } from "../../../workers/core/sources/source-signing.ts";
import { answered, bodyOf, CLICK, heard, NOW_MS, namesOf, SECRET, type Sent, shopOf, tableOf } from "./shops.ts";

const stripe = tableOf("stripe");
const CREATED_S = 1_795_417_200;
const AT = { occurredAtMs: CREATED_S * 1000, occurredAtSent: String(CREATED_S) };
const event = (type: string, object: object, choices: Sent["choices"] = {}, livemode = true): Sent => ({
  body: { id: `evt_${type}`, type, created: CREATED_S, livemode, api_version: "2025-09-30", data: { object } },
  choices,
});

const SESSION = {
  id: "cs_1",
  mode: "payment",
  payment_status: "paid",
  payment_intent: "pi_1",
  invoice: null,
  currency: "usd",
  amount_total: 12_900,
  total_details: { amount_tax: 1_900, amount_shipping: 1_000, amount_discount: 0 },
  client_reference_id: CLICK,
  customer_details: { name: "Ann", email: "ann@example.com" },
};
const SALE = { event: "sale", status: "approved", txid: "pi_1", currency: "USD", clickId: CLICK, ...AT };
const done = (session: object = {}, choices: Sent["choices"] = {}): Sent =>
  event("checkout.session.completed", { ...SESSION, ...session }, choices);

describe("a checkout session", () => {
  it.each<[string, Sent, object]>([
    ["that was paid", done(), { ...SALE, amountMicros: 129_000_000 }],
    ["without tax", done({}, { basis: "without_tax" }), { ...SALE, amountMicros: 110_000_000 }],
    ["without tax and shipping", done({}, { basis: "net" }), { ...SALE, amountMicros: 100_000_000 }],
    [
      "of yen",
      done({ currency: "jpy", amount_total: 5000 }),
      { ...SALE, currency: "JPY", amountMicros: 5_000_000_000 },
    ],
    ["of dinars", done({ currency: "kwd", amount_total: 5120 }), { ...SALE, currency: "KWD", amountMicros: 5_120_000 }],
    [
      "of crowns, which have digits here",
      done({ currency: "isk", amount_total: 500 }),
      { ...SALE, currency: "ISK", amountMicros: 5_000_000 },
    ],
    [
      "that will be paid later",
      done({ payment_status: "unpaid" }),
      { ...SALE, status: "pending", amountMicros: 129_000_000 },
    ],
    [
      "of a subscription, whose order is its first invoice",
      done({ mode: "subscription", payment_intent: null, invoice: "in_1", subscription: "sub_1" }),
      { ...SALE, txid: "in_1", amountMicros: 129_000_000 },
    ],
    [
      "with a trial",
      done({
        mode: "subscription",
        payment_intent: null,
        amount_total: 0,
        subscription: "sub_1",
        payment_status: "no_payment_required",
      }),
      { ...SALE, event: "trial", txid: "sub_1" },
    ],
    [
      "with the click ID in its metadata",
      done({ client_reference_id: "customer-7", metadata: { click_id: CLICK } }),
      { ...SALE, amountMicros: 129_000_000 },
    ],
  ])("%s", (_, sent, content) => {
    expect(heard(stripe, sent)).toEqual([content]);
  });

  it("that keeps a card sells nothing", () => {
    expect(heard(stripe, done({ mode: "setup", amount_total: null }))).toBe("passed_over");
  });

  it("of a test account is a test", () => {
    expect(heard(stripe, event("checkout.session.completed", SESSION, {}, false))).toMatchObject([{ test: true }]);
  });

  it("that was never paid is rejected", () => {
    expect(heard(stripe, event("checkout.session.async_payment_failed", SESSION))).toEqual([
      { status: "rejected", txid: "pi_1", currency: "USD", ...AT },
    ]);
  });
});

describe("an invoice", () => {
  const INVOICE = {
    id: "in_1",
    currency: "usd",
    amount_paid: 12_900,
    total: 12_900,
    total_excluding_tax: 11_000,
    billing_reason: "subscription_create",
    parent: { subscription_details: { subscription: "sub_1", metadata: { click_id: CLICK } } },
  };
  const paid = (invoice: object = {}, choices: Sent["choices"] = {}): Sent =>
    event("invoice.paid", { ...INVOICE, ...invoice }, choices);

  it("is the same order as its session, so that one payment counts once", () => {
    const [session] = [heard(stripe, done({ mode: "subscription", payment_intent: null, invoice: "in_1" }))].flat();
    expect(heard(stripe, paid())).toEqual([session]);
    expect(heard(stripe, paid())).toEqual([{ ...SALE, txid: "in_1", amountMicros: 129_000_000 }]);
  });

  it("is a renewal afterwards, and a trial where nothing is paid", () => {
    expect(heard(stripe, paid({ id: "in_2", billing_reason: "subscription_cycle" }, { basis: "without_tax" }))).toEqual(
      [{ ...SALE, event: "renewal", txid: "in_2", amountMicros: 110_000_000 }],
    );
    expect(heard(stripe, paid({ amount_paid: 0 }))).toEqual([{ ...SALE, event: "trial", txid: "sub_1" }]);
  });

  it.each<[string, object, number]>([
    ["total", {}, 64_500_000],
    ["without_tax", {}, 55_000_000],
    ["net", {}, 55_000_000],
    ["net", { shipping_cost: { amount_subtotal: 1_000 } }, 50_000_000],
  ])("of which half was paid out of a balance counts half, %s %j", (basis, more, amountMicros) => {
    const half = { billing_reason: "subscription_cycle", amount_paid: 6_450, ...more };
    expect(heard(stripe, paid(half, { basis }))).toMatchObject([{ event: "renewal", amountMicros }]);
  });

  it.each(["subscription_cycle", "subscription_update", "subscription_threshold", "manual"])(
    "of nothing is neither a trial nor a sale where it is one of %s",
    (billing_reason) => {
      const credit = { billing_reason, amount_paid: 0, total_excluding_tax: -1_000 };
      for (const basis of ["total", "without_tax", "net"])
        expect(heard(stripe, paid(credit, { basis }))).toBe("passed_over");
    },
  );

  it("has its payment's name too, where the API tells it, and else by an event of its own", () => {
    expect(heard(stripe, paid({ payment_intent: "pi_1" }))).toMatchObject([{ txid: "in_1", alsoTxid: "pi_1" }]);
    const joins = { invoice: "in_1", currency: "usd", payment: { type: "payment_intent", payment_intent: "pi_1" } };
    expect(heard(stripe, event("invoice_payment.paid", joins))).toEqual([
      { status: "reversed", txid: "in_1", alsoTxid: "pi_1", refundedTotalMicros: 0, currency: "USD", ...AT },
    ]);
  });
});

describe("what is given back", () => {
  const named = { txid: "pi_1", currency: "USD", ...AT };
  const refund = (type: string, status: string): Sent =>
    event(type, { id: "re_1", amount: 2_500, currency: "usd", payment_intent: "pi_1", charge: "ch_1", status });
  const dispute = (type: string, status: string): Sent =>
    event(type, { id: "dp_1", amount: 12_900, currency: "usd", payment_intent: "pi_1", status });
  const refunded = [{ ...named, status: "reversed", refundId: "re_1", amountMicros: 25_000_000 }];
  const disputed = [{ ...named, status: "reversed", refundId: "dp_1", amountMicros: 129_000_000 }];

  it.each<[string, Sent, object[] | string]>([
    ["a refund", refund("refund.created", "succeeded"), refunded],
    ["a refund that succeeds later", refund("refund.updated", "succeeded"), refunded],
    ["a refund that is not through", refund("refund.created", "pending"), "passed_over"],
    ["a refund that fails", refund("refund.failed", "failed"), [{ ...named, status: "reinstated", refundId: "re_1" }]],
    [
      "the charge, which counts all refunds",
      event("charge.refunded", { id: "ch_1", amount_refunded: 2_500 }),
      "passed_over",
    ],
    ["a dispute", dispute("charge.dispute.created", "needs_response"), disputed],
    ["a dispute that is lost", dispute("charge.dispute.closed", "lost"), disputed],
    [
      "a dispute that is won",
      dispute("charge.dispute.closed", "won"),
      [{ ...named, status: "reinstated", refundId: "dp_1" }],
    ],
    ["an inquiry", dispute("charge.dispute.created", "warning_needs_response"), "passed_over"],
    ["a subscription's end", event("customer.subscription.deleted", { id: "sub_1" }), "passed_over"],
  ])("by %s", (_, sent, contents) => {
    expect(heard(stripe, sent)).toEqual(contents);
  });
});

describe("its signature", () => {
  const iv = new Uint8Array(16);
  const at = (nowMs: number, secret = SECRET) => signSource(stripe.proof, secret, bodyOf(done()), { nowMs, iv });
  const answer = ({ headers, body }: { headers: Record<string, string>; body: string }) =>
    answered(shopOf(stripe), "/p/acme/shop", headers, body);

  it("is over the time and the body, and holds for five minutes", () => {
    expect(answer(at(NOW_MS - 299_000))).toHaveLength(1);
    expect(answer(at(NOW_MS - 302_000))).toBe("stale");
    expect(answer({ ...at(NOW_MS), body: `${bodyOf(done())} ` })).toBe("bad_signature");
    expect(answer(at(NOW_MS, "somebody else's"))).toBe("bad_signature");
    expect(answer({ ...at(NOW_MS), headers: {} })).toBe("missing_signature");
    expect(answer({ ...at(NOW_MS), headers: { "Stripe-Signature": "t=,v1=" } })).toBe("bad_signature");
  });

  it("may stand beside one under another secret", () => {
    const ours = at(NOW_MS).headers["Stripe-Signature"];
    const theirs = at(NOW_MS, "somebody else's").headers["Stripe-Signature"]?.split(",")[1];
    const headers = { "Stripe-Signature": `${ours?.replace(",", `,${theirs},`)},v0=ignored` };
    expect(answer({ ...at(NOW_MS), headers })).toHaveLength(1);
  });
});

it("names a message by its event", () => {
  expect(namesOf(stripe, done())).toEqual(namesOf(stripe, done()));
  expect(namesOf(stripe, done())[0]?.slice(0, 4)).toEqual(["source", "shop", "evt_checkout.session.completed", "0"]);
});

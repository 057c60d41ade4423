/** ClickBank and Digistore24: what their notifications say. Facts from their documentation and public libraries, typed anew. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signDigistore } from "../../../workers/core/sources/source-signatures.ts";
import { signSource } from "../../../workers/core/sources/source-signing.ts";
import { answered, CLICK, heard, IV, NOW_MS, namesOf, SECRET, type Sent, shopOf, tableOf } from "./shops.ts";

describe("ClickBank", () => {
  const clickbank = tableOf("clickbank");
  const TIME = "2026-11-23T00:30:00-07:00";
  const AT = { occurredAtMs: Date.UTC(2026, 10, 23, 7, 30), occurredAtSent: TIME };
  const notice = (transactionType: string, change: object = {}, choices: Sent["choices"] = {}): Sent => ({
    body: {
      transactionTime: TIME,
      receipt: "P3RGBKGB",
      transactionType,
      vendor: "acme",
      currency: "USD",
      totalOrderAmount: 129,
      totalTaxAmount: 19,
      totalShippingAmount: 10,
      totalAccountAmount: 88.5,
      vendorVariables: { click_id: CLICK },
      trackingCodes: ["blog"],
      customer: { billing: { firstName: "ANN", email: "ann@example.com" } },
      ...change,
    },
    choices,
  });
  const SALE = { event: "sale", status: "approved", txid: "P3RGBKGB", currency: "USD", clickId: CLICK, ...AT };
  const NAMED = { txid: "P3RGBKGB", currency: "USD", ...AT };
  const back = { totalOrderAmount: -29.9 };

  it.each<[string, Sent, object[] | string]>([
    ["a sale", notice("SALE"), [{ ...SALE, amountMicros: 129_000_000 }]],
    ["without tax and shipping", notice("SALE", {}, { basis: "net" }), [{ ...SALE, amountMicros: 100_000_000 }]],
    ["what is credited", notice("SALE", {}, { basis: "account" }), [{ ...SALE, amountMicros: 88_500_000 }]],
    [
      "a rebill",
      notice("BILL", { receipt: "P3RGBKGB-B002" }),
      [{ ...SALE, event: "renewal", txid: "P3RGBKGB-B002", amountMicros: 129_000_000 }],
    ],
    [
      "a part refund",
      notice("RFND", back),
      [{ ...NAMED, status: "reversed", refundId: `P3RGBKGB:RFND:${TIME}`, amountMicros: 29_900_000 }],
    ],
    [
      "a part refund without tax",
      notice("RFND", { totalOrderAmount: -29.9, totalTaxAmount: -4, totalShippingAmount: 2 }, { basis: "without_tax" }),
      [{ ...NAMED, status: "reversed", refundId: `P3RGBKGB:RFND:${TIME}`, amountMicros: 25_900_000 }],
    ],
    [
      "a chargeback without tax and shipping",
      notice("CGBK", { totalOrderAmount: -129, totalTaxAmount: 19, totalShippingAmount: 10 }, { basis: "net" }),
      [{ ...NAMED, status: "reversed", refundId: "chargeback:P3RGBKGB", amountMicros: 100_000_000 }],
    ],
    ["a sale for less than nothing, which is none", notice("SALE", back), "unknown_form amount"],
    ["a refund without an amount", notice("RFND", { totalOrderAmount: undefined }), [{ ...NAMED, status: "reversed" }]],
    [
      "a chargeback",
      notice("CGBK"),
      [{ ...NAMED, status: "reversed", refundId: "chargeback:P3RGBKGB", amountMicros: 129_000_000 }],
    ],
    ["a test", notice("TEST_SALE"), [{ ...SALE, amountMicros: 129_000_000, test: true }]],
    ["a cancelled rebill", notice("CANCEL-REBILL"), "passed_over"],
    ["its own test", notice("TEST"), "passed_over"],
    [
      "a click ID among the tracking codes",
      notice("SALE", { vendorVariables: {}, trackingCodes: ["blog", CLICK] }),
      [{ ...SALE, amountMicros: 129_000_000 }],
    ],
  ])("tells %s", (_, sent, contents) => {
    expect(heard(clickbank, sent)).toEqual(contents);
  });

  it("is proved by that it can be decrypted", () => {
    const answer = (body: object) => answered(shopOf(clickbank), "/p/acme/shop", {}, JSON.stringify(body));
    const iv = Buffer.alloc(16, 7).toString("base64");
    expect(answer({})).toBe("missing_signature");
    expect(answer({ notification: Buffer.alloc(32, 1).toString("base64"), iv })).toBe("bad_signature");
    expect(answer({ notification: "AAAA", iv })).toBe("bad_signature");
    expect(answer({ notification: Buffer.alloc(32, 1).toString("base64"), iv: "AAAA" })).toBe("missing_signature");
    expect(answer({ transactionType: "SALE", receipt: "1" })).toBe("missing_signature");
  });

  it.each([
    ["no end", '{"receipt":"1","transactionType":"SALE"'],
    ["no beginning", '"receipt":"1","transactionType":"SALE"}'],
    ["no word of its own", '{"receipt":"1"}'],
    ["words within a list", '["transactionType"]'],
  ])("is not believed with %s", (_, body) => {
    expect(heard(clickbank, { body })).toBe("bad_signature");
  });

  it("may be filled up with control characters, in front and within as well", () => {
    const body = `\u0001\n${JSON.stringify(notice("SALE").body).replaceAll(",", ",\u0000\u001f")}\u0010`;
    expect(heard(clickbank, { body })).toEqual([{ ...SALE, amountMicros: 129_000_000 }]);
  });

  it.each([
    ["marks without an end", '"transactionType"'],
    ["control characters among them", '\u0001"transactionType"\u0002\u0003'],
    ["ends and beginnings", '{"transactionType"}'],
  ])("takes time as it is long: %s", (_, part) => {
    const signed = (times: number) =>
      signSource(clickbank.proof, SECRET, `{${part.repeat(times)}x`, { nowMs: NOW_MS, iv: IV }).body;
    // The same bytes, as many short ones and as a few long ones. Of the processor's time, which a busy machine does not stretch.
    const took = (body: string, times: number) => {
      const before = process.cpuUsage();
      for (let time = 0; time < times; time++)
        expect(answered(shopOf(clickbank), "/p/acme/shop", {}, body)).toBe("bad_signature");
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const [short, long] = [signed(2_000), signed(32_000)];
    took(short, 16);
    // A pattern that tries each mark anew takes sixteen times as much for the long ones.
    expect(took(long, 2) / took(short, 32)).toBeLessThan(4);
  });
});

describe("Digistore24", () => {
  const digistore24 = tableOf("digistore24");
  const notice = (event: string, change: Record<string, string> = {}, choices: Sent["choices"] = {}): Sent => ({
    body: new URLSearchParams({
      event,
      api_mode: "live",
      order_id: "7XK2PV",
      transaction_id: "4711",
      order_date_time: "2026-11-23 08:30:00",
      pay_sequence_no: "1",
      currency: "EUR",
      amount_brutto: "119.00",
      amount_netto: "100.00",
      amount_vendor: "82.11",
      transaction_amount: "119.00",
      coupon_code: "BLOG10",
      custom: CLICK,
      email: "ann@example.com",
      address_first_name: "Ann",
      empty: "",
      ...change,
    }).toString(),
    choices,
  });
  const SALE = { event: "sale", status: "approved", txid: "7XK2PV", currency: "EUR", clickId: CLICK, coupon: "BLOG10" };
  const AT = { occurredAtMs: Date.UTC(2026, 10, 23, 7, 30), occurredAtSent: "2026-11-23T07:30:00.000Z" };
  const NAMED = { txid: "7XK2PV", currency: "EUR" };
  const part = { transaction_id: "4712", transaction_amount: "-23.80" };

  it.each<[string, Sent, object[] | string]>([
    ["a payment", notice("on_payment"), [{ ...SALE, ...AT, amountMicros: 119_000_000 }]],
    [
      "without tax",
      notice("on_payment", {}, { basis: "without_tax" }),
      [{ ...SALE, ...AT, amountMicros: 100_000_000 }],
    ],
    ["what is paid out", notice("on_payment", {}, { basis: "vendor" }), [{ ...SALE, ...AT, amountMicros: 82_110_000 }]],
    [
      "a later payment of the order",
      notice("on_payment", { pay_sequence_no: "2" }),
      [{ ...SALE, event: "renewal", txid: "7XK2PV:2", amountMicros: 119_000_000 }],
    ],
    [
      "a part refund",
      notice("on_refund", part),
      [{ ...NAMED, status: "reversed", refundId: "on_refund:4712", amountMicros: 23_800_000 }],
    ],
    [
      "a part refund without tax",
      notice("on_refund", part, { basis: "without_tax" }),
      [{ ...NAMED, status: "reversed", refundId: "on_refund:4712", amountMicros: 20_000_000 }],
    ],
    [
      "a later payment's refund",
      notice("on_refund", { ...part, pay_sequence_no: "2" }),
      [{ ...NAMED, txid: "7XK2PV:2", status: "reversed", refundId: "on_refund:4712", amountMicros: 23_800_000 }],
    ],
    [
      "a chargeback",
      notice("on_chargeback", { transaction_amount: "-119.00" }),
      [{ ...NAMED, status: "reversed", refundId: "on_chargeback:7XK2PV:1", amountMicros: 119_000_000 }],
    ],
    ["a test", notice("on_payment", { api_mode: "test" }), [{ ...SALE, ...AT, amountMicros: 119_000_000, test: true }]],
    [
      "in summer",
      notice("on_payment", { order_date_time: "2026-07-01 08:30:00" }),
      [
        {
          ...SALE,
          occurredAtMs: Date.UTC(2026, 6, 1, 6, 30),
          occurredAtSent: "2026-07-01T06:30:00.000Z",
          amountMicros: 119_000_000,
        },
      ],
    ],
    ["that payments stop", notice("on_rebill_cancelled"), "passed_over"],
    ["its connection test", { body: "event=connection_test" }, "passed_over"],
  ])("tells %s", (_, sent, contents) => {
    expect(heard(digistore24, sent)).toEqual(contents);
  });

  it("signs the sorted fields that are not empty, each followed by the passphrase", () => {
    const form = { b: "2", a: "1", empty: "", sha_sign: "x", SHASIGN: "y" };
    const due = createHash("sha512").update("a=1passb=2pass").digest("hex").toUpperCase();
    expect(signDigistore(form, "pass")).toBe(due);
  });

  it("is refused with another passphrase, another field, or none", () => {
    const answer = (body: string) => answered(shopOf(digistore24), "/p/acme/shop", {}, body);
    const form = { event: "on_payment", order_id: "1", amount_brutto: "5.00", currency: "EUR" };
    const signed = new URLSearchParams({ ...form, sha_sign: signDigistore(form, SECRET).toLowerCase() });
    expect(answer(signed.toString())).toHaveLength(1);
    expect(answer(`${signed}&amount_vendor=9`)).toBe("bad_signature");
    expect(answer(new URLSearchParams({ ...form, sha_sign: signDigistore(form, "guessed") }).toString())).toBe(
      "bad_signature",
    );
    expect(answer(new URLSearchParams(form).toString())).toBe("missing_signature");
  });

  it("names a message by event and transaction", () => {
    expect(namesOf(digistore24, notice("on_payment"))).toEqual(
      namesOf(digistore24, notice("on_payment", { email: "bob@example.com" })),
    );
  });
});

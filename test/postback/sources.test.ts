/** The door of shops' webhooks: what it takes, what it answers to whom, and what it never lets in. */
import { describe, expect, it } from "vitest";
import type { SourceRecord } from "../../schema/records.ts";
import { readCustomRules } from "../../workers/core/sources/custom-rules.ts";
import { signSource } from "../../workers/core/sources/source-signing.ts";
import { SOURCE_TABLES } from "../../workers/core/sources/source-tables.ts";
import { REQUESTS_AT_ONCE } from "../../workers/postback/rates.ts";
import { tableOf } from "../core/sources/shops.ts";
import { ACME, type Answer, clickId, Door, sourceRecord } from "./door.ts";

const SECRET = "the shop's own secret";
const CLICK = await clickId();
const IV = new Uint8Array(16).fill(7);

async function doorWith(source: string, rest: Partial<SourceRecord> = {}): Promise<Door> {
  const door = new Door(ACME);
  door.putSource(await sourceRecord(source, SECRET, rest));
  return door;
}

async function send(
  door: Door,
  source: string,
  body: string,
  headers: Record<string, string> = {},
  secret = SECRET,
): Promise<Answer> {
  const signed = signSource(tableOf(source).proof, secret, body, { nowMs: Date.now(), iv: IV });
  const init = { method: "POST", body: signed.body, headers: { ...headers, ...signed.headers } };
  return door.send(`/p/acme/${source}${signed.query}`, init);
}

const PAID = { "X-Shopify-Topic": "orders/paid", "X-Shopify-Event-Id": "e-1" };
const order = (change: object = {}): string =>
  JSON.stringify({
    id: 5678901234567,
    currency: "USD",
    total_price: "40.00",
    landing_site: `/?click_id=${CLICK}`,
    ...change,
  });

describe("an order of a shop", () => {
  it("is queued as a postback is, under its path, and has a receipt", async () => {
    const door = await doorWith("shopify");
    const answer = await send(door, "shopify", order(), PAID);
    expect(answer.json).toEqual({ status: "accepted", receipt: door.queued[0]?.receipt });
    expect(door.queued).toMatchObject([
      {
        kind: "postback",
        named: true,
        advertiser: 7,
        channel: "webhook:shopify",
        content: { clickId: CLICK, event: "sale", status: "approved", txid: "5678901234567", amountMicros: 40_000_000 },
      },
    ]);
    expect(door.queued[0]).not.toHaveProperty("credentialVersion");
  });

  it("has one receipt, however often it comes, and whichever subscription brings it", async () => {
    const door = await doorWith("shopify");
    const first = await send(door, "shopify", order(), PAID);
    const again = await send(door, "shopify", order(), { ...PAID, "X-Shopify-Webhook-Id": "w-2" });
    expect(again.json.receipt).toBe(first.json.receipt);
    expect((await send(door, "shopify", order({ id: 1 }), PAID)).json.receipt).not.toBe(first.json.receipt);
  });

  it("may say several things, in their order: all are queued, or none is accepted", async () => {
    const door = await doorWith("woocommerce");
    const body = JSON.stringify({
      id: 727,
      status: "processing",
      currency: "USD",
      total: "40.00",
      refunds: [{ id: 1, total: "-5.00" }],
    });
    const topic = { "X-WC-Webhook-Topic": "order.updated" };
    expect((await send(door, "woocommerce", body, topic)).status).toBe(200);
    expect(door.queued).toMatchObject([
      { row: 1, content: { status: "approved", amountMicros: 40_000_000 } },
      { row: 2, content: { status: "reversed", refundedTotalMicros: 5_000_000 } },
    ]);
    door.queued = [];
    door.faults.postbacks = ["throws", "throws"];
    const failed = await send(door, "woocommerce", body, topic);
    expect([failed.status, failed.json.reason, failed.headers.get("Retry-After")]).toEqual([503, "try_again", "5"]);
    expect(door.queued).toEqual([]);
  });

  it("may say more than the queue takes at once: it is accepted once all is queued, and sent again it has the same receipts", async () => {
    const each = { status: "reversed", txid: "id", each: "refunds", refund_id: "@.id", amount: { number: "1" } };
    const fields = {
      meta: Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { text: "\u20ac".repeat(256) }])),
    };
    const sale = { ...each, status: "approved", event: "sale", txid: "@.id" };
    const table = readCustomRules({
      proof: { scheme: "header", header: "X-Secret" },
      fields,
      rules: [{ says: [each, sale] }],
    });
    if (!table.ok) throw new Error(table.refusal);
    const door = new Door(ACME);
    door.putSource({ ...(await sourceRecord("custom", SECRET)), table: table.value });
    const body = JSON.stringify({ id: "7", refunds: Array.from({ length: 250 }, (_, id) => ({ id: String(id + 1) })) });
    const post = () => door.send("/p/acme/custom", { method: "POST", body, headers: { "X-Secret": SECRET } });
    door.faults.postbacks = [null, null, null, "throws", "throws"];
    const failed = await post();
    expect([failed.status, failed.json.reason, failed.headers.get("Retry-After")]).toEqual([503, "try_again", "5"]);
    const before = door.queued.splice(0);
    // Of the short ones a hundred are a pack, of the long ones fewer.
    expect(before).toHaveLength(291);
    const again = await post();
    expect([again.status, again.json]).toEqual([200, { status: "accepted", receipt: door.queued[0]?.receipt }]);
    expect(door.queued.map(({ row }) => row)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(new Set(door.queued.map(({ receipt }) => receipt)).size).toBe(500);
    expect(door.queued.slice(0, before.length).map(({ receipt }) => receipt)).toEqual(
      before.map(({ receipt }) => receipt),
    );
  });

  it("proves itself by any of the secrets that were typed, and by no other's", async () => {
    const door = new Door(ACME);
    door.putSource(await sourceRecord("shopify", `an older one\n ${SECRET} \n`));
    expect((await send(door, "shopify", order(), PAID)).status).toBe(200);
    expect((await send(door, "shopify", order(), PAID, "an older one")).status).toBe(200);
    expect((await send(door, "shopify", order(), PAID, "guessed")).json.reason).toBe("bad_signature");
  });

  it("does not open with a secret that was sealed for another source", async () => {
    const door = new Door(ACME);
    const record = await sourceRecord("shopify", SECRET);
    door.putSource({ ...(await sourceRecord("woocommerce", SECRET)), sealed: record.sealed });
    const answer = await send(door, "woocommerce", "{}", { "X-WC-Webhook-Topic": "order.updated" });
    expect(answer.json.reason).toBe("bad_signature");
    expect(door.logs).toContain("source_secret_sealed_elsewhere");
    expect(door.logs).not.toContain(record.sealed);
  });

  it("may be long, up to a mebibyte", async () => {
    const door = await doorWith("shopify");
    expect((await send(door, "shopify", order({ note: "x".repeat(1_000_000) }), PAID)).status).toBe(200);
    expect((await send(door, "shopify", order({ note: "x".repeat(1_048_576) }), PAID)).json.reason).toBe("too_large");
  });
});

describe("where nothing is set up", () => {
  it.each(["/p/acme/shopify", "/p/nobody/shopify"])("%s leads nowhere, and tells no more than that", async (path) => {
    const door = new Door(ACME);
    const answer = await door.send(path, { method: "POST", body: order() });
    const { receipt, ...said } = answer.json;
    expect([answer.status, said]).toEqual([
      404,
      expect.objectContaining({ status: "refused", reason: "unknown_path" }),
    ]);
    expect(receipt).toMatch(/^[0-7]/);
    expect((await door.send(path)).json.reason).toBe("unknown_path");
  });

  it("the log of the advertiser says so", async () => {
    const door = new Door(ACME);
    await door.send("/p/acme/Shopify", { method: "POST", body: order() });
    expect(door.refused).toMatchObject([
      { channel: "webhook:shopify", reason: "unknown_path", stranger: true, params: {} },
    ]);
  });

  it("nor does a source that is closed, or of a kind that this version does not know", async () => {
    const closed = await doorWith("shopify", { closed: true });
    expect((await send(closed, "shopify", order(), PAID)).status).toBe(404);
    const unknown = await doorWith("shopify", { source: "a younger one" });
    expect((await send(unknown, "shopify", order(), PAID)).status).toBe(404);
  });
});

describe("each sender is answered as it understands", () => {
  it("Digistore24 reads OK, also of what is passed over, and nothing of what is refused", async () => {
    const door = await doorWith("digistore24");
    const answer = await send(
      door,
      "digistore24",
      `event=on_payment&order_id=1&currency=EUR&amount_brutto=5&custom=${CLICK}`,
    );
    expect([answer.status, answer.text, answer.headers.get("Content-Type")]).toEqual([
      200,
      "OK",
      "text/plain; charset=utf-8",
    ]);
    const test = await send(door, "digistore24", "event=connection_test");
    expect([test.status, test.text]).toEqual([200, "OK"]);
    const forged = await send(door, "digistore24", "event=on_payment", {}, "guessed");
    expect(forged.status).toBe(401);
    expect(forged.text).not.toMatch(/^OK/);
    expect(door.queued).toHaveLength(1);
  });

  it("WooCommerce's unsigned ping gets exactly 200, and what else is unsigned does not", async () => {
    const door = await doorWith("woocommerce");
    const ping = await door.send("/p/acme/woocommerce", {
      method: "POST",
      body: "webhook_id=7",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect(ping.status).toBe(200);
    expect(door.refused).toMatchObject([{ reason: "passed_over", stranger: true, channel: "webhook:woocommerce" }]);
    const unsigned = await door.send("/p/acme/woocommerce", { method: "POST", body: "{}" });
    expect([unsigned.status, unsigned.json.reason]).toEqual([401, "missing_signature"]);
    expect(door.queued).toEqual([]);
  });

  it.each([
    ["woocommerce", 503],
    ["shopify", 429],
  ] as const)("%s over the rate is answered %i", async (source, status) => {
    const door = await doorWith(source);
    door.rates.SENDER_RATE = 0;
    const headers = { ...PAID, "X-WC-Webhook-Topic": "order.updated" };
    const body = order({ status: "processing", total: "40.00" });
    let last: Answer | undefined;
    for (let time = 0; time < REQUESTS_AT_ONCE; time++) last = await send(door, source, body, headers);
    expect([last?.status, last?.json.reason, last?.headers.get("Retry-After")]).toEqual([status, "rate_limited", "60"]);
  });

  it.each([...SOURCE_TABLES.keys()])("%s hears why it is not believed, and the log too", async (source) => {
    const door = await doorWith(source);
    const answer = await door.send(`/p/acme/${source}`, { method: "POST", body: "{}" });
    expect([answer.status, answer.json.status]).toEqual([401, "refused"]);
    expect(door.refused).toMatchObject([{ channel: `webhook:${source}`, reason: answer.json.reason, stranger: true }]);
    expect(door.queued).toEqual([]);
  });

  it("an event that says nothing gets 200, and stands in the log under its own name", async () => {
    const door = await doorWith("shopify");
    const answer = await send(door, "shopify", order({ email: "ann@example.com" }), {
      ...PAID,
      "X-Shopify-Topic": "customers/update",
    });
    expect([answer.status, answer.json.reason]).toEqual([200, "passed_over"]);
    expect(door.refused).toMatchObject([
      { reason: "passed_over", params: { source_event: "customers/update", source_message: "e-1" } },
    ]);
    expect(door.refused[0]).not.toHaveProperty("stranger");
    expect(JSON.stringify(door.refused)).not.toContain("ann@");
  });

  it("another platform's body, though signed, is refused as one", async () => {
    const door = await doorWith("stripe");
    const answer = await send(door, "stripe", order());
    expect([answer.status, answer.json.reason]).toEqual([400, "unknown_form"]);
    expect((await send(door, "stripe", "<xml/>")).json.reason).toBe("malformed_body");
  });

  it("an amount that the books do not take is refused, and not cut", async () => {
    const door = await doorWith("shopify");
    const answer = await send(door, "shopify", order({ total_price: "1000000000.01" }), PAID);
    expect([answer.status, answer.json.reason, answer.json.parameter]).toEqual([400, "bad_amount", "amount"]);
  });
});

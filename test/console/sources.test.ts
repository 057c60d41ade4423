/** Sources over the API: what is kept, what is refused with what to write instead, what the edge is told, and that no answer has a secret. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KEPT_SECRET } from "../../workers/console/set-up/kept-secrets.ts";
import { openSecret, readOpeningKeys } from "../../workers/core/sealed-secrets.ts";
import { LIVES } from "../core/sources/lives.ts";
import { bodyOf, CLICK } from "../core/sources/shops.ts";
import { SOURCE_KEYS } from "../postback/door.ts";
import { type Console, startConsole } from "./console.ts";

const SECRET = "shpss_0123456789";
/** As a shop of one's own might write it. */
const RULES = {
  proof: { scheme: "hmac", header: "X-Shop-Signature", encoding: "hex" },
  event: "type",
  message: "id",
  fields: { txid: "order.number", currency: "order.currency", click_id: [{ member: "order.tracking" }] },
  rules: [
    {
      when: [{ at: "type", is: ["order.paid"] }],
      says: [{ event: "sale", status: "approved", amount: "order.total" }],
    },
    { when: [{ at: "type", is: ["order.seen"] }], says: [], why: "Nothing was bought." },
  ],
};
let office: Console;

beforeAll(async () => {
  office = await startConsole();
  for (const slug of ["acme", "other"]) await office.call("POST", "/api/advertisers", { slug, name: slug });
});
afterAll(() => office.stop());

async function edge(key: string): Promise<Record<string, unknown>> {
  return JSON.parse((await office.env.EDGE.get(key)) ?? "null");
}

async function opened(sealed: unknown, place: string): Promise<string | null> {
  const keys = await readOpeningKeys(SOURCE_KEYS);
  if (!keys.ok) throw new Error(keys.refusal);
  return openSecret(keys.value, place, String(sealed));
}

describe("a source", () => {
  test("is made, published for the postback worker, and its secret shown to nobody", async () => {
    const made = await office.call("POST", "/api/sources", {
      advertiser: "acme",
      source: "shopify",
      secret: SECRET,
      events: { sale: "purchase", renewal: "-" },
      amount: "net",
    });
    expect([made.status, made.json]).toMatchObject([
      201,
      {
        slug: "acme.shopify",
        path: "shopify",
        status: "active",
        amount: "net",
        webhook_url: "http://localhost:8788/p/acme/shopify",
      },
    ]);
    const record = await edge("source:acme/shopify");
    const { sealed, ...rest } = record;
    expect(rest).toEqual({
      advertiser: 1,
      path: "shopify",
      source: "shopify",
      events: { sale: "purchase", renewal: "-" },
      basis: "net",
    });
    expect(await opened(sealed, "1/shopify")).toBe(SECRET);
    expect(await opened(sealed, "2/shopify")).toBeNull();
    const told = [
      made,
      await office.call("GET", "/api/sources/acme.shopify"),
      await office.call("GET", "/api/sources"),
      await office.call("GET", "/api/audit"),
    ];
    for (const { text } of told) expect(text).not.toMatch(new RegExp(`${SECRET}|${String(sealed).slice(0, 40)}`));
    expect(told[3]?.text).toContain("acme.shopify");
  });

  test("keeps its secret in a change that brings it back as it was shown, and takes another", async () => {
    const before = await edge("source:acme/shopify");
    const present = await office.call("GET", "/api/sources/acme.shopify");
    const same = await office.call("PATCH", "/api/sources/acme.shopify", present.json);
    expect(same.status).toBe(200);
    expect(await edge("source:acme/shopify")).toEqual(before);
    await office.call("PATCH", "/api/sources/acme.shopify", { secret: `${SECRET}\nnew` });
    expect(await opened((await edge("source:acme/shopify")).sealed, "1/shopify")).toBe(`${SECRET}\nnew`);
  });

  test("has four secrets at most, and keeps them where a fifth is written", async () => {
    const write = (secret: string) => office.call("PATCH", "/api/sources/acme.shopify", { secret });
    expect((await write("one\ntwo\nthree\nfour")).status).toBe(200);
    const before = await edge("source:acme/shopify");
    const refused = await write("one\ntwo\nthree\nfour\nfive");
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("at most 4 secrets, one a line")]);
    expect(await edge("source:acme/shopify")).toEqual(before);
  });

  test("may be one of several of an advertiser, each at a path of its own", async () => {
    const again = { advertiser: "acme", source: "shopify", secret: SECRET };
    expect((await office.call("POST", "/api/sources", again)).json).toMatchObject({ status: 409 });
    expect((await office.call("POST", "/api/sources", { ...again, path: "outlet", test: true })).status).toBe(201);
    expect(await edge("source:acme/outlet")).toMatchObject({ source: "shopify", test: true });
    expect((await office.call("PATCH", "/api/sources/acme.outlet", { path: "elsewhere" })).status).toBe(422);
  });

  test.each<[string, object, string]>([
    ["an advertiser that is not there", { advertiser: "nobody" }, "#/advertiser"],
    ["a source that is not known", { source: "gumroad" }, "#/source"],
    ["no secret", { secret: " " }, "#/secret"],
    ["a fifth secret", { secret: "one\ntwo\n\nthree\nfour\nfive" }, "#/secret"],
    ["the path of batches", { path: "batch" }, "#/path"],
    ["an amount that it does not have", { amount: "earnings" }, "#/amount"],
    ["rules where they are known", { rules: RULES }, "#/rules"],
    ["no rules where they are not", { source: "custom" }, "#/rules"],
    ["rules that are none", { source: "custom", rules: "{" }, "#/rules"],
    ["rules that say nothing", { source: "custom", rules: { ...RULES, rules: [] } }, "#/rules"],
    [
      "rules that call what there is not",
      { source: "custom", rules: { ...RULES, event: { by: "eval", at: "x" } } },
      "#/rules",
    ],
    [
      "a secret that is none of Standard Webhooks",
      { source: "custom", rules: { ...RULES, proof: { scheme: "standard_webhooks" } } },
      "#/secret",
    ],
  ])("is refused with %s, and told where", async (_, change, pointer) => {
    const { status, json } = await office.call("POST", "/api/sources", {
      advertiser: "other",
      source: "shopify",
      secret: SECRET,
      ...change,
    });
    expect([status, json]).toMatchObject([422, { errors: [expect.objectContaining({ pointer })] }]);
  });

  test("is made what is put at its path, as often as it is put, and ended by its deletion", async () => {
    const at = "/api/advertisers/acme/sources/stripe";
    const whole = { secret: "whsec_1", events: { sale: "purchase" } };
    const made = await office.call("PUT", at, whole);
    expect([made.status, made.json]).toMatchObject([
      200,
      { slug: "acme.stripe", source: "stripe", path: "stripe", events: { sale: "purchase" }, status: "active" },
    ]);
    expect(JSON.stringify(made.json)).not.toContain("whsec_1");
    const before = await edge("source:acme/stripe");
    expect((await office.call("PUT", at, { ...whole, secret: KEPT_SECRET })).json).toMatchObject({
      status: "active",
    });
    expect(await edge("source:acme/stripe")).toEqual(before);
    expect((await office.call("DELETE", at)).status).toBe(204);
    expect(await edge("source:acme/stripe")).toMatchObject({ closed: true });
    expect((await office.call("PUT", at, { secret: "whsec_2" })).json).toMatchObject({ status: "active", events: {} });
    expect(await opened((await edge("source:acme/stripe")).sealed, "1/stripe")).toBe("whsec_2");
    expect((await edge("source:acme/stripe")).closed).toBeUndefined();
  });

  test.each<[string, string, object, number, string | undefined]>([
    ["a place that is no source, without saying what sends it", "acme/sources/till", {}, 422, "#/source"],
    ["another sender than it has", "acme/sources/stripe", { source: "shopify" }, 422, undefined],
    ["the path of batches", "acme/sources/batch", { source: "stripe" }, 422, "#/path"],
    ["an advertiser that is not there", "nobody/sources/stripe", {}, 422, "#/advertiser"],
    ["the secret as it is shown, where there is none", "acme/sources/paddle", { secret: KEPT_SECRET }, 422, "#/secret"],
  ])("is not put with %s", async (_, at, change, status, pointer) => {
    const answer = await office.call("PUT", `/api/advertisers/${at}`, { secret: SECRET, ...change });
    expect(answer.status).toBe(status);
    if (pointer) expect(answer.json).toMatchObject({ errors: [expect.objectContaining({ pointer })] });
  });

  test("is its advertiser's to see and to try, without the secret, and the operators' to change", async () => {
    const tokenOf = async (role: string, subject: string) =>
      String(Object((await office.call("POST", "/api/tokens", { name: subject, role, subject })).json).token);
    const token = await tokenOf("advertiser", "acme");
    const own = await office.call("GET", "/api/sources", undefined, token);
    expect(Object(own.json).items.map((one: { advertiser: string }) => one.advertiser)).toContain("acme");
    expect(own.text).not.toContain(SECRET);
    const sample = await office.call("POST", "/api/sources/acme.shopify/sample", { body: "{}" }, token);
    expect(sample.status).toBe(200);
    for (const path of ["/api/sources/acme.shopify", "/api/advertisers/acme/sources/shopify"])
      expect((await office.call(path.includes("advertisers") ? "DELETE" : "PATCH", path, {}, token)).status).toBe(403);
    await office.call("POST", "/api/advertisers", { slug: "another", name: "Another" });
    const another = await tokenOf("advertiser", "another");
    expect((await office.call("GET", "/api/sources", undefined, another)).json).toMatchObject({ items: [] });
    expect((await office.call("GET", "/api/sources/acme.shopify", undefined, another)).status).toBe(404);
    expect((await office.call("POST", "/api/sources/acme.shopify/sample", { body: "{}" }, another)).status).toBe(404);
  });

  test("that is paused is closed at the edge", async () => {
    await office.call("PATCH", "/api/sources/acme.outlet", { status: "paused" });
    expect(await edge("source:acme/outlet")).toMatchObject({ closed: true });
  });

  test("is published once more by the sweep, and mended by npm run publish", async () => {
    const whole = await edge("source:acme/shopify");
    await office.env.EDGE.delete("source:acme/shopify");
    await office.scheduled(Date.now() + 60_000);
    expect(await edge("source:acme/shopify")).toEqual(whole);
    await office.env.EDGE.delete("source:acme/shopify");
    const found: string[] = [];
    for (let next: unknown = ""; next !== null; ) {
      const page = Object(await office.call("POST", `/api/publish${next === "" ? "" : `?cursor=${next}`}`)).json;
      found.push(...page.drift.map(({ key }: { key: string }) => key));
      next = page.next;
    }
    expect(found).toEqual(["source:acme/shopify"]);
    expect(await edge("source:acme/shopify")).toEqual(whole);
  });
});

describe("a sample", () => {
  const paid = JSON.stringify({
    id: "n-1",
    type: "order.paid",
    order: { number: 9007199254740993n.toString(), currency: "EUR", total: "12.50", tracking: { click_id: CLICK } },
    buyer: { email: "ann@example.com" },
  });

  test("says what rules of one's own read, before and after they are saved", async () => {
    const made = await office.call("POST", "/api/sources", {
      advertiser: "other",
      source: "custom",
      path: "own-shop",
      secret: SECRET,
      rules: JSON.stringify(RULES),
    });
    expect(made.status).toBe(201);
    const read = await office.call("POST", "/api/sources/other.own-shop/sample", { body: paid });
    expect(read.json).toEqual({
      event: "order.paid",
      message: "n-1",
      messages: [
        {
          click_id: CLICK,
          txid: "9007199254740993",
          status: "approved",
          currency: "EUR",
          event: "sale",
          amount: "12.5",
        },
      ],
      why: null,
      fault: null,
    });
    const others = { ...RULES, fields: { ...RULES.fields, txid: "id" } };
    const tried = await office.call("POST", "/api/sources/other.own-shop/sample", { body: paid, rules: others });
    expect(tried.json).toMatchObject({ messages: [{ txid: "n-1" }] });
    expect((await office.call("GET", "/api/sources/other.own-shop")).text).not.toContain('"txid\\": \\"id');
    const seen = await office.call("POST", "/api/sources/other.own-shop/sample", { body: '{"type":"order.seen"}' });
    expect(seen.json).toMatchObject({ messages: [], why: "Nothing was bought." });
    const broken = await office.call("POST", "/api/sources/other.own-shop/sample", { body: '{"type":"order.paid"}' });
    expect(broken.json).toMatchObject({ messages: [], fault: "amount" });
    expect((await office.call("POST", "/api/sources/other.own-shop/sample", { body: "<xml/>" })).status).toBe(422);
    expect(await edge("source:other/own-shop")).toMatchObject({
      source: "custom",
      table: { unit: "major", body: "json" },
    });
  });

  test("of a known platform is read as it comes", async () => {
    const [order] = LIVES.shopify?.(CLICK, Date.now()) ?? [];
    const [sent] = order?.sent ?? [];
    if (!sent) throw new Error("no sample");
    const read = await office.call("POST", "/api/sources/acme.shopify/sample", {
      body: bodyOf(sent),
      headers: sent.headers,
    });
    // Net, by the set-up: the sample's subtotal is not there.
    expect(read.json).toMatchObject({ event: "orders/paid", fault: "amount" });
    await office.call("PATCH", "/api/sources/acme.shopify", { amount: null });
    const whole = await office.call("POST", "/api/sources/acme.shopify/sample", {
      body: bodyOf(sent),
      headers: sent.headers,
    });
    expect(whole.json).toMatchObject({ messages: [{ event: "purchase", click_id: CLICK, amount: "100" }] });
    expect(whole.text).not.toMatch(/planted/i);
  });
});

/** Prices from a moment on over the API, with the real ledger behind the queue: announced, listed, withdrawn, counted by when a message was received, and brought into the set-up. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { bringInPrices } from "../../workers/console/offers/due-prices.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveReceiptKeys } from "../../workers/core/credentials.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { waitFor } from "../flow/system.ts";
import { ADVERTISER_KEYS, CLICK_KEYS, type Console, startConsole } from "./console.ts";

const LONG_MS = 120_000;
const HOUR_MS = 3_600_000;
let api: Console;
let clicks: KeyRing;
let ring: KeyRing;
let named = 0;

async function keys(secret: string): Promise<KeyRing> {
  const read = await importKeyRing(secret);
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

const json = async (method: string, path: string, body?: unknown, token?: string) => {
  const answer = await api.call(method, path.startsWith("/") ? path : `/api/${path}`, body, token);
  return { code: answer.status, ...Object(answer.json) };
};

/** A sale of 100 on a click of its own, received then; gives what it was priced by. */
async function sale(receivedAtMs: number, link = 1): Promise<{ payout: string; revenue: string; rule: string }> {
  const [key] = await deriveReceiptKeys(ring);
  if (!key) throw new Error("no key");
  const number = ++named;
  const clickId = await issueClickId(clicks, {
    issuedAtMs: receivedAtMs - 60_000,
    link,
    counter: number,
    test: false,
    provisional: false,
  });
  const receipt = writeReceipt(key, 1, new Uint8Array(RECEIPT_NAME_BYTES).fill(number));
  const content = { clickId, event: "sale", txid: `order ${number}`, amountMicros: 100_000_000 };
  const message: PostbackMessage = { kind: "postback", receipt, advertiser: 1, receivedAtMs, channel: "get", content };
  await api.env.POSTBACKS.send(message);
  const id = await waitFor(async () => (await json("GET", `/receipts/${receipt}`)).conversion);
  const { payout, revenue, entries } = await json("GET", `conversions/${id}`);
  return { payout, revenue, rule: entries[0].rule };
}

beforeAll(async () => {
  api = await startConsole();
  ring = await keys(ADVERTISER_KEYS);
  clicks = await keys(CLICK_KEYS);
  const offer = { name: "Shoes", advertiser: "acme", destination: "https://shop.example/", currency: "USD" };
  const events = [{ name: "sale", payout: { percent: "10" }, revenue: { percent: "15" } }];
  for (const [path, body] of [
    ["advertisers", { slug: "acme", name: "Acme" }],
    ["affiliates", { slug: "blog", name: "Blog" }],
    ["affiliates", { slug: "mag", name: "Mag" }],
    ["offers", { ...offer, slug: "shoes", events }],
    ["links", { slug: "one", offer: "shoes", affiliate: "blog" }],
    ["links", { slug: "two", offer: "shoes", affiliate: "mag" }],
  ] as const)
    expect([path, (await json("POST", path, body)).code]).toEqual([path, 201]);
}, LONG_MS);
afterAll(() => api.stop());

const PRICES = "offers/shoes/prices";

describe("a price from a moment on", { timeout: LONG_MS }, () => {
  test("is announced and listed, and each sale gets the one of when it was received", async () => {
    const nowMs = Date.now();
    const from = new Date(nowMs + HOUR_MS).toISOString();
    const made = await json("POST", PRICES, { event: "sale", payout: { percent: "12" }, from });
    expect(made).toMatchObject({
      code: 201,
      event: "sale",
      affiliate: null,
      from,
      payout: { percent: "12" },
      announced: true,
    });
    const own = await json("POST", PRICES, {
      event: "sale",
      affiliate: "blog",
      payout: { flat: "20.00" },
      from: new Date(nowMs + 2 * HOUR_MS).toISOString(),
    });
    expect(own).toMatchObject({ code: 201, affiliate: "blog" });
    // The set-up is as before: only its version rises.
    expect((await json("GET", "offers/shoes")).events).toMatchObject([{ payout: { percent: "10" }, overrides: [] }]);
    expect((await json("GET", PRICES)).items).toMatchObject([
      { affiliate: "blog", payout: { flat: "20.00" }, announced: true, version: 1 },
      { affiliate: null, payout: { percent: "12" }, announced: true, version: 2 },
      { affiliate: null, payout: { percent: "10" }, revenue: { percent: "15" }, announced: false, version: 1 },
    ]);
    expect(await sale(nowMs)).toMatchObject({ payout: "10.00", revenue: "15.00" });
    // As if ten hours had gone by, and nobody had brought them in.
    await api.env.DB.exec(`UPDATE price_changes SET from_at = from_at - ${10 * HOUR_MS} WHERE counts = 0`);
    const atHour = (hour: number, link = 1) => sale(nowMs + (hour - 10) * HOUR_MS, link);
    const version = (words: string) => expect.stringContaining(words);
    expect(await atHour(0.5)).toMatchObject({ payout: "10.00", revenue: "15.00", rule: version("version 1") });
    expect(await atHour(1.5)).toMatchObject({ payout: "12.00", revenue: "15.00", rule: version("version 2") });
    expect(await atHour(3)).toMatchObject({ payout: "20.00", revenue: "15.00", rule: version("blog's own") });
    expect(await atHour(3, 2)).toMatchObject({ payout: "12.00" });
    expect(await bringInPrices(api.env, nowMs)).toBe(2);
    expect((await json("GET", "offers/shoes")).events).toMatchObject([
      { payout: { percent: "12" }, overrides: [{ affiliate: "blog", payout: { flat: "20.00" } }] },
    ]);
    // What was received before has the old one, whenever it comes.
    expect(await atHour(0.5)).toMatchObject({ payout: "10.00" });
  });

  test("what is set on the offer counts from then on, and from now is at once", async () => {
    const hats = {
      name: "Hats",
      advertiser: "acme",
      destination: "https://shop.example/",
      currency: "USD",
      slug: "hats",
    };
    await json("POST", "offers", { ...hats, events: [{ name: "sale", payout: { percent: "5" }, revenue: "posted" }] });
    await json("POST", "links", { slug: "hat", offer: "hats", affiliate: "mag" });
    const beforeMs = Date.now() - 1;
    await new Promise((done) => setTimeout(done, 5));
    const { events } = await json("GET", "offers/hats");
    const changed = await json("PATCH", "offers/hats", { events: [{ ...events[0], payout: { percent: "7" } }] });
    expect(changed.code).toBe(200);
    expect(await sale(beforeMs, 3)).toMatchObject({ payout: "5.00" });
    expect(await sale(Date.now(), 3)).toMatchObject({ payout: "7.00" });
    const now = await json("POST", "offers/hats/prices", { event: "sale", payout: { percent: "9" } });
    expect(now).toMatchObject({ code: 201, announced: false });
    expect((await json("GET", "offers/hats")).events[0].payout).toEqual({ percent: "9" });
    expect(await sale(Date.now(), 3)).toMatchObject({ payout: "9.00" });
    expect(await sale(beforeMs, 3)).toMatchObject({ payout: "5.00" });
  });

  test("is withdrawn before it counts, and not after", async () => {
    const from = new Date(Date.now() + HOUR_MS).toISOString();
    const { price_change: number } = await json("POST", "offers/hats/prices", {
      event: "sale",
      revenue: { flat: "3.00" },
      from,
    });
    expect((await json("POST", "offers/hats/prices", { event: "sale", payout: { flat: "1" }, from })).code).toBe(422);
    expect((await json("DELETE", `offers/shoes/prices/${number}`)).code).toBe(404);
    expect((await json("DELETE", `offers/hats/prices/${number}`)).code).toBe(204);
    const { items } = await json("GET", "offers/hats/prices");
    expect(items.some(({ announced }: { announced: boolean }) => announced)).toBe(false);
    expect((await json("DELETE", `offers/hats/prices/${items[0].price_change}`)).code).toBe(422);
    expect((await json("GET", "audit?kind=price&limit=2")).items).toMatchObject([
      { action: "discard", before: { revenue: { flat: "3.00" }, from } },
      { action: "create", subject: "hats", after: { event: "sale", from } },
    ]);
  });

  test("is told to the affiliates whose payout it changes, and no other price to any", async () => {
    const offer = { name: "Bags", advertiser: "acme", destination: "https://shop.example/", currency: "USD" };
    const events = [{ name: "sale", payout: { percent: "10" }, revenue: { percent: "15" } }];
    await json("POST", "offers", { ...offer, slug: "bags", access: "open", events });
    const tokenOf = async (subject: string): Promise<string> =>
      (await json("POST", "tokens", { name: "t", role: "affiliate", subject })).token;
    const [blog, mag] = [await tokenOf("blog"), await tokenOf("mag")];
    const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
    const announce = async (price: object, from: string) =>
      expect((await json("POST", "offers/bags/prices", { event: "sale", ...price, from })).code).toBe(201);
    const [first, second, third, fourth, fifth] = [1, 2, 3, 4, 5].map(inHours);
    if (!first || !second || !third || !fourth || !fifth) throw new Error("five moments");
    await announce({ payout: { percent: "12" } }, second);
    await announce({ affiliate: "blog", payout: { flat: "20.00" } }, first);
    await announce({ affiliate: "blog", payout: null }, fourth);
    await announce({ revenue: { percent: "40" } }, third);
    await announce({ affiliate: "mag", revenue: { percent: "30" } }, fifth);
    await announce({ payout: { percent: "12" }, revenue: { percent: "45" } }, fifth);
    const told = async (token: string) => (await json("GET", "offers/bags/announced-payouts", undefined, token)).items;
    expect(await told(blog)).toEqual([
      { event: "sale", from: first, payout: { flat: "20.00" } },
      { event: "sale", from: fourth, payout: { percent: "12" } },
    ]);
    expect(await told(mag)).toEqual([{ event: "sale", from: second, payout: { percent: "12" } }]);
    const ask = async (token: string) =>
      (await api.fetch("/offers/bags", { authorization: "", cookie: await api.signIn(token) })).text();
    const [ofBlog, ofMag] = [await ask(blog), await ask(mag)];
    expect(ofBlog).toContain("sale pays you 20.00 USD");
    expect(ofMag).toContain("sale pays you 12 % of the amount");
    expect(ofMag).not.toContain("20.00");
    for (const page of [ofBlog, ofMag]) expect(page).not.toMatch(/40 %|45 %|30 %|Prices by when/);
    // What counts, though nobody brought it in yet, is announced no longer.
    await api.env.DB.exec(`UPDATE price_changes SET from_at = from_at - ${1.5 * HOUR_MS} WHERE counts = 0`);
    expect(await told(blog)).toMatchObject([{ payout: { percent: "12" } }]);
    expect((await json("GET", "offers/bags/announced-payouts")).code).toBe(403);
    const { token } = await json("POST", "tokens", { name: "a", role: "advertiser", subject: "acme" });
    expect((await json("GET", "offers/bags/announced-payouts", undefined, token)).code).toBe(403);
  });

  test("is refused where it says nothing, lies in the past, is too fine or of nobody, and to who may not", async () => {
    const refused = async (body: object) =>
      (await json("POST", PRICES, { event: "sale", ...body })).errors?.[0]?.pointer;
    expect(await refused({})).toBe("#");
    expect(await refused({ payout: null })).toBe("#");
    expect(await refused({ payout: { percent: "1" }, from: "2020-01-01" })).toBe("#/from");
    expect(await refused({ payout: { flat: "1.001" } })).toBe("#/payout");
    expect(await refused({ payout: { percent: "1" }, affiliate: "none" })).toBe("#/affiliate");
    expect(await refused({ payout: { percent: "1" }, event: "lead" })).toBe("#/event");
    const { token } = await json("POST", "tokens", { name: "b", role: "affiliate", subject: "blog" });
    expect((await json("GET", PRICES, undefined, token)).code).toBe(403);
    expect((await json("POST", PRICES, { event: "sale", payout: { percent: "99" } }, token)).code).toBe(403);
  });
});

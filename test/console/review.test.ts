/** Review over the API, with the real ledger behind the queue: the list of what is held, reasons, undo, decisions on many at once, and caps that show. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveReceiptKeys } from "../../workers/core/credentials.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { waitFor } from "../flow/system.ts";
import { ADVERTISER_KEYS, CLICK_KEYS, type Console, startConsole } from "./console.ts";

const LONG_MS = 120_000;
let api: Console;
let clicks: KeyRing;
let ring: KeyRing;
let named = 0;
let blog = "";

async function keys(secret: string): Promise<KeyRing> {
  const read = await importKeyRing(secret);
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

const read = async (path: string, token?: string) => Object((await api.call("GET", path, undefined, token)).json);
const send = async (method: string, path: string, body?: unknown) => {
  const { status, json } = await api.call(method, path, body);
  return { status, ...Object(json) };
};

/** A sale of its own, on a click of its own; gives the conversion once it is booked. */
async function sale(txid: string, amount: number, link = 1): Promise<string> {
  const [key] = await deriveReceiptKeys(ring);
  if (!key) throw new Error("no key");
  const number = ++named;
  const clickId = await issueClickId(clicks, {
    issuedAtMs: Date.now() - 60_000,
    link,
    counter: number,
    test: false,
    provisional: false,
  });
  const receipt = writeReceipt(key, 1, new Uint8Array(RECEIPT_NAME_BYTES).fill(number));
  const content = { clickId, event: "sale", txid, amountMicros: amount * 1_000_000 };
  const message: PostbackMessage = {
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs: Date.now(),
    channel: "get",
    content,
  };
  await api.env.POSTBACKS.send(message);
  return waitFor(async () => (await read(`/receipts/${receipt}`)).conversion);
}

const conversion = (id: string, token?: string) => read(`/api/conversions/${id}`, token);
/** Waits until a conversion is as expected. */
const becomes = (id: string, expected: Record<string, unknown>) =>
  waitFor(async () => {
    const now = await conversion(id);
    return Object.entries(expected).every(([name, value]) => now[name] === value) ? now : null;
  });
const heldIds = async (query = "") =>
  (await read(`/api/review?${query}`)).items.map(({ conversion_id }: { conversion_id: string }) => conversion_id);

const OFFER = {
  name: "Shoes",
  advertiser: "acme",
  destination: "https://shop.example/",
  currency: "USD",
  events: [{ name: "sale", payout: { percent: "10" }, revenue: { percent: "15" } }],
};

beforeAll(async () => {
  api = await startConsole();
  ring = await keys(ADVERTISER_KEYS);
  clicks = await keys(CLICK_KEYS);
  const offer = OFFER;
  for (const [path, body] of [
    ["advertisers", { slug: "acme", name: "Acme" }],
    ["affiliates", { slug: "blog", name: "Blog" }],
    ["affiliates", { slug: "mag", name: "Mag" }],
    ["offers", { ...offer, slug: "shoes", review_first: 8, caps: [{ event: "sale", per: "day", limit: 9 }] }],
    ["offers", { ...offer, slug: "hats", events: [{ ...offer.events[0], review: "all" }] }],
    ["links", { slug: "demo", offer: "shoes", affiliate: "blog" }],
    ["links", { slug: "hats", offer: "hats", affiliate: "mag" }],
    ["reasons", { slug: "fake", words: "The order was not real" }],
    ["reasons", { slug: "old", words: "No more" }],
  ] as const)
    expect((await api.call("POST", `/api/${path}`, body)).status).toBe(201);
  await api.call("PATCH", "/api/reasons/old", { status: "ended" });
  const token = await api.call("POST", "/api/tokens", { name: "blog's", role: "affiliate", subject: "blog" });
  blog = Object(token.json).token;
}, LONG_MS);
afterAll(() => api.stop());

describe("what is held", { timeout: LONG_MS }, () => {
  test("is listed oldest first, with why, since when and what it is worth, by filters", async () => {
    const first = await sale("a", 40);
    const second = await sale("b", 50);
    const hat = await sale("h", 60, 2);
    const all = await read("/api/review");
    expect(all).toMatchObject({
      items: [
        { conversion_id: first, hold_reason: "first_conversions", status: "pending" },
        { conversion_id: second, hold_reason: "first_conversions" },
        { conversion_id: hat, hold_reason: "event_review" },
      ],
      sums: [{ currency: "USD", conversions: 3, amount: "150.00", payout: "15.00" }],
      more: false,
      next: null,
    });
    expect(all.items[0].held_since).toBe(all.items[0].received_at);
    expect(await heldIds("offer=hats")).toEqual([hat]);
    expect(await heldIds("affiliate=blog&least=45")).toEqual([second]);
    expect(await heldIds("hold_reason=large_amount")).toEqual([]);
    expect(await heldIds(`before=${new Date(Date.now() - 86_400_000).toISOString()}`)).toEqual([]);
    expect((await api.call("GET", "/api/review?offer=none")).status).toBe(400);
    const page = await read("/api/review?limit=2");
    expect(page.items).toHaveLength(2);
    expect(await heldIds(`limit=2&cursor=${page.next}`)).toEqual([hat]);
    expect((await api.call("GET", "/api/review", undefined, blog)).status).toBe(403);
  });

  test("is rejected for a reason, which the affiliate reads, and nothing else of why", async () => {
    const [id = ""] = await heldIds();
    for (const reason of ["old", "none"])
      expect(await send("POST", `/api/conversions/${id}/reject`, { reason })).toMatchObject({ status: 422 });
    const note = "three of one address";
    expect(await send("POST", `/api/conversions/${id}/reject`, { reason: "fake", note })).toMatchObject({
      status: "queued",
    });
    await becomes(id, { hold: "rejected_by_operator", reason: "The order was not real" });
    const theirs = await conversion(id, blog);
    expect(theirs).toMatchObject({ status: "rejected", reason: "The order was not real" });
    expect(JSON.stringify(theirs)).not.toMatch(/three of one|hold_reason|first_conversions/);
  });

  test("a decision is taken back before and after the ledger took it, the last one that stands first", async () => {
    const [id = ""] = await heldIds("affiliate=blog");
    const { receipt } = await send("POST", `/api/conversions/${id}/approve`, {});
    // At once: nobody waits for the ledger.
    const undone = await send("POST", `/api/conversions/${id}/undo`, { receipt });
    expect(undone).toMatchObject({ status: "queued" });
    expect(await send("POST", `/api/conversions/${id}/undo`, { receipt })).toEqual(undone);
    await waitFor(async () => (await read(`/receipts/${receipt}`)).reason === "undone");
    expect(await becomes(id, { hold: "held" })).toMatchObject({ status: "pending" });
    expect(await send("POST", `/api/conversions/${id}/undo`, {})).toMatchObject({ status: 422 });
    await send("POST", `/api/conversions/${id}/release`, {});
    await becomes(id, { hold: "", status: "approved" });
    await send("POST", `/api/conversions/${id}/corrections`, { status: "reversed", amount: "10", note: "wrong" });
    await becomes(id, { amount: "40.00" });
    await send("POST", `/api/conversions/${id}/undo`, {});
    expect((await becomes(id, { amount: "50.00" })).entries.at(-1)).toMatchObject({ kind: "reinstatement" });
    await send("POST", `/api/conversions/${id}/undo`, {});
    await becomes(id, { hold: "held", status: "pending" });
    const { items } = await read("/api/audit?kind=conversion&limit=3");
    expect(items.map(({ action }: { action: string }) => action)).toEqual(["undo", "undo", "correct"]);
  });
});

describe("many at once", { timeout: LONG_MS }, () => {
  test("exactly those that were counted are decided, as far as they are held still, and all of it is taken back", async () => {
    const before = await heldIds();
    const counted = await send("POST", "/api/review/bulks", { decision: "reject", reason: "fake", note: "swept" });
    expect(counted).toMatchObject({ status: 201, count: before.length, decided: 0, ran_at: null, left: 1 });
    expect(await heldIds()).toEqual(before);
    const late = await sale("late", 70);
    const [meanwhile = ""] = before;
    await send("POST", `/api/conversions/${meanwhile}/approve`, {});
    await becomes(meanwhile, { hold: "" });
    const ran = await send("POST", `/api/review/bulks/${counted.bulk}/run`);
    expect(ran).toMatchObject({ status: 202, decided: before.length - 1, passed_over: 1, left: 0 });
    const others = before.slice(1);
    for (const id of others) {
      const { entries } = await becomes(id, { hold: "rejected_by_operator" });
      expect(entries.at(-1).note).toMatch(/swept \(bulk \d+\)$/);
    }
    expect(await heldIds()).toEqual([late]);
    expect(await conversion(meanwhile)).toMatchObject({ status: "approved" });
    // Once more changes nothing.
    await send("POST", `/api/review/bulks/${counted.bulk}/run`);
    expect(await send("POST", `/api/review/bulks/${counted.bulk}/undo`)).toMatchObject({ status: 202, left: 0 });
    for (const id of others) await becomes(id, { hold: "held", reason: null });
    expect(await send("POST", `/api/review/bulks/${counted.bulk}/run`)).toMatchObject({ status: 422 });
    const { items } = await read("/api/audit?kind=bulk");
    expect(items).toMatchObject([{ action: "undo" }, { action: "run", after: { count: before.length } }]);
  });

  test("what broke off goes on with the same words", async () => {
    const [id = ""] = await heldIds("offer=hats");
    const { bulk } = await send("POST", "/api/review/bulks", { decision: "release", conversions: [id] });
    await send("POST", `/api/review/bulks/${bulk}/run`);
    await becomes(id, { hold: "" });
    // As if it had died before it said that the part was sent.
    await api.env.DB.exec(`UPDATE review_bulk_parts SET sent_at = NULL WHERE bulk = ${bulk}`);
    const count = (await conversion(id)).entries.length;
    expect(await send("POST", `/api/review/bulks/${bulk}/run`)).toMatchObject({ decided: 1, passed_over: 0, left: 0 });
    const marker = await sale("marker", 1, 2);
    expect(marker).not.toBe("");
    expect((await conversion(id)).entries).toHaveLength(count);
  });

  test("of any conversions it is said what would change and what not, and after the decision nothing would", async () => {
    const ask = (decision: string, more: object) =>
      send("POST", "/api/conversions/bulks", { decision, filter: { offer: "bags" }, ...more });
    await api.call("POST", "/api/offers", { ...OFFER, slug: "bags", status: "active" });
    await api.call("POST", "/api/links", { slug: "bags", offer: "bags", affiliate: "mag" });
    const link = 3;
    const [first, second, third] = [await sale("x1", 10, link), await sale("x2", 20, link), await sale("x3", 30, link)];
    await send("POST", `/api/conversions/${first}/reject`, {});
    await becomes(first, { status: "rejected" });
    expect(await ask("reject", { filter: undefined, conversions: [first] })).toMatchObject({ status: 422 });
    expect(await ask("approve", { filter: { offer: "none" } })).toMatchObject({ status: 400 });
    const counted = await ask("reject", { reason: "fake" });
    expect(counted).toMatchObject({
      status: 201,
      among: "any",
      count: 2,
      sums: [{ currency: "USD", conversions: 2, amount: "50.00", payout: "5.00" }],
      unchanged: [{ why: "rejected_already", currency: "USD", conversions: 1, amount: "0.00", payout: "0.00" }],
      asked: { offer: "bags" },
    });
    expect(await send("POST", `/api/review/bulks/${counted.bulk}/run`)).toMatchObject({ decided: 2, passed_over: 0 });
    for (const id of [second, third]) await becomes(id, { hold: "rejected_by_operator", payout: "0.00" });
    expect((await ask("reject", {})).errors[0].detail).toBe("None of them would change: 3 are rejected already.");
    await send("POST", `/api/review/bulks/${counted.bulk}/undo`);
    for (const id of [second, third]) await becomes(id, { hold: "", status: "approved" });
    await becomes(first, { hold: "rejected_by_operator" });
    const ticked = await ask("hold", { filter: undefined, conversions: [second, "none"] });
    expect(ticked).toMatchObject({ count: 1, asked: { chosen: "2 by hand" }, unchanged: [] });
    expect((await api.call("POST", "/api/conversions/bulks", { decision: "hold", filter: {} }, blog)).status).toBe(403);
  });

  test("what fits nothing is not counted, and a list of yesterday is not decided", async () => {
    expect(await send("POST", "/api/review/bulks", { decision: "release", most: "0" })).toMatchObject({ status: 422 });
    const { bulk } = await send("POST", "/api/review/bulks", { decision: "release" });
    await api.env.DB.exec(`UPDATE review_bulks SET counted_at = counted_at - 3700000 WHERE number = ${bulk}`);
    expect(await send("POST", `/api/review/bulks/${bulk}/run`)).toMatchObject({ status: 422 });
    expect((await api.call("POST", "/api/review/bulks", { decision: "release" }, blog)).status).toBe(403);
  });
});

test("a cap says how full it is and since when, and its link why clicks do not pass", {
  timeout: LONG_MS,
}, async () => {
  const caps = async () => (await read("/api/offers/shoes/caps")).items[0];
  const { taken } = await caps();
  expect(taken).toBeGreaterThan(0);
  expect(
    (await api.call("PATCH", "/api/offers/shoes", { caps: [{ event: "sale", per: "day", limit: taken + 1 }] })).status,
  ).toBe(200);
  expect(await caps()).toMatchObject({ taken, limit: taken + 1, full_since: null });
  await sale("full", 10);
  expect((await caps()).full_since).toMatch(/^2/);
  expect((await api.call("GET", "/api/offers/shoes/caps", undefined, blog)).status).toBe(403);
  const cookie = await api.signIn();
  const page = async (path: string) => (await api.fetch(path, { cookie })).text();
  expect(await page("/offers/shoes")).toContain(`${taken + 1} of ${taken + 1}`);
  await waitFor(async () => (await page("/links/demo")).includes("A cap of the offer is full."));
  await api.call("PATCH", "/api/offers/hats", { status: "paused" });
  expect(await page("/links/hats")).toContain("The offer is paused.");
  expect(await page("/links")).toContain("The offer is paused.");
});

/** Claims in the console: to each role what is theirs, and to the admin's word what it says, one by one, in bulk and from the shop's list. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { waitFor } from "../flow/system.ts";
import { plant, plantSetUp, receiptNumber, START_MS } from "./books.ts";
import { CLICK_KEYS, type Console, startConsole } from "./console.ts";

let api: Console;

function claim(number: number, changes: Record<string, string | number | null> = {}) {
  return {
    receipt: receiptNumber(number),
    stage: 1,
    advertiser: 1,
    offer: 1,
    affiliate: 1,
    link: 1,
    click_id: `${number}`.padStart(36, "0"),
    event: "sale",
    txid: `order-${number}`,
    amount: 40_000_000 + number,
    currency: "USD",
    received_at: START_MS + number,
    settled_at: START_MS + number,
    state: "open",
    conversion_id: null,
    test: 0,
    ...changes,
  };
}

beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(api.env.DB, "claims", [
    claim(1),
    claim(2),
    claim(3, { affiliate: 2, link: 2 }),
    claim(4, { advertiser: 2, offer: 2, link: 3 }),
    claim(5, { txid: "order-1" }),
    claim(6, { test: 1 }),
    claim(7, { state: "dismissed" }),
    claim(8, { state: "too_many" }),
    claim(9, { state: "replaced", conversion_id: receiptNumber(99) }),
  ]);
});
afterAll(() => api.stop());

async function ask(method: string, path: string, body?: unknown, token?: string) {
  const { status, json } = await api.call(method, path, body, token);
  return [status, json] as const;
}

async function listed(query = "", token?: string): Promise<number[]> {
  const { text } = await api.call("GET", `/api/claims${query}`, undefined, token);
  const { items }: { items: { receipt: string }[] } = JSON.parse(text);
  return items.map(({ receipt }) => Number(receipt));
}

async function tokenFor(role: string, subject?: string): Promise<string> {
  const { text } = await api.call("POST", "/api/tokens", { name: role, role, ...(subject ? { subject } : {}) });
  const { token }: { token: string } = JSON.parse(text);
  return token;
}

test("a list of what was heard, newest first, in pages and by filter", async () => {
  expect(await listed()).toEqual([9, 7, 6, 5, 4, 3, 2, 1]);
  expect(await listed("?state=open&advertiser=acme&test=false")).toEqual([5, 3, 2, 1]);
  expect(await listed("?txid=order-1")).toEqual([5, 1]);
  const { text } = await api.call("GET", "/api/claims?limit=3");
  const { next }: { next: string } = JSON.parse(text);
  expect(await listed(`?limit=3&cursor=${next}`)).toEqual([5, 4, 3]);
  const [, page] = await ask("GET", "/api/claims?txid=order-2");
  expect(page).toMatchObject({ items: [{ affiliate: "blog", offer: "shoes", amount: "40.000002", state: "open" }] });
});

test("advertisers and affiliates see theirs, advertisers under the names that they know, and neither rules", async () => {
  const [acme, deals] = [await tokenFor("advertiser", "acme"), await tokenFor("affiliate", "deals")];
  expect(await listed("", acme)).toEqual([9, 7, 6, 5, 3, 2, 1]);
  expect(await listed("", deals)).toEqual([3]);
  const [, page] = await ask("GET", "/api/claims?txid=order-3", undefined, acme);
  expect(page).toMatchObject({ items: [{ affiliate: expect.stringMatching(/^affiliate-\w{10}$/) }] });
  for (const token of [acme, deals, await tokenFor("analyst")])
    for (const path of [`/api/claims/${receiptNumber(1)}/confirm`, "/api/claims/confirm", "/api/claims/orders"])
      expect((await api.call("POST", path, { note: "mine" }, token)).status).toBe(403);
});

test("one is confirmed or dismissed with a note, which the audit log keeps; one that is settled is not", async () => {
  const [status, answer] = await ask("POST", `/api/claims/${receiptNumber(2)}/confirm`, {
    note: "seen",
    amount: "12.50",
  });
  expect([status, answer]).toEqual([202, { status: "queued", receipt: expect.stringMatching(/^[0-7]\w{25}$/) }]);
  expect((await ask("POST", `/api/claims/${receiptNumber(7)}/confirm`, { note: "after all" }))[0]).toBe(202);
  expect((await ask("POST", `/api/claims/${receiptNumber(3)}/dismiss`, { note: "no" }))[0]).toBe(202);
  for (const [number, ruling, expected] of [
    [7, "dismiss", 404],
    [8, "confirm", 404],
    [9, "confirm", 404],
    [77, "confirm", 404],
  ] as const)
    expect((await ask("POST", `/api/claims/${receiptNumber(number)}/${ruling}`, { note: "n" }))[0]).toBe(expected);
  expect((await ask("POST", `/api/claims/${receiptNumber(1)}/confirm`, {}))[0]).toBe(422);
  const rows = await api.env.DB.prepare(
    "SELECT action, subject FROM audit WHERE kind = 'claims' ORDER BY number",
  ).all();
  expect(rows.results).toEqual([
    { action: "confirm", subject: receiptNumber(2) },
    { action: "confirm", subject: receiptNumber(7) },
    { action: "dismiss", subject: receiptNumber(3) },
  ]);
});

test("many are ruled on only as they were counted, and never tests", async () => {
  const [, counted] = await ask("GET", "/api/claims/count?advertiser=rival");
  expect(counted).toEqual({ open: 1 });
  const [status, problem] = await ask("POST", "/api/claims/confirm", { advertiser: "rival", count: 2, note: "n" });
  expect([status, problem]).toMatchObject([422, { errors: [{ pointer: "#/count" }] }]);
  expect(await ask("POST", "/api/claims/confirm", { advertiser: "rival", count: 1, note: "n" })).toEqual([
    202,
    { queued: 1 },
  ]);
});

test("the shop's list confirms what one click claims, and says what it leaves", async () => {
  await plant(api.env.DB, "claims", [
    claim(20),
    claim(21, { txid: "order-20", click_id: claim(20).click_id }),
    claim(22),
  ]);
  const orders = [
    { txid: "order-20", amount: "7.00" },
    { txid: "order-22" },
    { txid: "order-1" },
    { txid: "nobody's" },
  ];
  expect(await ask("POST", "/api/claims/orders", { advertiser: "acme", orders, note: "their list" })).toEqual([
    202,
    { queued: 2, ambiguous: ["order-1"], unclaimed: ["nobody's"] },
  ]);
});

test("from the pixel to the money: a claim that is confirmed is a conversion, approved by the operator's word", async () => {
  await plant(api.env.DB, "offer_events", [
    { offer: 1, name: "sale", position: 0, payout: '{"percent":100000}', revenue: '{"percent":150000}' },
  ]);
  const ring = await importKeyRing(CLICK_KEYS);
  if (!ring.ok) throw new Error(ring.refusal);
  const nowMs = Date.now();
  const issued = { issuedAtMs: nowMs - 3_600_000, link: 1, counter: 7, test: false, provisional: false };
  const clickId = await issueClickId(ring.value, issued);
  const receipt = "1".padEnd(26, "0");
  await api.env.POSTBACKS.send({
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs: nowMs,
    channel: "pixel",
    content: { clickId, txid: "pixel-1", amountMicros: 40_000_000 },
    waits: Number.MAX_SAFE_INTEGER,
  });
  const [open] = await waitFor(async () => {
    const found = await api.call("GET", "/api/claims?txid=pixel-1&state=open");
    const { items }: { items: Record<string, unknown>[] } = JSON.parse(found.text);
    return items.length > 0 && items;
  });
  expect(open).toMatchObject({ receipt, amount: "40.00", event: "sale", conversion_id: null });
  expect((await ask("GET", "/api/conversions?txid=pixel-1"))[1]).toEqual({ items: [], next: null });
  expect((await ask("POST", `/api/claims/${receipt}/confirm`, { note: "on their list" }))[0]).toBe(202);
  const conversions = await waitFor(async () => {
    const found = await api.call("GET", "/api/conversions?txid=pixel-1");
    const { items }: { items: Record<string, unknown>[] } = JSON.parse(found.text);
    return items.length > 0 && items;
  });
  expect(conversions).toMatchObject([{ status: "approved", amount: "40.00", payout: "4.00", affiliate: "blog" }]);
  const [, page] = await ask("GET", "/api/claims?txid=pixel-1");
  expect(page).toMatchObject({ items: [{ state: "confirmed", conversion_id: conversions[0]?.conversion_id }] });
  const blog = await tokenFor("affiliate", "blog");
  expect((await ask("GET", "/api/claims?txid=pixel-1", undefined, blog))[1]).toEqual(page);
  // Claim 9 was replaced by a sale that is not its affiliate's.
  const [, replaced] = await ask("GET", "/api/claims?txid=order-9", undefined, blog);
  expect(replaced).toMatchObject({ items: [{ state: "replaced", conversion_id: null }] });
});

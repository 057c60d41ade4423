/** What-ifs over the API, with the real ledger behind the queue: looked at, applied once, dropped, looked at again; and by its page. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { deriveReceiptKeys } from "../../workers/core/credentials.ts";
import { importKeyRing, type KeyRing } from "../../workers/core/key-ring.ts";
import { RECEIPT_NAME_BYTES, writeReceipt } from "../../workers/core/receipt.ts";
import { waitFor } from "../flow/system.ts";
import { ADVERTISER_KEYS, CLICK_KEYS, type Console, startConsole } from "./console.ts";

const LONG_MS = 120_000;
const DAY_MS = 86_400_000;
let api: Console;
let clicks: KeyRing;
let ring: KeyRing;
let named = 0;

async function keys(secret: string): Promise<KeyRing> {
  const read = await importKeyRing(secret);
  if (!read.ok) throw new Error(read.refusal);
  return read.value;
}

const read = async (path: string) => Object((await api.call("GET", path)).json);
const send = async (path: string, body?: unknown) => {
  const { status, json } = await api.call("POST", path, body);
  return { status, ...Object(json) };
};

/** What a sender says of an order on a click of its own, that many days after the click; gives its receipt once it is settled. */
async function say(content: PostbackMessage["content"], { link = 1, daysAfter = 0 } = {}): Promise<string> {
  const [key] = await deriveReceiptKeys(ring);
  if (!key) throw new Error("no key");
  const number = ++named;
  const issuedAtMs = Date.now() - daysAfter * DAY_MS - 120_000;
  const clickId = await issueClickId(clicks, { issuedAtMs, link, counter: number, test: false, provisional: false });
  const receipt = writeReceipt(key, 1, new Uint8Array(RECEIPT_NAME_BYTES).fill(number));
  await api.env.POSTBACKS.send({
    kind: "postback",
    receipt,
    advertiser: 1,
    receivedAtMs: Date.now(),
    channel: "get",
    content: { clickId, ...content },
  });
  await waitFor(async () => (await read(`/receipts/${receipt}`)).status !== "queued");
  return receipt;
}

const sale = (txid: string, amount: number) => ({ event: "sale", txid, amountMicros: amount * 1_000_000 });
const period = () => ({
  from: new Date(Date.now() - DAY_MS).toISOString(),
  until: new Date(Date.now() + DAY_MS).toISOString(),
});
const lookAt = (rules: unknown) =>
  send("/api/what-ifs", { name: "Other rules", advertiser: "acme", offer: "shoes", ...period(), rules });
const payoutOf = (payout: unknown) => ({ offers: { shoes: { events: { sale: { payout } } } } });
const conversionOf = async (receipt: string): Promise<string> =>
  String((await read(`/receipts/${receipt}`)).conversion);

beforeAll(async () => {
  api = await startConsole();
  ring = await keys(ADVERTISER_KEYS);
  clicks = await keys(CLICK_KEYS);
  for (const [path, body] of [
    ["advertisers", { slug: "acme", name: "Acme" }],
    ["affiliates", { slug: "blog", name: "Blog" }],
    ["affiliates", { slug: "mag", name: "Mag" }],
    [
      "offers",
      {
        slug: "shoes",
        name: "Shoes",
        advertiser: "acme",
        destination: "https://shop.example/",
        currency: "USD",
        window_days: 30,
        events: [
          {
            name: "sale",
            payout: { percent: "10" },
            revenue: { percent: "15" },
            overrides: [{ affiliate: "mag", payout: { percent: "11" } }],
          },
        ],
      },
    ],
    ["links", { slug: "one", offer: "shoes", affiliate: "blog" }],
    ["links", { slug: "two", offer: "shoes", affiliate: "mag" }],
  ] as const)
    expect((await api.call("POST", `/api/${path}`, body)).status).toBe(201);
}, LONG_MS);
afterAll(() => api.stop());

test("rules that are those of the set-up change nothing", { timeout: LONG_MS }, async () => {
  await say(sale("same", 40));
  const same = await lookAt({
    offers: {
      shoes: {
        window_days: 30,
        events: { sale: { payout: { percent: "10" }, revenue: { percent: "15" }, repeat: "per_txid", digits: 2 } },
      },
    },
  });
  expect(same).toMatchObject({ status: 201, state: "open", groups: [], left_out: 0 });
  expect(same.messages).toBeGreaterThan(0);
});

describe("another payout", () => {
  test("is shown beside what is booked, applied once as an adjustment with its note, and adds up", {
    timeout: LONG_MS,
  }, async () => {
    const receipt = await say(sale("dearer", 40));
    const own = await say(sale("own", 40), { link: 2 });
    const looked = await lookAt(payoutOf({ percent: "12" }));
    const of = looked.groups.find((group: { affiliate: string }) => group.affiliate === "blog");
    expect(of).toMatchObject({ offer: "shoes", currency: "USD", gained: 0, lost: 0, amount: "0.00", revenue: "0.00" });
    // Who has a price of its own keeps it.
    expect(looked.groups.map(({ affiliate }: { affiliate: string }) => affiliate)).toEqual(["blog"]);
    const id = await conversionOf(receipt);
    const { items } = await read(`/api/what-ifs/${looked.what_if}/conversions`);
    expect(items.find(({ conversion }: { conversion: string }) => conversion === id)).toMatchObject({
      before: {
        status: "approved",
        payout: "4.00",
        rule: "shoes/sale version 1: payout 10 % of the amount, revenue 15 % of the amount",
      },
      after: {
        payout: "4.80",
        rule: `shoes/sale under what-if ${looked.what_if}: payout 12 % of the amount, revenue 15 % of the amount`,
      },
    });
    expect((await read(`/api/conversions/${id}`)).payout).toBe("4.00");
    const applied = await send(`/api/what-ifs/${looked.what_if}/apply`, { note: "agreed in May" });
    expect(applied).toMatchObject({ status: 202, state: "applied", note: "agreed in May", left: 0, left_out: 0 });
    await waitFor(async () => (await read(`/api/conversions/${id}`)).payout === "4.80");
    const story = await read(`/api/conversions/${id}`);
    expect(story.entries.at(-1)).toMatchObject({
      kind: "adjustment",
      payout: "0.80",
      amount: "0.00",
      note: `console token: what-if ${looked.what_if}: agreed in May`,
    });
    expect((await read(`/api/conversions/${await conversionOf(own)}`)).payout).toBe("4.40");
    // Applied again it changes nothing, and nothing is left to find.
    await send(`/api/what-ifs/${looked.what_if}/apply`, { note: "again" });
    const again = await send(`/api/what-ifs/${looked.what_if}/look`);
    expect(again).toMatchObject({ status: 200, state: "open", groups: [] });
    expect((await read(`/api/conversions/${id}`)).entries).toHaveLength(story.entries.length);
  });

  test("is left out, and named, where something changed after it was looked at; looked at again it is found", {
    timeout: LONG_MS,
  }, async () => {
    const receipt = await say(sale("changing", 100));
    const id = await conversionOf(receipt);
    const looked = await lookAt(payoutOf({ percent: "20" }));
    await api.call("POST", `/api/conversions/${id}/corrections`, {
      status: "reversed",
      amount: "50",
      note: "half came back",
    });
    await waitFor(async () => (await read(`/api/conversions/${id}`)).amount === "50.00");
    const applied = await send(`/api/what-ifs/${looked.what_if}/apply`, { note: "dearer" });
    expect(applied).toMatchObject({ state: "applied", left_out: 1 });
    const { items } = await read(`/api/what-ifs/${looked.what_if}/conversions`);
    expect(
      items.filter((one: { left_out: boolean }) => one.left_out).map((one: { conversion: string }) => one.conversion),
    ).toEqual([id]);
    expect((await read(`/api/conversions/${id}`)).payout).toBe("5.00");
    const again = await waitFor(async () => {
      const found = await send(`/api/what-ifs/${looked.what_if}/look`);
      return found.groups.length === 1 && found.groups[0].changed === 1 ? found : null;
    });
    await send(`/api/what-ifs/${again.what_if}/apply`, { note: "after all" });
    await waitFor(async () => (await read(`/api/conversions/${id}`)).payout === "10.00");
  });
});

test("a longer window makes conversions of what was too late", { timeout: LONG_MS }, async () => {
  const receipt = await say(sale("late", 40), { daysAfter: 40 });
  expect(await read(`/receipts/${receipt}`)).toMatchObject({ status: "rejected", reason: "click_expired" });
  const looked = await lookAt({ offers: { shoes: { window_days: 60 } } });
  expect(looked.groups).toMatchObject([{ affiliate: "blog", gained: 1, lost: 0, payout: "4.00", amount: "40.00" }]);
  await send(`/api/what-ifs/${looked.what_if}/apply`, { note: "a longer window" });
  const id = await waitFor(async () => (await read(`/receipts/${receipt}`)).conversion);
  expect(await read(`/api/conversions/${id}`)).toMatchObject({
    status: "approved",
    payout: "4.00",
    entries: [{ kind: "adjustment" }],
  });
});

test("one that is dropped stays, and is not applied", { timeout: LONG_MS }, async () => {
  await say(sale("dropped", 40));
  const looked = await lookAt(payoutOf({ flat: "1.00" }));
  expect(await send(`/api/what-ifs/${looked.what_if}/drop`)).toMatchObject({ status: 200, state: "dropped" });
  expect((await send(`/api/what-ifs/${looked.what_if}/apply`, { note: "after all" })).status).toBe(422);
  expect((await read("/api/what-ifs")).items[0]).toMatchObject({ what_if: looked.what_if, state: "dropped" });
  const audit = (await read("/api/audit?kind=what_if")).items.map(({ action }: { action: string }) => action);
  expect(audit.slice(0, 2)).toEqual(["drop", "look"]);
});

test.each([
  [{}, "Say what is to be otherwise"],
  [{ offers: { hats: { window_days: 3 } } }, 'no offer \\"hats\\"'],
  [{ offers: { shoes: { events: { lead: { digits: 2 } } } } }, 'no event \\"lead\\"'],
  [
    { offers: { shoes: { events: { sale: { affiliates: { nobody: { payout: { flat: "1" } } } } } } } },
    'no affiliate \\"nobody\\"',
  ],
])("rules that name what is not there are refused: %j", { timeout: LONG_MS }, async (rules, why) => {
  const refused = await lookAt(rules);
  expect(refused.status).toBe(422);
  expect(JSON.stringify(refused)).toContain(why);
});

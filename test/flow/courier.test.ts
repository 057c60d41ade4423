/** The courier over HTTP: what is booked is told, in order and once, as each receiver takes it. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Receiver, startReceiver } from "../courier/receiver.ts";
import { insertDestination, type TestDestination } from "../courier/set-up.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

let system: System;
let token: string;
let receiver: Receiver;
let orders = 0;

beforeAll(async () => {
  system = await startSystem();
  token = (await seedProgramme(system)).token;
});
afterAll(() => system.stop());
beforeEach(async () => {
  receiver = await startReceiver();
  return async () => {
    const { DB } = await system.courierEnv();
    await DB.exec("UPDATE destinations SET status = 'ended'");
    await receiver.stop();
  };
});

/** Told under a name of its own, since the courier keeps set-up for some seconds. */
async function destination(said: Omit<TestDestination, "slug" | "url"> & { query: string }): Promise<number> {
  const { DB } = await system.courierEnv();
  const { query, ...rest } = said;
  return insertDestination(DB, { slug: `d${orders++}${Date.now()}`, url: `${receiver.origin}/pb?${query}`, ...rest });
}

async function click(query: string): Promise<string> {
  const answer = await system.fetchClick(`/c/demo?${query}`, { headers: { "user-agent": "Mozilla/5.0 Chrome/140.0" } });
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
}

async function postback(parameters: Record<string, string>): Promise<void> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ ...parameters, token })}`);
  expect(answer.status).toBe(200);
}

const rows = async (number: number): Promise<Record<string, unknown>[]> => {
  const { COURIER } = await system.courierEnv();
  return (
    await COURIER.prepare("SELECT * FROM deliveries WHERE destination = ? ORDER BY conversion_id, seq, replay")
      .bind(number)
      .all()
  ).results;
};

test("a sale and its refund are told in their order, once each, with what the click brought", async () => {
  const number = await destination({
    query: "cid={external_id}&k={external_kind}&s={sub1}&payout={payout}&status={status}&id={delivery_id}&n={sequence}",
  });
  const clickId = await click("fbclid=IwAR%201&sub1=spring");
  await postback({ click_id: clickId, event: "sale", txid: "told-1", amount: "40" });
  await waitFor(() => receiver.told.length === 1, 30_000);
  await postback({ click_id: clickId, event: "sale", txid: "told-1", amount: "40" });
  await postback({ click_id: clickId, event: "sale", txid: "told-1", status: "reversed" });
  await waitFor(() => receiver.told.length === 2, 30_000);
  expect(receiver.told.map(({ query }) => query)).toMatchObject([
    { cid: "IwAR 1", k: "fbclid", s: "spring", payout: "4.00", status: "approved", n: "1" },
    { cid: "IwAR 1", k: "fbclid", s: "spring", payout: "0.00", status: "reversed", n: "2" },
  ]);
  const recorded = await waitFor(async () => {
    const found = await rows(number);
    return found.length === 2 && found.every(({ status }) => status === "sent") ? found : null;
  });
  expect(recorded.map(({ delivery_id }) => delivery_id)).toEqual(receiver.told.map(({ query }) => query.id));
  expect(recorded[0]).toMatchObject({ type: "conversion.created", attempts: 1, http: 200, origin: "notice" });
}, 90_000);

test("what failed is tried again under the same ID, and what was answered is not", async () => {
  const number = await destination({ query: "id={delivery_id}" });
  receiver.answer = () => (receiver.told.length === 1 ? { status: 500, body: "not now" } : { status: 200 });
  await postback({ click_id: await click(""), event: "lead", txid: "again-1" });
  await waitFor(() => receiver.told.length === 2, 40_000);
  expect(new Set(receiver.told.map(({ query }) => query.id)).size).toBe(1);
  const [row] = await waitFor(async () => {
    const found = await rows(number);
    return found[0]?.status === "sent" ? found : null;
  });
  expect(row).toMatchObject({ attempts: 2, http: 200 });
}, 90_000);

test("what is set up over the API hears of what settles, and the console says what it was told", async () => {
  const slug = `api-${Date.now()}`;
  const url = `${receiver.origin}/pb?cid={clickid}&payout={payout}&order={transactionid}`;
  const body = {
    slug,
    name: "By the API",
    kind: "postback",
    url,
    affiliate: "blog",
    meanings: { transactionid: "txid" },
  };
  const headers = { "content-type": "application/json" };
  const made = await system.fetchConsole("/api/destinations", { method: "POST", headers, body: JSON.stringify(body) });
  expect(made.status).toBe(201);
  const clickId = await click("");
  await postback({ click_id: clickId, event: "sale", txid: "api-1", amount: "40" });
  await waitFor(() => receiver.told.length === 1, 60_000);
  expect(receiver.told[0]?.query).toEqual({ cid: clickId, payout: "4.00", order: "api-1" });
  const [delivery] = await waitFor(async () => {
    const answer = await system.fetchConsole(`/api/deliveries?destination=${slug}&status=sent`);
    const { items }: { items: Record<string, unknown>[] } = JSON.parse(await answer.text());
    return items.length === 1 ? items : null;
  });
  expect(delivery).toMatchObject({
    destination: slug,
    type: "conversion.created",
    attempts: 1,
    http: 200,
    test: false,
  });
}, 120_000);

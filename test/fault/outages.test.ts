/** Outages through the real parts: whatever fails between the queue and the books, every accepted postback is in them once, and none twice. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { linesOf, verifyBooks } from "../../scripts/verification.ts";
import { type System, seedProgramme, startSystem, waitFor } from "../flow/system.ts";

let system: System;
let token: string;
let orders = 0;

beforeAll(async () => {
  const queue = { env: "postback", name: "faulty-queue", main: "test/fault/doubles/queue.ts" } as const;
  system = await startSystem({
    ledgerMain: "test/fault/doubles/ledger.ts",
    workers: [queue],
    overrides: { postback: { POSTBACKS: "faulty-queue" }, console: { CLICK_LOG: "faulty-queue" } },
  });
  token = (await seedProgramme(system)).token;
});
afterAll(() => system.stop());
afterEach(async () => {
  await ledger("");
  await queue("well");
});

async function ledger(faults: string): Promise<void> {
  await system.harness.getWorker("clickback-ledger").fetch(`/?${faults}`);
}

async function queue(mode: string): Promise<void> {
  await system.harness.getWorker("faulty-queue").fetch(`/${mode}`);
}

async function post(
  parameters: Record<string, string>,
): Promise<{ status: number; receipt: string; reason?: string; retryAfter: string | null }> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ ...parameters, token })}`);
  const body: { receipt: string; reason?: string } = JSON.parse(await answer.text());
  return { ...body, status: answer.status, retryAfter: answer.headers.get("retry-after") };
}

async function clickId(): Promise<string> {
  const answer = await system.fetchClick("/c/demo");
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
}

async function count(query: string): Promise<number> {
  const console = system.harness.getWorker<{ DB: D1Database; LOG: D1Database }>("clickback-console");
  const { DB, LOG } = await console.getEnv();
  const { results } = await (/FROM postbacks/.test(query) ? LOG : DB).prepare(query).all();
  return results.length;
}

/** Five orders, two of them sent twice; gives their txids as SQL. */
async function sendOrders(): Promise<string> {
  const txids = Array.from({ length: 5 }, () => `f${++orders}`);
  const id = await clickId();
  for (const txid of [...txids, ...txids.slice(0, 2)]) {
    const { status } = await post({ click_id: id, event: "sale", txid, amount: "20" });
    expect(status).toBe(200);
  }
  return txids.map((txid) => `'${txid}'`).join(", ");
}

const OUTAGES = [
  ["the database refuses", "books=before"],
  ["the database commits and then loses the connection", "books=after"],
  ["the object refuses", "object=before"],
  ["the object commits and then loses the connection", "object=after"],
  ["the object is overloaded", "object=overloaded"],
  ["the object and the database both commit and fail", "object=after&books=after"],
  ["the ledger's keys are unreadable", "keys=before"],
] as const;

test.each(OUTAGES)(
  "while %s, messages wait; afterwards each is in the books once",
  { timeout: 60_000 },
  async (_, faults) => {
    const logged = system.logs().length;
    await ledger(faults);
    const txids = await sendOrders();
    await waitFor(() => /postback_not_settled|keys_unreadable/.test(JSON.stringify(system.logs().slice(logged))));
    await ledger("");
    await waitFor(async () => (await count(`SELECT 1 FROM postbacks WHERE txid IN (${txids})`)) === 7, 30_000);
    expect(await count(`SELECT 1 FROM conversions WHERE txid IN (${txids})`)).toBe(5);
    expect(await count(`SELECT 1 FROM postbacks WHERE txid IN (${txids}) AND status = 'duplicate'`)).toBe(2);
    expect((await verifyBooks(system.fetchConsole, 0, 500)).disagreements).toEqual([]);
  },
);

test("while the log is down, orders are booked, receipts are answered, and the log has them afterwards", {
  timeout: 60_000,
}, async () => {
  await ledger("log=before");
  const { txid, receipt } = await sendOne();
  await waitFor(async () => (await count(`SELECT 1 FROM conversions WHERE txid = '${txid}'`)) === 1);
  const told = await system.fetchConsole(`/receipts/${receipt}`);
  expect(JSON.parse(await told.text())).toMatchObject({ status: "attributed", conversion: expect.any(String) });
  const headers = { "content-type": "application/json" };
  const asked = { method: "POST", headers, body: JSON.stringify({ receipts: [receipt] }) };
  const many = await system.fetchConsole("/receipts", asked);
  expect(JSON.parse(await many.text())).toMatchObject({ receipts: [{ receipt, status: "attributed" }] });
  const report = await verifyBooks(system.fetchConsole, 0, 100);
  expect(linesOf(report)).toEqual([
    expect.stringMatching(/^DB: \d+ rows looked at, all well\.$/),
    expect.stringMatching(/^LOG: \d+ rows looked at, 1 missing\.$/),
  ]);
  await ledger("");
  await system.scheduled();
  await waitFor(async () => (await count(`SELECT 1 FROM postbacks WHERE txid = '${txid}'`)) === 1);
  expect((await verifyBooks(system.fetchConsole, 0, 100)).disagreements).toEqual([]);
});

async function sendOne(): Promise<{ txid: string; receipt: string }> {
  const txid = `f${++orders}`;
  const { status, receipt } = await post({ click_id: await clickId(), event: "sale", txid, amount: "20" });
  expect(status).toBe(200);
  return { txid, receipt };
}

test("a message of nothing at all waits alone", { timeout: 60_000 }, async () => {
  const { POSTBACKS } = await system.ledgerEnv();
  await POSTBACKS.send(null);
  const txids = await sendOrders();
  await waitFor(async () => (await count(`SELECT 1 FROM postbacks WHERE txid IN (${txids})`)) === 7, 30_000);
});

test.each([
  ["refuses", "clicks=before"],
  ["hangs", "clicks=hang"],
])(
  "while the click log %s, conversions are settled without it, and get their sub-ids later",
  {
    timeout: 60_000,
  },
  async (_, fault) => {
    await ledger(fault);
    const txids = await sendOrders();
    await waitFor(
      async () => (await count(`SELECT 1 FROM conversions WHERE txid IN (${txids}) AND click_joined = 0`)) === 5,
      30_000,
    );
    await ledger("");
    await waitFor(async () => {
      await system.scheduled();
      return (await count(`SELECT 1 FROM conversions WHERE txid IN (${txids}) AND click_joined = 1`)) === 5;
    }, 30_000);
  },
);

test.each([
  ["refuses", "refuse"],
  ["hangs", "hang"],
])("when the queue %s, the sender still has its message, and knows", { timeout: 60_000 }, async (_, mode) => {
  const id = await clickId();
  await queue(mode);
  const refused = await post({ click_id: id, event: "sale", txid: `q-${mode}`, amount: "20" });
  expect(refused).toMatchObject({ status: 503, reason: "try_again", retryAfter: expect.stringMatching(/^\d+$/) });
  await queue("well");
  const accepted = await post({ click_id: id, event: "sale", txid: `q-${mode}`, amount: "20" });
  expect(accepted.status).toBe(200);
  await waitFor(async () => (await count(`SELECT 1 FROM conversions WHERE txid = 'q-${mode}'`)) === 1, 30_000);
});

test("a replay that the queue breaks off says how far it came, and goes on from there", {
  timeout: 60_000,
}, async () => {
  const { ARCHIVE } = await system.ledgerEnv();
  const id = await clickId();
  // By their keys: before the clicks, the clicks, after them.
  const failed = { a: "postback", clicks: "clicks", z: "postback" };
  for (const [key, kind] of Object.entries(failed)) {
    const receipt = key.padEnd(26, "0");
    const content = { clickId: id, event: "sale", txid: `again-${key}`, amountMicros: 1_000_000 };
    const postback = { receipt, advertiser: 1, receivedAtMs: Date.now(), channel: "get", content };
    const clicks = [{ clickId: id, offer: 1, affiliate: 1, advertiser: 1 }];
    await ARCHIVE.put(`failed/${key}`, JSON.stringify({ kind, ...(kind === "clicks" ? { clicks } : postback) }));
  }
  const replay = async (body: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await system.fetchConsole("/api/replay", { method: "POST", headers, body: JSON.stringify(body) });
    const json: unknown = JSON.parse(await answer.text());
    return { status: answer.status, json };
  };
  await queue("refuse");
  expect(await replay({ failed: true })).toEqual({ status: 202, json: { queued: 1, skipped: 0, next: "failed/a" } });
  expect((await replay({ failed: true, cursor: "failed/a" })).status).toBe(503);
  await queue("well");
  const rest = await replay({ failed: true, cursor: "failed/a" });
  expect(rest).toEqual({ status: 202, json: { queued: 2, skipped: 0, next: null } });
  expect((await ARCHIVE.list({ prefix: "failed/" })).objects).toEqual([]);
  await waitFor(async () => (await count("SELECT 1 FROM conversions WHERE txid LIKE 'again-%'")) === 2, 30_000);
});

/** Keys and credentials change in a running system, step by step as docs/keys.md has it, and nothing that was issued before breaks. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advertiserKey } from "../../schema/records.ts";
import { decodeBase32 } from "../../workers/core/base32.ts";
import { heldClicks } from "./held-clicks.ts";
import { type System, seedProgramme, startSystem, type WorkerName, waitFor } from "./system.ts";

const FIRST = Buffer.alloc(32, 1).toString("base64");
const SECOND = Buffer.alloc(32, 2).toString("base64");
const BEFORE = JSON.stringify({ signing: 1, keys: { 1: FIRST } });
const ADDED = JSON.stringify({ signing: 1, keys: { 1: FIRST, 2: SECOND } });
const SWITCHED = JSON.stringify({ signing: 2, keys: { 1: FIRST, 2: SECOND } });

let system: System;
let token: string;

beforeAll(async () => {
  const [clicks, advertisers] = [{ CLICK_KEYS: BEFORE }, { ADVERTISER_KEYS: BEFORE }];
  system = await startSystem({
    secrets: { click: clicks, postback: { ...clicks, ...advertisers }, ledger: clicks, console: advertisers },
  });
  ({ token } = await seedProgramme(system));
});
afterAll(() => system.stop());

/** What a deploy does: the workers go on with other secrets, their data stays. */
async function deploy(
  name: "CLICK_KEYS" | "ADVERTISER_KEYS",
  values: Partial<Record<WorkerName, string>>,
): Promise<void> {
  const given = new Map(Object.entries(values));
  await system.harness.update((current) => ({
    workers: current.workers.map((worker) => {
      const value = given.get(worker.env);
      return value === undefined ? worker : { ...worker, secrets: { ...worker.secrets, [name]: value } };
    }),
  }));
}

/** A click that is in the log: the simulator's queues forget what they hold when a secret changes. */
async function click(): Promise<string> {
  const answer = await system.fetchClick("/c/demo");
  const id = /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
  await waitFor(async () => (await heldClicks(system)).some(({ click_id }) => click_id === id));
  return id;
}

/** The number of the key that sealed a click ID: see core/click-id.ts. */
function keyOf(clickId: string): number {
  return (decodeBase32(clickId.slice(0, 24))?.[6] ?? 0) & 15;
}

interface Answer {
  status: string;
  reason?: string;
  receipt: string;
}

async function send(parameters: Record<string, string>, bearer = token): Promise<Answer> {
  const query = new URLSearchParams(parameters);
  const answer = await system.fetchPostback(`/p/acme?${query}`, { headers: { authorization: `Bearer ${bearer}` } });
  return JSON.parse(await answer.text());
}

/** What the door says, or, where it accepts, what the ledger makes of it. */
async function outcome(parameters: Record<string, string>, bearer = token): Promise<string> {
  const { status, reason, receipt } = await send(parameters, bearer);
  if (status !== "accepted") return `${status}: ${reason}`;
  return waitFor(async () => {
    const told = await readReceipt(receipt);
    return told.status === "queued" ? null : told.reason ? `${told.status}: ${told.reason}` : told.status;
  });
}

async function readReceipt(receipt: string, bearer?: string): Promise<{ status: string; reason: string | null }> {
  const init = bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } };
  return JSON.parse(await (await system.fetchConsole(`/receipts/${receipt}`, init)).text());
}

interface Credentials {
  version: number;
  token: string;
  signing_secret: string;
  previous: { version: number; token: string; valid_until: string }[];
}

async function rotate(until: Date): Promise<Credentials> {
  const answer = await system.fetchConsole("/api/advertisers/acme/rotate", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ until: until.toISOString() }),
  });
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text());
}

test("a click key that signs before it was added everywhere makes click IDs that the door refuses; added first, it breaks nothing", {
  timeout: 60_000,
}, async () => {
  const old = await click();
  await deploy("CLICK_KEYS", { click: SWITCHED });
  const early = await click();
  expect(await outcome({ click_id: early, event: "sale" })).toBe("refused: unknown_click_key");

  await deploy("CLICK_KEYS", { click: BEFORE, postback: ADDED, ledger: ADDED });
  const between = await click();
  await deploy("CLICK_KEYS", { click: SWITCHED, postback: SWITCHED, ledger: SWITCHED });
  const fresh = await click();
  const ids = [old, early, between, fresh];
  expect(ids.map(keyOf)).toEqual([1, 2, 1, 2]);
  const outcomes = ids.map((id) => outcome({ click_id: id, event: "sale", txid: id, amount: "10" }));
  expect(await Promise.all(outcomes)).toEqual(ids.map(() => "attributed"));
});

test("an advertiser key leaves tokens and receipts as they are, and is that of credentials made from now on", {
  timeout: 60_000,
}, async () => {
  const message = { click_id: await click(), event: "sale", txid: "kept", amount: "10", idempotency_key: "kept" };
  const before = await send(message);
  await waitFor(async () => (await readReceipt(before.receipt, token)).status === "attributed");
  for (const ring of [ADDED, SWITCHED]) {
    await deploy("ADVERTISER_KEYS", { postback: ring, console: ring });
    expect((await send(message)).receipt).toBe(before.receipt);
    expect((await readReceipt(before.receipt, token)).status).toBe("attributed");
  }
  const { token: next } = await rotate(new Date(Date.now() + 60_000));
  const { DB } = await system.ledgerEnv();
  const stored = await DB.prepare("SELECT credentials FROM advertisers WHERE slug = 'acme'").first<string>(
    "credentials",
  );
  expect(JSON.parse(stored ?? "")).toMatchObject([
    { version: 2, key: 2 },
    { version: 1, key: 1 },
  ]);
  for (const bearer of [token, next]) expect((await send(message, bearer)).receipt).toBe(before.receipt);
  token = next;
});

describe("an advertiser's rotation", { timeout: 60_000 }, () => {
  test("leaves the old token good until its time, and the new one at once and after it", async () => {
    const id = await click();
    const until = new Date(Date.now() + 3_000);
    const { version, token: next, previous } = await rotate(until);
    expect(previous[0]).toMatchObject({ version: version - 1, token, valid_until: until.toISOString() });
    expect(await Promise.all([token, next].map((bearer) => send({ click_id: id }, bearer)))).toEqual([
      expect.objectContaining({ status: "accepted" }),
      expect.objectContaining({ status: "accepted" }),
    ]);
    await waitFor(() => Date.now() > until.getTime());
    expect(await outcome({ click_id: id }, token)).toBe("refused: bad_token");
    expect((await send({ click_id: id }, next)).status).toBe("accepted");
    token = next;
  });

  test("does not let a replay vouch for what a revoked token vouched for, and lets the sender send it again", async () => {
    const leaked = { click_id: await click(), event: "club", txid: "leaked", amount: "10", idempotency_key: "leaked" };
    const { receipt } = await send(leaked, token);
    const became = async (reason: string | null) =>
      waitFor(async () => {
        const told = await readReceipt(receipt, token);
        return told.reason === reason ? told : null;
      });
    await became("unknown_event");
    const { token: next } = await rotate(new Date());
    token = next;
    const json = { "content-type": "application/json" };
    const events = JSON.stringify({ events: [{ name: "club", payout: { percent: "5" } }] });
    await system.fetchConsole("/api/offers/shoes", { method: "PATCH", headers: json, body: events });
    await system.fetchConsole("/api/replay", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ reason: "unknown_event" }),
    });
    await became("credentials_revoked");
    expect((await send(leaked, next)).receipt).toBe(receipt);
    expect((await became(null)).status).toBe("attributed");
  });

  test("revokes for the ledger what the edge still takes for good", async () => {
    const { EDGE } = await system.ledgerEnv();
    const record = (await EDGE.get(advertiserKey("acme"))) ?? "";
    const id = await click();
    const { token: next } = await rotate(new Date(Date.now() - 1_000));
    // A place that has not heard of it yet.
    await EDGE.put(advertiserKey("acme"), record);
    const sale = { click_id: id, event: "sale", txid: "revoked", amount: "10" };
    expect(await outcome(sale, token)).toBe("rejected: credentials_revoked");
    // What was rejected stands in nobody's way.
    await system.fetchConsole("/api/publish", { method: "POST" });
    await waitFor(async () => (await send({ click_id: id }, next)).status === "accepted");
    expect(await outcome(sale, token)).toBe("refused: bad_token");
    expect(await outcome(sale, next)).toBe("attributed");
  });
});

/** Shops' own webhooks through the whole system: each source is set up over the API, tells the life of its orders, and the sums are right; of who bought nothing is kept anywhere. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signSource } from "../../workers/core/sources/source-signing.ts";
import { LIVES, type OrderLife, PLANTED } from "../core/sources/lives.ts";
import { bodyOf, type Sent, tableOf } from "../core/sources/shops.ts";
import { everything } from "./every-store.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

const SECRET = "whsec_of the shop's own";
const DAY_MS = 86_400_000;
const IV = new Uint8Array(16).fill(7);
/** Later than the clicks, to the second. */
const AHEAD_MS = 2_000;
let system: System;
const lives = new Map<string, OrderLife[]>();

beforeAll(async () => {
  system = await startSystem();
  await seedProgramme(system);
  for (const [source, livesOf] of Object.entries(LIVES)) {
    const answer = await ask("POST", "/api/sources", { advertiser: "acme", source, secret: `an older one\n${SECRET}` });
    expect(answer).toMatchObject({
      slug: `acme.${source}`,
      secret: "••••••••",
      webhook_url: expect.stringContaining(`/p/acme/${source}`),
    });
    const orders = livesOf("", 0);
    const told: OrderLife[] = [];
    // Each order has a click of its own.
    for (let place = 0; place < orders.length; place++) {
      const order = livesOf(await click(), Date.now() + AHEAD_MS)[place];
      if (order) told.push(order);
    }
    lives.set(source, told);
    for (const { sent } of told) for (const one of sent) await send(source, one);
  }
}, 120_000);
afterAll(() => system.stop());

async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await system.fetchConsole(path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return JSON.parse(await answer.text());
}

async function click(): Promise<string> {
  const { headers } = await system.fetchClick("/c/demo", {
    headers: { "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36" },
  });
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(headers.get("location") ?? "")?.[0] ?? "";
}

async function send(source: string, sent: Sent): Promise<void> {
  const signed = signSource(tableOf(source).proof, SECRET, bodyOf(sent), { nowMs: Date.now(), iv: IV });
  const headers = lowerCased({ ...sent.headers, ...signed.headers });
  const answer = await system.fetchPostback(`/p/acme/${source}${signed.query}`, {
    method: "POST",
    headers,
    body: signed.body,
  });
  expect([source, answer.status, (await answer.text()).includes("refused") && answer.status !== 200]).toEqual([
    source,
    200,
    false,
  ]);
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
}

/** What the export says of an order: one row, or none. */
async function booked(txid: string): Promise<Record<string, unknown> | null> {
  const answer = await system.fetchConsole(`/api/exports/conversions.ndjson?${new URLSearchParams({ txid })}`);
  const rows: Record<string, unknown>[] = (await answer.text())
    .split("\n")
    .flatMap((line) => (line ? [JSON.parse(line)] : []));
  expect(rows.length).toBeLessThan(2);
  return rows[0] ?? null;
}

describe.each(Object.keys(LIVES))("what %s tells", (source) => {
  test.each(LIVES[source]?.("", 0).map(({ name, txid, left }) => ({ name, txid, left })) ?? [])(
    "of an order that was $name leaves $left.amount",
    async ({ txid, left }) => {
      const row = await waitFor(async () => {
        const found = await booked(txid);
        return found?.status === left.status && found.amount === left.amount ? found : null;
      });
      const payout = left.amount === "0.00" ? "0.00" : String((Number(left.amount) / 10).toFixed(2));
      expect(row).toMatchObject({ ...left, payout, event: "sale", advertiser: "acme", link: "demo" });
      const { entries } = await ask("GET", `/api/conversions/${row.conversion_id}`);
      const payouts = Array.isArray(entries) ? entries.map((entry) => Number(entry.payout)) : [];
      expect(payouts.length).toBeGreaterThan(0);
      expect(payouts.reduce((sum, one) => sum + one, 0).toFixed(2)).toBe(payout);
    },
  );
});

test("what was passed over stands in the log, and counts as nothing that was refused", async () => {
  const { items } = await waitFor(async () => {
    const found = await ask("GET", "/api/postbacks?reason=passed_over&limit=100");
    return Array.isArray(found.items) && found.items.length > 3 ? found : null;
  });
  expect(items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ channel: "webhook:shopify", status: "refused", reason: "passed_over" }),
    ]),
  );
  const from = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
  const to = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
  const report = await ask("GET", `/api/reports?${new URLSearchParams({ from, to, metrics: "refused,postbacks" })}`);
  expect(JSON.stringify(report)).toMatch(/"refused":0/);
});

test("nobody who bought is named anywhere", async () => {
  await system.scheduled();
  const all = await everything(system);
  expect(all.filter(([, text]) => PLANTED.test(text)).map(([place]) => place)).toEqual([]);
  // What was looked in holds the orders.
  const places = all.filter(([, text]) => text.includes("pi_5301")).map(([place]) => place.split("/", 1)[0]);
  expect(places).toEqual(expect.arrayContaining(["DB", "LOG", "CONVERSIONS"]));
  expect(JSON.stringify(system.logs())).not.toMatch(PLANTED);
});

test("no store has a secret in the clear", async () => {
  const all = await everything(system);
  expect(all.filter(([, text]) => text.includes("of the shop's own")).map(([place]) => place)).toEqual([]);
});

test("a source that is paused takes nothing", async () => {
  await ask("PATCH", "/api/sources/acme.stripe", { status: "paused" });
  const answer = await system.fetchPostback("/p/acme/stripe", { method: "POST", body: "{}" });
  expect(answer.status).toBe(404);
});

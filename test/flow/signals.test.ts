/** A signal through all workers: orders seconds after their clicks are found beside the affiliate's peers, alerted, held for review, decided, and the signal is measured by that. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

const ORDERS = 24;
const PEERS = [2, 3, 4, 5];
const ROUND_MS = 6 * HOUR_MS;
/** When the cron looks for what to alert of: two minutes into a quarter of an hour. */
const LOOK_MS = 15 * MINUTE_MS;

let system: System;
let token: string;

beforeAll(async () => {
  system = await startSystem();
  token = (await seedProgramme(system)).token;
});
afterAll(() => system.stop());

async function ask<Answer>(path: string, method = "GET", body?: object): Promise<Answer> {
  const init = { method, headers: { "content-type": "application/json" }, ...(body && { body: JSON.stringify(body) }) };
  const answer = await system.fetchConsole(path, init);
  return JSON.parse(await answer.text());
}

/** Peers' conversions of the last days, half an hour after their clicks. */
async function plantPeers(): Promise<void> {
  const { DB } = await system.ledgerEnv();
  const nowMs = Date.now();
  for (const affiliate of PEERS) {
    const slug = `peer-${affiliate}`;
    await ask("/api/affiliates", "POST", { slug, name: slug });
    await ask("/api/links", "POST", { slug, offer: "shoes", affiliate: slug });
  }
  const rows = PEERS.flatMap((affiliate) =>
    Array.from({ length: 30 }, (_, index) => {
      const atMs = nowMs - DAY_MS - index * HOUR_MS - affiliate * MINUTE_MS;
      const name = String(affiliate * 1_000 + index).padStart(17, "0");
      return [conversionId(atMs, name), affiliate, name.padStart(36, "0"), atMs - 30 * MINUTE_MS, atMs];
    }),
  );
  await DB.prepare(
    `INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, txid, click_id, status, currency, amount, revenue, payout,
      clicked_at, occurred_at, received_at, settled_at, click_joined, test)
     SELECT value ->> 0, 1, 1, 1, value ->> 1, value ->> 1, 'sale', NULL, value ->> 2, 'approved', 'USD', 0, 0, 0, value ->> 3, value ->> 4, value ->> 4, value ->> 4, 1, 0
     FROM json_each(?)`,
  )
    .bind(JSON.stringify(rows))
    .run();
}

async function order(index: number): Promise<void> {
  const click = await system.fetchClick("/c/demo");
  const clickId = /[0-9a-hjkmnp-tv-z]{36}/.exec(click.headers.get("location") ?? "")?.[0] ?? "";
  const query = new URLSearchParams({
    click_id: clickId,
    event: "sale",
    txid: `order ${index} of many`,
    amount: "20",
    token,
  });
  expect((await system.fetchPostback(`/p/acme?${query}`)).status).toBe(200);
}

interface Held {
  items: { conversion_id: string; affiliate: string; hold_reason: string }[];
}
interface Signals {
  items: { number: number; signal: string; affiliate: string; own: number; rows: number; closed_at: string | null }[];
}
interface Settings {
  items: { signal: string; state: string; right: number; wrong: number }[];
}

/** Fires the console's cron until the round that is due is over. */
async function round(atMs: number): Promise<void> {
  for (let minute = 0; minute < 5; minute++) await system.scheduled(atMs + minute * MINUTE_MS, "console");
}

test("orders that come within seconds of their clicks are found, held, decided and counted", {
  timeout: 120_000,
}, async () => {
  await plantPeers();
  for (let index = 0; index < ORDERS; index++) await order(index);
  await waitFor(async () => {
    const { conversions } = await ask<{ conversions: number }>("/api/conversions/totals?affiliate=blog");
    return conversions === ORDERS;
  }, 30_000);
  const set = await ask<{ state: string }>("/api/signal-settings/too_fast", "PATCH", { offer: "shoes", state: "hold" });
  expect(set.state).toBe("hold");

  const nowMs = Math.floor(Date.now() / LOOK_MS) * LOOK_MS + 2 * MINUTE_MS;
  await round(nowMs);
  const { items } = await ask<Signals>("/api/signals?state=open&signal=too_fast");
  expect(items).toMatchObject([{ affiliate: "blog", own: 1, rows: ORDERS, closed_at: null }]);
  const number = items[0]?.number ?? 0;
  const held = () => ask<Held>("/api/review?affiliate=blog");
  await waitFor(async () => (await held()).items.length === ORDERS, 30_000);

  // Nothing of it is for those whom it is about.
  const bearer = async (role: string, slug: string) => {
    const made = await ask<{ token: string }>("/api/tokens", "POST", { name: role, role, subject: slug });
    return { headers: { authorization: `Bearer ${made.token}` } };
  };
  for (const init of [await bearer("affiliate", "blog"), await bearer("advertiser", "acme")]) {
    expect((await system.fetchConsole("/api/signals", init)).status).toBe(403);
    expect((await system.fetchConsole(`/api/signals/${number}/rows`, init)).status).toBe(403);
  }

  await system.scheduled(nowMs + LOOK_MS, "console");
  const alerts = await ask<{ items: { rule: string; affiliate: string; path: string }[] }>("/api/alerts?state=open");
  expect(alerts.items).toContainEqual(
    expect.objectContaining({ rule: "signal_opened", affiliate: "blog", path: `/signals/${number}` }),
  );

  const bulk = await ask<{ bulk: number; count: number }>("/api/review/bulks", "POST", {
    affiliate: "blog",
    decision: "reject",
  });
  expect(bulk.count).toBe(ORDERS);
  await ask(`/api/review/bulks/${bulk.bulk}/run`, "POST");
  await waitFor(async () => (await held()).items.length === 0, 30_000);
  await round(nowMs + ROUND_MS);
  const settings = await ask<Settings>("/api/signal-settings?offer=shoes");
  expect(settings.items.find(({ signal }) => signal === "too_fast")).toMatchObject({ right: ORDERS, wrong: 0 });
  const rows = await ask<{ items: { verdict: string; status: string }[] }>(`/api/signals/${number}/rows`);
  expect(new Set(rows.items.map(({ verdict, status }) => `${verdict} ${status}`))).toEqual(new Set(["right rejected"]));
});

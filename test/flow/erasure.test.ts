/** Somebody is planted wherever a text can come in, and erased: then no store says it any more. Stores are found as they are bound, so that later ones join by themselves. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { postbackCells } from "../../workers/core/metrics/postback-cells.ts";
import { startReceiver } from "../courier/receiver.ts";
import { insertDestination } from "../courier/set-up.ts";
import { everything } from "./every-store.ts";
import { heldClicks, tendDays } from "./held-clicks.ts";
import { type System, seedProgramme, startSystem, waitFor } from "./system.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** In everything that is said of one person, and of nobody else. */
const NAME = "xanthippe";
const RECEIPT = /"receipt":"(\w{26})"/;

let system: System;
let token: string;
const startedAtMs = Date.now();

beforeAll(async () => {
  system = await startSystem();
  ({ token } = await seedProgramme(system));
});
afterAll(() => system.stop());

async function click(words: Record<string, string>, visitor: string): Promise<string> {
  const { headers } = await system.fetchClick(`/c/demo?${new URLSearchParams(words)}`, {
    headers: {
      "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36",
      referer: `https://${words.sub1 ?? "nobody"}.example/`,
      "cf-connecting-ip": visitor,
    },
  });
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(headers.get("location") ?? "")?.[0] ?? "";
}

async function send(words: Record<string, string>): Promise<string> {
  const answer = await system.fetchPostback(`/p/acme?${new URLSearchParams({ token, ...words })}`);
  return RECEIPT.exec(await answer.text())?.[1] ?? "";
}

/** Sends it, and says what became of it. */
async function settle(words: Record<string, string>): Promise<string> {
  const receipt = await send(words);
  return waitFor(async () => {
    const { status } = await ask("GET", `/receipts/${receipt}`);
    return typeof status === "string" && status !== "queued" ? status : null;
  });
}

async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await system.fetchConsole(path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return JSON.parse(await answer.text());
}

/** Where one of these texts lies. */
async function placesOf(...texts: string[]): Promise<string[]> {
  const all = await everything(system);
  return [
    ...new Set(all.filter(([, said]) => texts.some((text) => said.includes(text))).map(([place]) => place)),
  ].sort();
}

async function figures(): Promise<unknown> {
  const day = new Date(startedAtMs).toISOString().slice(0, 10);
  const next = new Date(startedAtMs + DAY_MS).toISOString().slice(0, 10);
  const query = `from=${day}&to=${next}&by=offer,affiliate,event,status`;
  const { DB, LOG } = await system.ledgerEnv();
  const rollups = [
    [DB, "conversion_spans"],
    [
      LOG,
      `(SELECT quarter, advertiser, event, status, reason, test, sum(postbacks) FROM ${postbackCells("LOG")} GROUP BY 1, 2, 3, 4, 5, 6)`,
    ],
    [DB, "click_spans"],
  ] as const;
  const counted = await Promise.all(
    rollups.map(
      async ([db, table]) => (await db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3, 4, 5, 6`).all()).results,
    ),
  );
  const { results: sums } = await DB.prepare(
    "SELECT conversion_id, seq, amount, revenue, payout, status, affiliate, country, device FROM conversions ORDER BY conversion_id",
  ).all();
  return [await ask("GET", `/api/reports?${query}`), counted, sums];
}

test("a person is told, erased everywhere, and still known when the same comes again", {
  timeout: 180_000,
}, async () => {
  const receiver = await startReceiver();
  const macros = "c={click_id}&s={sub1}&o={txid}&m={meta.mail}&k={coupon}";
  await insertDestination(await system.ledgerEnv().then(({ DB }) => DB), {
    slug: "told",
    url: `${receiver.origin}/?${macros}`,
  });
  const order = `${NAME}-order`;
  const words = { sub1: `${NAME}-sub`, external_id: `${NAME}-external` };
  const id = await click(words, "192.0.2.7");
  const other = await click({ sub1: "somebody" }, "192.0.2.8");
  const sale = {
    click_id: id,
    event: "sale",
    amount: "40",
    txid: order,
    also_txid: `${NAME}-also`,
    coupon: `${NAME}-coupon`,
    nickname: `${NAME}-nickname`,
    customer: "new",
    "meta.mail": `${NAME}@example.com`,
  };
  const { DB, LOG, ARCHIVE } = await system.ledgerEnv();
  await waitFor(async () => (await heldClicks(system)).length === 2);
  expect(await settle(sale)).toBe("attributed");
  expect(await settle({ click_id: other, event: "sale", amount: "7", txid: "somebody-else" })).toBe("attributed");
  expect(
    await settle({ txid: order, event: "sale", status: "reversed", amount: "10", refund_id: `${NAME}-refund` }),
  ).toBe("updated");
  // What a visitor's browser says.
  await ask("PATCH", "/api/advertisers/acme", { pixel: true });
  const pixel = new URLSearchParams({ click_id: id, event: "sale", txid: order, coupon: `${NAME}-pixel` });
  expect((await system.fetchPostback(`/p/acme.gif?${pixel}`)).status).toBe(200);
  // Barred, so that no key leads to it; and refused, with what nobody reads.
  expect(await settle({ click_id: id, event: "gift", txid: order, coupon: `${NAME}-barred` })).toBe("rejected");
  await send({ click_id: id, event: "sale", amount: "much", txid: order, nickname: `${NAME}-unread` });
  const letter = {
    kind: "postback",
    receipt: "0".repeat(26),
    advertiser: 1,
    receivedAtMs: Date.now() + 60_000,
    channel: "get",
    content: { clickId: id, event: "sale", coupon: `${NAME}-dead` },
  };
  await ARCHIVE.put(`failed/${letter.receipt}`, JSON.stringify(letter));
  const conversion = await DB.prepare("SELECT conversion_id FROM conversions WHERE txid = ?")
    .bind(order)
    .first<string>("conversion_id");
  await ask("POST", `/api/conversions/${conversion}/corrections`, {
    status: "reversed",
    amount: "1",
    refund_id: `${NAME}-second`,
    note: `${NAME} called`,
  });
  await waitFor(async () => (await DB.prepare("SELECT count(*) AS n FROM all_entries").first<number>("n")) === 4);
  // What operators note of it, of each message, refused ones too, and of the claim.
  await waitFor(async () => (await DB.prepare("SELECT count(*) AS n FROM claims").first<number>("n")) === 1);
  await waitFor(
    async () =>
      (await LOG.prepare("SELECT count(*) AS n FROM postbacks WHERE reason IS NOT NULL").first<number>("n")) === 3,
  );
  const messages = await LOG.prepare("SELECT receipt FROM postbacks WHERE click_id = ? OR txid = ?")
    .bind(id, order)
    .all<{ receipt: string }>();
  const claim = await DB.prepare("SELECT receipt FROM claims").first<string>("receipt");
  const noted: [kind: string, subject: string | null][] = [
    ["conversion", conversion],
    ["claim", claim],
    ...messages.results.map(({ receipt }): [string, string] => ["postback", receipt]),
  ];
  for (const [kind, subject] of noted) {
    const words = `${NAME}-noted on ${kind} ${subject}`;
    expect(await ask("POST", "/api/notes", { kind, subject, words })).toMatchObject({ words });
  }
  await tendDays(system, Date.now(), startedAtMs);
  await system.scheduled(startedAtMs + 2 * HOUR_MS);
  await waitFor(async () => (await ARCHIVE.list({ prefix: "clicks/" })).objects.length > 0);

  const { COURIER } = await system.courierEnv();
  await waitFor(
    async () => (await COURIER.prepare("SELECT count(*) AS n FROM deliveries").first<number>("n")) === 4,
    30_000,
  );

  const before = await figures();
  const query = `/api/personal?click_id=${id}`;
  const told = await ask("GET", query);
  expect(told.erased).toBe(false);
  const said = JSON.stringify(told);
  for (const text of [
    "sub",
    "external",
    "order",
    "also",
    "coupon",
    "nickname",
    "refund",
    "barred",
    "pixel",
    "unread",
    "second",
  ])
    expect(said).toContain(`${NAME}-${text}`);
  expect(said).toContain(`${NAME} called`);
  for (const [kind, subject] of noted) expect(said).toContain(`${NAME}-noted on ${kind} ${subject}`);
  const planted = await placesOf(NAME, id);
  for (const place of [
    "DB/conversions",
    "DB/entries",
    "LOG/postbacks",
    "DB/audit",
    "DB/notes",
    "DB/claims",
    "CONVERSIONS/claim_places",
    "CLICK_DAYS/packs",
    "CLICK_DAYS/visits",
    "CONVERSIONS/messages",
    "CONVERSIONS/conversions",
    "CONVERSIONS/names",
    "DESTINATIONS/outbox",
    "COURIER/deliveries",
    `ARCHIVE/failed/${letter.receipt}`,
  ])
    expect(planted).toContain(place);
  for (const log of ["clicks", "postbacks", "entries"])
    expect(planted.some((place) => place.startsWith(`ARCHIVE/${log}/`))).toBe(true);

  expect(await ask("DELETE", query)).toMatchObject({ status: "queued", conversions: 1 });
  // The archive's hours, and what its manifest says of their first and last clicks, are written anew by the next run of the cron.
  const isArchived = (place: string) => place.endsWith(".parquet") || place.endsWith("/archive_pieces");
  await waitFor(async () => (await placesOf(NAME, id)).every(isArchived));
  await tendDays(system, Date.now(), startedAtMs);
  await system.scheduled(startedAtMs + 2 * HOUR_MS + 60_000);
  await waitFor(async () => (await placesOf(NAME, id)).length === 0);
  expect(await figures()).toEqual(before);
  expect(await ask("GET", query)).toMatchObject({ erased: true, held: [] });
  expect(await ask("GET", "/api/audit?action=erase")).toMatchObject({
    items: [{ kind: "person", after: { conversions: [conversion] } }],
  });

  // What comes again is known by what replaced it, and nothing of it is kept.
  const { click_id: _, ...again } = sale;
  expect(await settle({ ...again, idempotency_key: "anew" })).toBe("duplicate");
  expect(
    await settle({ txid: order, event: "sale", status: "reversed", amount: "10", refund_id: `${NAME}-refund` }),
  ).toBe("duplicate");
  expect(
    await settle({ txid: `${NAME}-also`, event: "sale", status: "reversed", amount: "2", refund_id: `${NAME}-third` }),
  ).toBe("updated");
  await send({ click_id: id, event: "sale", amount: "much", nickname: `${NAME}-again` });
  await waitFor(
    async () =>
      (await LOG.prepare("SELECT count(*) AS n FROM postbacks WHERE status = 'refused'").first<number>("n")) === 2,
  );
  expect(await placesOf(NAME, id)).toEqual([]);
  await ask("POST", `/api/conversions/${conversion}/corrections`, {
    status: "reversed",
    amount: "1",
    refund_id: `${NAME}-fourth`,
    note: `${NAME} called again`,
  });
  await waitFor(async () => (await DB.prepare("SELECT count(*) AS n FROM all_entries").first<number>("n")) === 6);
  expect(await placesOf(NAME, id)).toEqual([]);
  // The letter comes to what it would have come to: another sale on the click.
  expect(await ask("POST", "/api/replay", { failed: true })).toMatchObject({ queued: 1, skipped: 0 });
  await waitFor(
    async () =>
      (await LOG.prepare("SELECT status FROM postbacks WHERE receipt = ?")
        .bind(letter.receipt)
        .first<string>("status")) === "duplicate",
  );
  for (const walk of ["held_postbacks", "held_conversions", "written_postbacks", "written_conversions"])
    expect(await ask("GET", `/api/verification/acme?walk=${walk}&min_age_s=0`)).toMatchObject({ disagreements: [] });
  await receiver.stop();
});

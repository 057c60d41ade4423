/** What strangers leave behind is bounded: however many requests of whatever kind come, a written number of rows and bytes goes to the queues, and to the log. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { RefusalMessage } from "../../schema/messages.ts";
import type { AdvertiserRecord } from "../../schema/records.ts";
import { postbackCells } from "../../workers/core/metrics/postback-cells.ts";
import { MAX_STRANGER_BYTES } from "../../workers/core/postback/refusal-log.ts";
import { createStrangerCounts, KEPT_WHOLE } from "../../workers/core/postback/stranger-counts.ts";
import { logRefusals } from "../../workers/ledger/refusals.ts";
import { createHandler } from "../../workers/postback/handler.ts";
import { ERASURE_KEY } from "../ledger/erasure-key.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { ACME, Door, ORIGIN, tokenOf } from "./door.ts";

/** So long the isolate counts before it tells, in this test. */
const TELL_MS = 100;
/** A refusal's message and row beside what its sender said: receipt, names of fields, numbers. */
const ROW_BYTES = 450;
const HOUR_MS = 3_600_000;

const OPEN: AdvertiserRecord = { ...ACME, advertiser: 8, slug: "open", auth: "open" };
const SIGNED: AdvertiserRecord = { ...ACME, advertiser: 9, slug: "signed", auth: "signed" };
const PIXEL: AdvertiserRecord = { ...ACME, advertiser: 10, slug: "pixel", pixel: true };
const SLUGS = [ACME, OPEN, SIGNED, PIXEL].map(({ slug }) => slug);

/** The longest that a door keeps of parameters: forty of 256 characters that take three bytes each. */
const LONG = Array.from({ length: 40 }, (_, index) => `p${index}=${encodeURIComponent("\uffee".repeat(256))}`).join(
  "&",
);
const ROWS = `${JSON.stringify({ amount: "x", txid: "\uffee".repeat(256) })}\n`.repeat(50);

/** Requests of all kinds that prove nothing: the path behind the slug, and the body. */
const REQUESTS: [path: string, init?: RequestInit][] = [
  ["?token=wrong&amount=1"],
  ["", { method: "POST", body: new URLSearchParams(`${LONG}&token=wrong`) }],
  [
    "",
    { method: "POST", body: `{"amount":"${"\uffee".repeat(3_000)}"}`, headers: { "content-type": "application/json" } },
  ],
  ['?click_id=forged&txid=\uffee\uffee&event=\u0000\u0001"\\'],
  [".gif?amount=x&txid=1"],
  [".gif?status=reversed"],
  ["/batch", { method: "POST", body: ROWS, headers: { "content-type": "application/x-ndjson" } }],
  ["/batch?token=wrong", { method: "POST", body: ROWS, headers: { "content-type": "application/x-ndjson" } }],
  ["?ts=1&nonce=abcdefgh&sig=00"],
  ["", { method: "POST", body: "x".repeat(70_000), headers: { "content-type": "text/plain" } }],
];

interface Flood {
  messages: RefusalMessage[];
  refused: number;
}

/** Sends `count` requests of every kind to every advertiser, and says what the queue of refusals was told, and how many requests or rows were refused. */
async function flood(count: number): Promise<Flood> {
  const door = new Door(ACME, OPEN, SIGNED, PIXEL);
  const handler = createHandler({ tellMs: TELL_MS });
  const messages: RefusalMessage[] = [];
  const take = (body: RefusalMessage) => void messages.push(structuredClone(body));
  Object.assign(door.env.REFUSALS, {
    send: async (body: RefusalMessage) => take(body),
    sendBatch: async (all: { body: RefusalMessage }[]) => {
      for (const { body } of all) take(body);
    },
  });
  const after: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void after.push(promise) };
  let refused = 0;
  for (let number = 0; number < count; number++)
    for (const slug of SLUGS)
      for (const [path, init] of REQUESTS) {
        const answer = await handler.fetch(new Request(`${ORIGIN}/p/${slug}${path}`, init), door.env, ctx);
        const text = await answer.text();
        refused += text.match(/"status":"refused"/g)?.length ?? (path.startsWith(".gif") ? 1 : 0);
      }
  while (after.length > 0) await Promise.all(after.splice(0));
  return { messages, refused };
}

/** The last word of each sum, and what was kept whole. */
function sumsOf(messages: readonly RefusalMessage[]) {
  const sums = new Map(messages.flatMap((one) => (one.times === undefined ? [] : [[one.receipt, one] as const])));
  return { sums: [...sums.values()], whole: messages.filter(({ times }) => times === undefined) };
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

describe("a flood of everything that proves nothing", () => {
  it("leaves twenty rows of a reason, advertiser and hour, and a sum for each quarter-hour; every request is in the figures", async () => {
    const startedMs = Date.now();
    const { messages, refused } = await flood(100);
    expect(refused).toBeGreaterThan(4_000);
    const { sums, whole } = sumsOf(messages);
    const kinds = new Set(messages.map(({ advertiser, reason }) => `${advertiser}/${reason}`));
    expect(kinds.size).toBeGreaterThan(10);
    const hours = Math.floor(Date.now() / HOUR_MS) - Math.floor(startedMs / HOUR_MS) + 1;
    expect(whole.length).toBeLessThanOrEqual(kinds.size * KEPT_WHOLE * hours);
    expect(sums.length).toBeLessThanOrEqual(kinds.size * 2);
    expect(whole.length + sums.reduce((sum, { times = 0 }) => sum + times, 0)).toBe(refused);
    // What goes through the queue is bounded by time and kinds, and not by requests.
    const told = Math.ceil((Date.now() - startedMs) / TELL_MS) + 1;
    expect(messages.length).toBeLessThanOrEqual(whole.length + kinds.size * told);
    for (const message of messages) expect(bytesOf(message)).toBeLessThanOrEqual(MAX_STRANGER_BYTES + ROW_BYTES);
  });

  it("is in the log as few rows of few bytes, and in its rollup whole, however often the queue delivers it", async () => {
    const { messages, refused } = await flood(30);
    const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
    const LOG = new SqliteD1("log", "schema/migrations/log", async () => {});
    const shuffled = [...messages, ...messages]
      .sort((left, right) => (left.receipt < right.receipt ? -1 : 1))
      .reverse();
    for (const message of shuffled) await logRefusals({ DB, LOG, ERASURE_KEY }, [message]);
    await logRefusals({ DB, LOG, ERASURE_KEY }, messages);
    const [{ rows, bytes } = {}] = LOG.db
      .prepare(
        `SELECT count(*) AS rows, max(length(CAST(params AS BLOB)) + coalesce(length(CAST(click_id AS BLOB)), 0)
           + coalesce(length(CAST(event AS BLOB)), 0) + coalesce(length(CAST(txid AS BLOB)), 0)) AS bytes FROM postbacks`,
      )
      .all();
    const { sums, whole } = sumsOf(messages);
    expect(rows).toBe(whole.length + sums.length);
    expect(Number(bytes)).toBeLessThanOrEqual(MAX_STRANGER_BYTES + 30);
    expect(LOG.db.prepare(`SELECT sum(postbacks) AS n FROM ${postbackCells("LOG")}`).get()?.n).toBe(refused);
    expect(DB.db.prepare("SELECT count(*) AS n FROM postbacks").get()?.n).toBe(0);
  });
});

test("whatever a stranger says, no more than its bytes are kept, and of what is short all", async () => {
  const text = fc.string({ unit: "binary", maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 60 }), async (said) => {
      const door = new Door(ACME);
      const query = new URLSearchParams(said.map(([name, value]): [string, string] => [name, value.toWellFormed()]));
      await door.send(`/p/acme?token=wrong&${query}`);
      for (const { clickId, event, txid, parameter, params } of door.refused)
        expect(bytesOf({ clickId, event, txid, parameter, params })).toBeLessThanOrEqual(MAX_STRANGER_BYTES + 64);
    }),
    { numRuns: 200 },
  );
  const door = new Door(ACME);
  await door.send("/p/acme?token=wrong&txid=A-1&amount=40&note=all%20of%20it");
  expect(door.refused[0]).toMatchObject({
    stranger: true,
    txid: "A-1",
    params: { txid: "A-1", amount: "40", note: "all of it" },
  });
});

test("what is refused of a sender that proved itself is kept whole, and not counted", async () => {
  const door = new Door(OPEN, ACME);
  const path = `/p/acme?token=${await tokenOf(7)}&amount=x&note=${"n".repeat(250)}`;
  for (let sent = 0; sent < KEPT_WHOLE + 5; sent++) await door.send(path);
  expect([door.refused.length, door.sums.size]).toEqual([KEPT_WHOLE + 5, 0]);
  expect(door.refused[0]).not.toHaveProperty("stranger");
  expect(door.refused[0]?.params.note).toBe("n".repeat(250));
});

describe("counting", () => {
  const refusal = (advertiser: number, receivedAtMs: number) =>
    ({ advertiser, reason: "bad_token", channel: "get", receivedAtMs }) as const;
  const receiptOf = (advertiser: number) => `${advertiser}-${Math.random()}`;

  it("begins anew with the hour, and a sum with the quarter-hour", () => {
    const counts = createStrangerCounts();
    const admitted = (atMs: number) =>
      Array.from({ length: 30 }, () => counts.admits(refusal(1, atMs))).filter(Boolean);
    expect([admitted(0).length, admitted(HOUR_MS - 1).length, admitted(HOUR_MS).length]).toEqual([20, 0, 20]);
    for (const atMs of [0, 1, 900_000, 900_001, 900_002]) counts.add(refusal(1, atMs), receiptOf);
    expect(counts.take().map(({ times, receivedAtMs }) => [times, receivedAtMs])).toEqual([
      [2, 0],
      [3, 900_000],
    ]);
    counts.add(refusal(1, 900_003), receiptOf);
    expect(counts.take().map(({ times }) => times)).toEqual([4]);
    expect(counts.take()).toEqual([]);
  });

  it("tells again what the queue did not take", () => {
    const counts = createStrangerCounts();
    counts.add(refusal(1, 0), receiptOf);
    const [lost] = counts.take();
    if (!lost) throw new Error("nothing was counted");
    counts.giveBack([lost]);
    expect(counts.take()).toEqual([lost]);
    counts.giveBack([lost]);
    counts.add(refusal(1, 1), receiptOf);
    expect(counts.take().map(({ times }) => times)).toEqual([2]);
  });

  it("takes a bounded memory, whatever the number of advertisers", () => {
    const counts = createStrangerCounts();
    for (let advertiser = 0; advertiser < 30_000; advertiser++) counts.add(refusal(advertiser, 0), receiptOf);
    expect(counts.take().length).toBeLessThanOrEqual(10_000);
  });
});

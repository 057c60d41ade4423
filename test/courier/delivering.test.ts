/** Runs of an outbox: how far requests are apart, and when the next run is. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { importHmacKey } from "../../workers/core/hmac-sha256.ts";
import { breakerMemory, type DeliveringParts, deliverDue, RUN_MS } from "../../workers/courier/delivering.ts";
import { acceptDeliveries, createOutbox } from "../../workers/courier/outbox.ts";
import { readDestination } from "../../workers/courier/set-up-of-destinations.ts";
import { matchedBy } from "../../workers/courier/take-notices.ts";
import { notice } from "../core/courier/notices.ts";
import { ObjectStorage, SqliteD1 } from "../ledger/sqlite-platform.ts";
import { insertDestination } from "./set-up.ts";

const START_MS = Date.UTC(2026, 10, 20, 12);
const KEY = importHmacKey(new Uint8Array(32));
const REQUEST = { method: "GET", url: "https://t.example.com/", headers: [], body: null } as const;

let outbox: ObjectStorage;
let leftAtMs: number[];

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  leftAtMs = [];
  outbox = new ObjectStorage();
  createOutbox(outbox);
});

afterEach(() => {
  vi.useRealTimers();
});

async function partsOf(ratePerSecond?: number): Promise<DeliveringParts> {
  const books = new SqliteD1("books", "schema/migrations/books", async () => {});
  const said = { slug: "t", url: REQUEST.url, ...(ratePerSecond !== undefined && { ratePerSecond }) };
  const setUp = await readDestination(books, await insertDestination(books, said));
  if (!setUp) throw new Error("no destination");
  return {
    sql: outbox,
    transaction: (work) => outbox.transaction(work),
    setUp,
    breaker: breakerMemory(outbox),
    pace: { nextMs: 0 },
    compose: async () => ({
      request: { ...REQUEST, headers: [], shown: { url: REQUEST.url, headers: [], body: null } },
    }),
    send: async () => {
      leftAtMs.push(Date.now() - START_MS);
      return { kind: "answered", status: 200, body: "OK", retryAfter: null };
    },
    notices: async () => [],
    write: async () => {},
    nowMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    chance: () => 0.5,
  };
}

function accept({ setUp }: DeliveringParts, ...ids: string[]): void {
  const notices = ids.map((conversionId) => notice({ conversionId }));
  const deliveries = matchedBy(setUp, notices, KEY, "notice").map(({ notice: told, ...matched }) => ({
    ...matched,
    notice: told,
    conversionId: told.conversionId,
    seq: told.seq,
    replay: 0,
    deliveryId: told.conversionId,
  }));
  acceptDeliveries(outbox, deliveries, Date.now());
}

async function run(parts: DeliveringParts): Promise<number | null> {
  const done = deliverDue(parts);
  await vi.runAllTimersAsync();
  return done;
}

test("requests are as far apart as the destination's rate says, over runs too", async () => {
  const parts = await partsOf(2);
  accept(parts, "c1", "c2", "c3");
  await run(parts);
  accept(parts, "c4");
  await run(parts);
  expect(leftAtMs).toEqual([0, 500, 1_000, 1_500]);
});

test("what a rate leaves behind a run has its next one when the next may leave", async () => {
  const parts = await partsOf(1);
  accept(parts, ...Array.from({ length: 25 }, (_, index) => `c${index}`));
  expect(await run(parts)).toBe(START_MS + RUN_MS);
  expect(leftAtMs).toHaveLength(RUN_MS / 1_000);
  vi.setSystemTime(START_MS + RUN_MS);
  expect(await run(parts)).toBeNull();
  expect(leftAtMs).toHaveLength(25);
});

test("what comes while the log is written has a run of its own at once", async () => {
  const parts = await partsOf();
  accept(parts, "c1");
  let isFirst = true;
  parts.write = async () => {
    if (isFirst) accept(parts, "c2");
    isFirst = false;
  };
  expect(await run(parts)).toBe(Date.now());
  expect(await run(parts)).toBeNull();
  expect(leftAtMs).toHaveLength(2);
});

/** Postbacks of clicks that are unknown here, told to the old tracker: once a receipt, as they came, to its own origin alone, and kept no longer than until then. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CourierMessage, RelayedPostback } from "../../schema/messages.ts";
import { relayNotice, relayOf, relayRequest } from "../../workers/core/courier/relay-notice.ts";
import { importHmacKey } from "../../workers/core/hmac-sha256.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { breakerMemory } from "../../workers/courier/breaker-memory.ts";
import { type ComposingParts, composeDelivery } from "../../workers/courier/composing.ts";
import { writeDeliveries } from "../../workers/courier/courier-records.ts";
import { deliverDue } from "../../workers/courier/delivering.ts";
import type { DeliveringParts } from "../../workers/courier/delivery-run.ts";
import { acceptDeliveries, createOutbox, eraseConversions, findByKey } from "../../workers/courier/outbox.ts";
import { everyDestination, readDestination } from "../../workers/courier/set-up-of-destinations.ts";
import { type MatchedNotice, takeNotices } from "../../workers/courier/take-notices.ts";
import { createTold } from "../../workers/courier/told-there.ts";
import { seedSetUp } from "../ledger/seed.ts";
import { ObjectStorage, SqliteD1 } from "../ledger/sqlite-platform.ts";

const START_MS = Date.UTC(2026, 10, 20, 12);
const TARGET = "/k3y/postback?subid=51ts6sgr1cbkdhljnrv&status=sale";
const POSTBACK: RelayedPostback = {
  tracker: 7,
  receipt: `${"0".repeat(25)}1`,
  advertiser: 1,
  receivedAtMs: START_MS,
  target: TARGET,
};
const KEY = { conversionId: POSTBACK.receipt, seq: 1, replay: 0 };

let books: SqliteD1;
let courier: SqliteD1;
let outbox: ObjectStorage;
let requests: string[];
let status: number;

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
  vi.spyOn(console, "error").mockImplementation(() => {});
  books = new SqliteD1("books", "schema/migrations/books", async () => {});
  courier = new SqliteD1("courier", "schema/migrations/courier", async () => {});
  seedSetUp(books.db);
  books.db.exec(
    `INSERT INTO trackers (number, slug, name, dialect, advertiser, old_origin, created_at, updated_at)
     VALUES (7, 'old', 'Old', 'keitaro', 1, 'https://old.example.com', 0, 0)`,
  );
  outbox = new ObjectStorage();
  createOutbox(outbox);
  createTold(outbox);
  [requests, status] = [[], 200];
});
afterEach(() => vi.useRealTimers());

const composing: ComposingParts = {
  names: () => Promise.reject(new Error("a relayed postback has no link")),
  secrets: () => Promise.reject(new Error("nor secrets")),
  webhook: () => Promise.reject(new Error("nor a webhook")),
  isLoopback: () => false,
  refusal: (_, url) => (url.includes("10.0.0.1") ? "private_address" : null),
  random: () => 0,
};

async function partsOf(): Promise<DeliveringParts> {
  const setUp = await readDestination(books, relayOf(7));
  if (!setUp) throw new Error("no relay");
  return {
    sql: outbox,
    transaction: (work) => outbox.transaction(work),
    setUp,
    breaker: breakerMemory(outbox),
    pace: { nextMs: 0 },
    compose: (own, one, nowMs) => composeDelivery(composing, own, one, nowMs),
    send: async (_, { method, url, body, headers }) => {
      requests.push(`${method} ${url}`);
      expect({ body, headers }).toEqual({ body: null, headers: [["x-clickback-relayed", "1"]] });
      return status === 0
        ? { kind: "silence", timedOut: true }
        : { kind: "answered", status, body: `saw ${TARGET}`, retryAfter: null };
    },
    notices: async () => [],
    write: (deliveries) => writeDeliveries(courier, setUp.settings.number, deliveries),
    nowMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    chance: () => 0.5,
  };
}

/** As the queue brings them to the object. */
async function take(...postbacks: RelayedPostback[]): Promise<boolean> {
  let isAcked = false;
  const body: CourierMessage = { kind: "relay", postbacks };
  const message = { body, id: "m", timestamp: new Date(), attempts: 1, ack: () => (isAcked = true), retry: () => {} };
  await takeNotices(
    {
      destinations: async () => [],
      shareKey: importHmacKey(new Uint8Array(32)),
      readNamed: async () => [],
      nowMs: Date.now,
      accept: async (number, matched) => accept(number, matched),
      erase: async () => {},
      eraseRecords: async () => {},
      everyDestination: async () => [],
      chance: () => 0,
    },
    [message],
  );
  return isAcked;
}

function accept(number: number, matched: MatchedNotice[]): void {
  expect(number).toBe(-7);
  const deliveries = matched.map(({ notice, ...one }) => ({
    ...{ ...one, notice, conversionId: notice.conversionId, seq: notice.seq, replay: 0 },
    deliveryId: `d${notice.conversionId.slice(1)}`,
  }));
  acceptDeliveries(outbox, deliveries, Date.now());
}

async function run(): Promise<void> {
  const done = deliverDue(await partsOf());
  await vi.runAllTimersAsync();
  await done;
}

test("it goes to the old tracker once, as it came, however often it is brought", async () => {
  expect(await take(POSTBACK, { ...POSTBACK, receivedAtMs: START_MS + 1 })).toBe(true);
  expect(await take(POSTBACK)).toBe(true);
  await run();
  await take(POSTBACK);
  await run();
  expect(requests).toEqual([`GET https://old.example.com${TARGET}`]);
});

test("what it says stands nowhere once it was told, and never in the log", async () => {
  await take(POSTBACK);
  expect(findByKey(outbox, KEY)?.notice.relay).toEqual({ target: TARGET });
  await run();
  expect(findByKey(outbox, KEY)).toMatchObject({ state: "sent", type: "postback.relayed", notice: { relay: {} } });
  const everything = JSON.stringify([
    outbox.db.prepare("SELECT * FROM outbox").all(),
    courier.db.prepare("SELECT * FROM deliveries").all(),
  ]);
  expect(everything).not.toContain("51ts6sgr1cbkdhljnrv");
  expect(everything).not.toContain("k3y");
  const rows = courier.db.prepare("SELECT destination, conversion_id, type, status, http FROM deliveries").all();
  expect(rows).toEqual([
    { destination: -7, conversion_id: POSTBACK.receipt, type: "postback.relayed", status: "sent", http: 200 },
  ]);
  expect(courier.db.prepare("SELECT * FROM delivery_quarters").all()).toEqual([]);
});

test("a tracker that fails is tried again, and one that may have it is not", async () => {
  status = 500;
  await take(POSTBACK);
  await run();
  expect(findByKey(outbox, KEY)).toMatchObject({ state: "failed", notice: { relay: { target: TARGET } } });
  vi.setSystemTime(START_MS + 60_000);
  status = 0;
  await run();
  expect(findByKey(outbox, KEY)).toMatchObject({ state: "in_doubt", reason: "timed_out" });
  vi.setSystemTime(START_MS + DAY_MS);
  await run();
  expect(requests).toHaveLength(2);
});

test("who is erased is not told any more", async () => {
  await take(POSTBACK);
  eraseConversions(outbox, [POSTBACK.receipt]);
  await run();
  expect(requests).toEqual([]);
  expect(findByKey(outbox, KEY)).toMatchObject({ state: "skipped", notice: { relay: {} } });
  eraseConversions(outbox, [`${"0".repeat(25)}2`]);
  await take({ ...POSTBACK, receipt: `${"0".repeat(25)}2` });
  expect(JSON.stringify(outbox.db.prepare("SELECT notice FROM outbox").all())).not.toContain("subid");
});

test("it is forgotten after thirty days, although its name tells no time", async () => {
  await take(POSTBACK);
  await run();
  vi.setSystemTime(START_MS + 31 * DAY_MS);
  await run();
  expect(findByKey(outbox, KEY)).toBeNull();
});

test.each([
  ["a path", "https://old.example.com", "/a?b=c", "https://old.example.com/a?b=c"],
  ["what looks like a host", "https://old.example.com", "//evil.example/a", "https://old.example.com//evil.example/a"],
  ["no path", "https://old.example.com", ".evil.example/a", null],
  ["a port", "https://old.example.com", ":8443/a", null],
  ["a user", "https://old.example.com", "@evil.example/a", null],
])("%s leads to the old origin or nowhere", (_, origin, target, url) => {
  const read = relayRequest(origin, target);
  expect(read.ok ? read.value.url : null).toBe(url);
});

test("an origin that is no more, or on no open network, is told nothing", async () => {
  books.db.exec("UPDATE trackers SET old_origin = 'http://10.0.0.1'");
  await take(POSTBACK);
  await run();
  expect(requests).toEqual([]);
  books.db.exec("UPDATE trackers SET old_origin = NULL");
  expect((await partsOf()).setUp.status).toBe("ended");
  books.db.exec("UPDATE trackers SET old_origin = 'https://old.example.com', status = 'paused'");
  expect((await partsOf()).setUp.status).toBe("paused");
  expect(await everyDestination(books)).toEqual([-7]);
  expect(relayNotice(POSTBACK).conversionId).toBe(POSTBACK.receipt);
});

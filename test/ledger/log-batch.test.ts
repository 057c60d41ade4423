/** Poison in the logs: a message, or a click of one, that cannot be written waits alone; what stands around it is written. */
import { beforeEach, expect, test, vi } from "vitest";
import type { ClicksMessage, LoggedClick, RefusalMessage } from "../../schema/messages.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { logClicks } from "../../workers/ledger/click-log.ts";
import type { DeliveryOf } from "../../workers/ledger/delivery.ts";
import { writeLog } from "../../workers/ledger/log-batch.ts";
import { logRefusals } from "../../workers/ledger/refusals.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { SqliteD1 } from "./sqlite-platform.ts";
import { START_MS, testKeyRing } from "./world.ts";

const ring = await testKeyRing();
const quiet = async () => {};
const never = () => 0;

let clicks: MemoryDays;
let books: SqliteD1;
let log: SqliteD1;
let counter = 0;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  books = new SqliteD1("books", "schema/migrations/books", quiet);
  clicks = new MemoryDays(books);
  log = new SqliteD1("log", "schema/migrations/log", quiet);
});

async function click(said: Partial<LoggedClick> = {}): Promise<LoggedClick> {
  const seen = { issuedAtMs: START_MS + ++counter, link: 1, counter, test: false, provisional: false };
  return { clickId: await issueClickId(ring, seen), offer: 1, affiliate: 1, advertiser: 1, ...said };
}

/** Clicks that only a bug could have sent. */
const OF_ANOTHER_TYPE: Partial<LoggedClick> = JSON.parse('{"offer":"none"}');
const UNREADABLE: Partial<LoggedClick> = JSON.parse('{"clickId":null}');

function deliver<Body>(body: Body) {
  const told: string[] = [];
  const delivery: DeliveryOf<Body> = {
    body,
    attempts: 3,
    ack: () => told.push("ack"),
    retry: ({ delaySeconds }) => told.push(`retry in ${delaySeconds}`),
  };
  return { delivery, told };
}

const message = (...all: LoggedClick[]): ClicksMessage => ({ kind: "clicks", clicks: all });

/** Delivers messages as one batch; says what the queue was told of each. */
async function deliverAll(messages: readonly ClicksMessage[]): Promise<string[]> {
  const batch = messages.map(deliver);
  const write = (bodies: readonly ClicksMessage[]) =>
    logClicks({ ...NOTHING_ARCHIVED, DB: books, days: clicks.days, VISITS: "exact" }, bodies, START_MS);
  await writeLog(
    batch.map(({ delivery }) => delivery),
    write,
    never,
  );
  return batch.flatMap(({ told }) => told);
}

const written = () => clicks.rows().map((row) => row.click_id);

test.each([
  ["of another type", OF_ANOTHER_TYPE],
  ["that cannot be read", UNREADABLE],
])("a click %s waits with its message alone, and the clicks around it are written", async (_, poison) => {
  const before = await Promise.all([click(), click(), click()]);
  const around = await Promise.all([click(), click(), click(), click(), click()]);
  const after = await click();
  const bad = message(...around.slice(0, 2), await click(poison), ...around.slice(2));
  const told = await deliverAll([message(...before), bad, message(after)]);
  expect(told).toEqual(["ack", "retry in 8", "ack"]);
  expect(written()).toEqual([...before, ...around, after].map(({ clickId }) => clickId));
  expect(await deliverAll([bad])).toEqual(["retry in 8"]);
});

test("a message that is no list of clicks waits alone", async () => {
  const good = await click();
  const broken: ClicksMessage = JSON.parse('{"kind":"clicks"}');
  expect(await deliverAll([broken, message(good)])).toEqual(["retry in 8", "ack"]);
  expect(written()).toEqual([good.clickId]);
});

test("while the objects are down every message waits, and they are not asked for each click", async () => {
  let asked = 0;
  clicks.fault = async () => {
    asked++;
    throw new Error("down");
  };
  const many = await Promise.all(Array.from({ length: 140 }, () => click()));
  expect(await deliverAll([message(...many), message(await click())])).toEqual(["retry in 8", "retry in 8"]);
  expect(asked).toBeLessThan(8);
  clicks.fault = quiet;
  expect(await deliverAll([message(...many)])).toEqual(["ack"]);
  expect(written()).toHaveLength(140);
});

test("a refusal that cannot be written waits alone", async () => {
  const refusal = (number: number, advertiser: unknown): RefusalMessage =>
    JSON.parse(
      JSON.stringify({
        kind: "refusal",
        receipt: `${number}`.padEnd(26, "0"),
        advertiser,
        receivedAtMs: START_MS,
        channel: "get",
        reason: "bad_token",
        params: {},
      }),
    );
  const batch = [refusal(1, 1), refusal(2, "acme"), refusal(3, 1)].map(deliver);
  await writeLog(
    batch.map(({ delivery }) => delivery),
    (bodies) => logRefusals({ DB: books, LOG: log, ERASURE_KEY }, bodies),
    never,
  );
  expect(batch.flatMap(({ told }) => told)).toEqual(["ack", "retry in 8", "ack"]);
  expect(log.db.prepare("SELECT receipt FROM postbacks").all()).toHaveLength(2);
});

/** Poison, outages and the end of the line: a bad message never holds up its neighbours, and nothing is dropped. */
import { readFileSync } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { buryBatch } from "../../workers/ledger/dead-letters.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import type { AnyMessage } from "../../workers/ledger/delivery.ts";
import { createTables } from "../../workers/ledger/object-storage.ts";
import { type SettleParts, settleAlone, settleOrRetry } from "../../workers/ledger/settle.ts";
import type { Delivery } from "../../workers/ledger/settle-step.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { seedSetUp } from "./seed.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { DAY_MS, issueClicks, LINKS, NO_TRACKERS, NOBODY_IS_TOLD, START_MS, testKeyRing } from "./world.ts";

const ring = await testKeyRing();
const clicks = await issueClicks(ring);
const [click] = clicks;
const quiet = async () => {};
const MIGRATION = "schema/migrations/books/0001_books.sql";

let db: SqliteD1;
let log: SqliteD1;
let parts: SettleParts;
let kept: Map<string, string>;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  db = new SqliteD1("books", "schema/migrations/books", quiet);
  log = new SqliteD1("log", "schema/migrations/log", quiet);
  seedSetUp(db.db);
  kept = new Map();
  const storage = new ObjectStorage();
  createTables(storage);
  parts = {
    DB: db,
    ...NOTHING_ARCHIVED,
    ...NO_TRACKERS,
    days: new MemoryDays(db).days,
    LOG: log,
    markDue: () => Promise.reject(new Error("nothing is due here")),
    NOTICES: NOBODY_IS_TOLD,
    POSTBACKS: { sendBatch: () => Promise.reject(new Error("nothing waits here")) },
    decideShare: async (_, commands, nowMs) => storage.transaction(() => decideShare(storage, commands, nowMs)),
    reviewCaps: quiet,
    ring,
    nowMs: () => START_MS + DAY_MS,
    chance: () => 0,
  };
});

function message(number: number, content: Partial<PostbackMessage["content"]> = {}): PostbackMessage {
  return {
    kind: "postback",
    receipt: `${number}`.padStart(3, "0").padEnd(26, "0"),
    advertiser: 1,
    receivedAtMs: START_MS + 1_000,
    channel: "get",
    content: { clickId: click?.id ?? "", event: "sale", txid: `t${number}`, amountMicros: 1_000_000, ...content },
  };
}

function deliver(body: PostbackMessage) {
  const told: string[] = [];
  const delivery: Delivery = {
    body,
    attempts: 3,
    ack: () => told.push("ack"),
    retry: ({ delaySeconds }) => told.push(`retry in ${delaySeconds}`),
  };
  return { delivery, told };
}

/** A message that makes the consumer's code throw, as a bug would. */
function poison(number: number): PostbackMessage {
  return JSON.parse(JSON.stringify({ ...message(number), content: null }));
}

function statuses(): unknown[] {
  return log.db
    .prepare("SELECT receipt, status FROM postbacks ORDER BY receipt")
    .all()
    .map((row) => Object.values(row));
}

test("a poison message waits alone; its neighbours are settled", async () => {
  const batch = [deliver(message(1)), deliver(poison(2)), deliver(message(3))];
  await settleOrRetry(
    parts,
    batch.map(({ delivery }) => delivery),
  );
  expect(batch.map(({ told }) => told)).toEqual([["ack"], ["retry in 8"], ["ack"]]);
  expect(statuses()).toEqual([
    [message(1).receipt, "attributed"],
    [message(3).receipt, "attributed"],
  ]);
});

test("a message whose offer's set-up is broken waits alone; those of other offers are settled", async () => {
  db.db.exec(
    `UPDATE offers SET time_zone = 'Mars/Olympus', caps = '[{"event":"sale","per":"day","limit":9}]' WHERE slug = 'hats'`,
  );
  const ofHats = clicks.find(({ click }) => LINKS.get(click.link)?.offerSlug === "hats")?.id ?? "";
  const batch = [deliver(message(1)), deliver(message(2, { clickId: ofHats })), deliver(message(3))];
  await settleOrRetry(
    parts,
    batch.map(({ delivery }) => delivery),
  );
  expect(batch.map(({ told }) => told)).toEqual([["ack"], ["retry in 8"], ["ack"]]);
  expect(statuses()).toHaveLength(2);
});

test("a row that D1 refuses waits alone; its neighbours are written", async () => {
  db.db.exec(
    "CREATE TRIGGER refuse BEFORE INSERT ON conversions WHEN NEW.first_entry ->> 5 LIKE '002%' BEGIN SELECT RAISE(ABORT, 'refused'); END",
  );
  const batch = [1, 2, 3].map((number) => deliver(message(number)));
  await settleOrRetry(
    parts,
    batch.map(({ delivery }) => delivery),
  );
  expect(batch.map(({ told }) => told)).toEqual([["ack"], ["retry in 8"], ["ack"]]);
  db.db.exec("DROP TRIGGER refuse");
  const again = deliver(message(2));
  await settleOrRetry(parts, [again.delivery]);
  expect(again.told).toEqual(["ack"]);
  expect(statuses()).toHaveLength(3);
});

test("while D1 is full every message waits, and is settled once it has room", async () => {
  db.fault = async (point) => {
    if (point.includes("writing")) throw new Error("D1_ERROR: database or disk is full");
  };
  const batch = [deliver(message(1)), deliver(message(2))];
  await settleOrRetry(
    parts,
    batch.map(({ delivery }) => delivery),
  );
  expect(batch.map(({ told }) => told)).toEqual([["retry in 8"], ["retry in 8"]]);
  db.fault = quiet;
  const again = [deliver(message(1)), deliver(message(2))];
  await settleOrRetry(
    parts,
    again.map(({ delivery }) => delivery),
  );
  expect(again.map(({ told }) => told)).toEqual([["ack"], ["ack"]]);
  expect(statuses()).toHaveLength(2);
});

/** Buries one message; says what the queue and the archive were told, in order. */
async function bury(body: AnyMessage): Promise<string[]> {
  const told: string[] = [];
  const dead = {
    id: "q1",
    timestamp: new Date(0),
    attempts: 2,
    body,
    metadata: {},
    ack: () => told.push("ack"),
    retry: () => told.push("retry"),
  };
  const archive = {
    put: async (key: string, value: string) => {
      told.push(`put ${key}`);
      kept.set(key, value);
    },
  };
  const tryAlone = (one: AnyMessage) =>
    one?.kind === "postback" ? settleAlone(parts, one) : Promise.reject(new Error("down"));
  await buryBatch({ ...parts, ARCHIVE: archive, tryAlone, meetLetter: async (one) => one }, [dead]);
  return told;
}

test("a dead letter is kept in R2 first, then in the log as failed with its error", async () => {
  expect(await bury(poison(7))).toEqual([`put failed/${message(7).receipt}`, "ack"]);
  expect(JSON.parse(kept.get(`failed/${message(7).receipt}`) ?? "")).toEqual(poison(7));
  const [row] = log.db.prepare("SELECT status, reason, stage, error FROM postbacks").all();
  expect(row).toMatchObject({
    status: "failed",
    reason: "undeliverable",
    stage: 0,
    error: expect.stringContaining("TypeError"),
  });
});

test("of another tracker's message the letter keeps which click it names and that nobody vouched for it, and not what was sent", async () => {
  db.fault = async (point) => {
    if (point.startsWith("books")) throw new Error("down");
  };
  const tracker = { number: 1, clickId: "51ts6sgr1cbkdhljnrv", unproven: true } as const;
  const sent = { ...message(6), channel: "tracker:old", tracker: { ...tracker, target: "/key/postback" } } as const;
  await bury(sent);
  expect(JSON.parse(kept.get(`failed/${sent.receipt}`) ?? "")).toEqual({ ...sent, tracker });
});

test.each([
  ["a postback without a receipt", '{"kind":"postback"}', "failed/postback/q1"],
  ["clicks", '{"kind":"clicks","clicks":[]}', "failed/clicks/q1"],
  ["a kind of message that is not known yet", '{"kind":"letter"}', "failed/letter/q1"],
  ["nothing at all", "null", "failed/unknown/q1"],
])("%s is kept in R2 too", async (_, json, key) => {
  expect(await bury(JSON.parse(json))).toEqual([`put ${key}`, "ack"]);
  expect(kept.get(key)).toBe(json);
  expect(statuses()).toEqual([]);
});

test("when D1 does not take the row either, the message is in R2 and comes again", async () => {
  db.fault = async () => {
    throw new Error("down");
  };
  expect(await bury(message(8))).toEqual([`put failed/${message(8).receipt}`, "retry"]);
});

test("a dead letter that can be settled after all, is", async () => {
  expect(await bury(message(9))).toEqual(["ack"]);
  expect(statuses()).toEqual([[message(9).receipt, "attributed"]]);
});

test("a failed row gives way to the outcome of its replay, and never the other way round", async () => {
  db.fault = async (point) => {
    if (point === "books before reading") throw new Error("down");
  };
  await bury(message(5));
  expect(statuses()).toEqual([[message(5).receipt, "failed"]]);
  db.fault = quiet;
  const again = deliver(message(5));
  await settleOrRetry(parts, [again.delivery]);
  expect(statuses()).toEqual([[message(5).receipt, "attributed"]]);
  await bury(poison(5));
  expect(statuses()).toEqual([[message(5).receipt, "attributed"]]);
});

test("entries cannot be changed, whoever tries", async () => {
  const sale = message(1);
  await settleOrRetry(parts, [deliver(sale).delivery]);
  const refund: PostbackMessage = { ...message(2), content: { ...sale.content, status: "reversed" } };
  await settleOrRetry(parts, [deliver(refund).delivery]);
  expect(db.db.prepare("SELECT seq, kind FROM all_entries ORDER BY seq").all()).toEqual([
    { seq: 1, kind: "accrual" },
    { seq: 2, kind: "reversal" },
  ]);
  expect(() => db.db.exec("UPDATE entries SET payout = 0")).toThrow("append-only");
  for (const cell of ["NULL", "json_replace(first_entry, '$[4]', 0)", "json_replace(first_entry, '$[8]', 'erased')"])
    expect(() => db.db.exec(`UPDATE conversions SET first_entry = ${cell}`)).toThrow("append-only");
  // What an older ledger would write besides.
  db.db.exec("INSERT INTO entries SELECT * FROM first_entries");
  expect(db.db.prepare("SELECT count(*) AS n FROM entries").get()).toEqual({ n: 1 });
  expect(readFileSync(MIGRATION, "utf8")).toContain("entries_are_append_only");
});

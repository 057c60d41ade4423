/** A postback log that is down, slow or full holds up no order: rows that it does not take are marked in the object, and the cron writes them until it has them. */
import { beforeEach, expect, test, vi } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { type DueRow, markDue, strikeDue } from "../../workers/ledger/due-rows.ts";
import { findBooks } from "../../workers/ledger/object-beside.ts";
import { createTables, pageOfDue } from "../../workers/ledger/object-storage.ts";
import { type SettleParts, settleOrRetry } from "../../workers/ledger/settle.ts";
import { writeDueRows } from "../../workers/ledger/write-due.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "./click-days.ts";
import { seedSetUp } from "./seed.ts";
import { type Fault, ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { DAY_MS, issueClicks, NO_TRACKERS, NOBODY_IS_TOLD, START_MS, testKeyRing } from "./world.ts";

const ring = await testKeyRing();
const [click, other] = await issueClicks(ring);
const quiet: Fault = async () => {};
const down: Fault = async (point) => {
  throw new Error(`down: ${point}`);
};

let db: SqliteD1;
let log: SqliteD1;
let objects: Map<number, ObjectStorage>;
let parts: SettleParts;
let marked: [advertiser: number, due: DueRow[]][];

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "log").mockImplementation(() => {});
  db = new SqliteD1("books", "schema/migrations/books", quiet);
  log = new SqliteD1("log", "schema/migrations/log", quiet);
  seedSetUp(db.db);
  objects = new Map();
  marked = [];
  parts = {
    DB: db,
    ...NOTHING_ARCHIVED,
    ...NO_TRACKERS,
    days: new MemoryDays(db).days,
    LOG: log,
    NOTICES: NOBODY_IS_TOLD,
    POSTBACKS: { sendBatch: () => Promise.reject(new Error("nothing waits here")) },
    decideShare: async (advertiser, commands, nowMs) => {
      const storage = objectOf(advertiser);
      return storage.transaction(() => decideShare(storage, commands, nowMs));
    },
    markDue: async (advertiser, due) => {
      marked.push([advertiser, due]);
      const storage = objectOf(advertiser);
      storage.transaction(() => markDue(storage, due));
    },
    reviewCaps: async () => {},
    ring,
    nowMs: () => START_MS + DAY_MS,
    chance: () => 0,
  };
});

function objectOf(advertiser: number): ObjectStorage {
  const known = objects.get(advertiser);
  if (known) return known;
  const storage = new ObjectStorage();
  createTables(storage);
  objects.set(advertiser, storage);
  return storage;
}

function message(number: number, content: Partial<PostbackMessage["content"]> = {}, advertiser = 1): PostbackMessage {
  return {
    kind: "postback",
    receipt: `${number}`.padStart(3, "0").padEnd(26, "0"),
    advertiser,
    receivedAtMs: START_MS + 1_000 + number,
    channel: "get",
    content: { clickId: click?.id ?? "", event: "sale", txid: `t${number}`, amountMicros: 1_000_000, ...content },
  };
}

/** Settles a batch; says what the queue was told of each. */
async function settle(...messages: PostbackMessage[]): Promise<string[]> {
  const told: string[] = [];
  await settleOrRetry(
    parts,
    messages.map((body) => ({
      body,
      attempts: 1,
      ack: () => told.push("ack"),
      retry: () => told.push("retry"),
    })),
  );
  return told;
}

function cron(): Promise<number> {
  return writeDueRows({
    DB: db,
    LOG: log,
    booksOf: (advertiser) => ({
      dueMessages: async (after, limit) => pageOfDue(objectOf(advertiser), after, limit),
      strikeDue: async (written) => objectOf(advertiser).transaction(() => strikeDue(objectOf(advertiser), written)),
      find: async (receipts, conversions) => findBooks(objectOf(advertiser), receipts, conversions),
    }),
  });
}

const rows = (database: SqliteD1, sql: string): unknown[] =>
  database.db
    .prepare(sql)
    .all()
    .map((row) => Object.values(row).join(" "));
const logged = () => rows(log, "SELECT receipt, status FROM postbacks ORDER BY receipt");
const due = () => [...objects.values()].flatMap((object) => object.exec("SELECT receipt FROM due_rows").toArray());

test("a log that is well costs no mark", async () => {
  expect(await settle(message(1), message(2))).toEqual(["ack", "ack"]);
  expect(logged()).toHaveLength(2);
  expect([marked, due(), rows(db, "SELECT * FROM due_logs")]).toEqual([[], [], []]);
});

test("orders are booked while the log is down, and the cron writes their rows once it is back", async () => {
  log.fault = down;
  expect(await settle(message(1), message(2, { txid: "t1" }), message(3, {}, 2))).toEqual(["ack", "ack", "ack"]);
  expect(rows(db, "SELECT count(*) FROM conversions")).toEqual(["1"]);
  expect([logged(), due().length]).toEqual([[], 3]);
  // It goes on being down.
  expect([await cron(), due().length, rows(db, "SELECT count(*) FROM due_logs")]).toEqual([0, 3, ["2"]]);
  log.fault = quiet;
  expect(await cron()).toBe(3);
  expect(logged()).toEqual([
    `${message(1).receipt} attributed`,
    `${message(2).receipt} duplicate`,
    `${message(3).receipt} rejected`,
  ]);
  expect([due(), rows(db, "SELECT * FROM due_logs"), await cron()]).toEqual([[], [], 0]);
});

test("a log that never answers is waited for no longer than it may take", async () => {
  vi.useFakeTimers();
  try {
    log.fault = () => new Promise(() => {});
    const settled = settle(message(1));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await settled).toEqual(["ack"]);
    expect(due()).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

test("neither log nor object: the message comes again", async () => {
  log.fault = down;
  const { markDue: works } = parts;
  parts.markDue = (advertiser, share) =>
    advertiser === 1 ? Promise.reject(new Error("the object is down")) : works(advertiser, share);
  expect(await settle(message(1), message(2, { clickId: other?.id ?? "" }, 2))).toEqual(["ack", "retry"]);
  log.fault = quiet;
  expect(await settle(message(1))).toEqual(["ack"]);
  await cron();
  expect(logged()).toHaveLength(2);
});

test("what was decided anew meanwhile is written as it is by then, and a mark of it stays until that is there", async () => {
  log.fault = down;
  const unknown = message(1, { event: "nothing" });
  await settle(unknown);
  log.fault = quiet;
  const stale = pageOfDue(objectOf(1), "", 10);
  log.fault = down;
  db.db.exec("UPDATE offer_events SET name = 'nothing' WHERE name = 'lead'");
  await settle({ ...unknown, replay: true });
  strikeDue(
    objectOf(1),
    stale.map(({ command, stage }) => ({ receipt: command.receipt, stage })),
  );
  expect(due()).toHaveLength(1);
  log.fault = quiet;
  await cron();
  expect([logged(), due()]).toEqual([[`${unknown.receipt} attributed`], []]);
});

test("a row that the log refuses waits alone", async () => {
  log.db.exec(`
    CREATE TRIGGER refuse BEFORE INSERT ON postbacks WHEN NEW.txid = 't2'
    BEGIN SELECT raise(ABORT, 'full'); END`);
  expect(await settle(message(1), message(2), message(3))).toEqual(["ack", "ack", "ack"]);
  expect([logged(), due().length]).toEqual([[], 3]);
  expect([await cron(), due().length, logged().length]).toEqual([2, 1, 2]);
  log.db.exec("DROP TRIGGER refuse");
  expect([await cron(), due(), logged().length]).toEqual([1, [], 3]);
});

test("whose a row is, is known without a join: its conversion's, or its proven click's", async () => {
  await settle(
    message(1),
    message(2, { txid: "t1", status: "approved" }),
    message(3, { event: "nothing" }),
    message(4, {}, 2),
  );
  expect(rows(log, "SELECT receipt, link, offer, affiliate, proven FROM postbacks ORDER BY receipt")).toEqual([
    `${message(1).receipt} 1 1 1 1`,
    `${message(2).receipt} 1 1 1 1`,
    `${message(3).receipt} 1 1 1 1`,
    // Another advertiser's click: operators find it by its link, nobody else does.
    `${message(4).receipt} 1 1 1 0`,
  ]);
});

test("a row whose conversion is on its way into the books with another batch is told by the object whose it is", async () => {
  db.db.exec("DROP TRIGGER IF EXISTS entries_are_never_deleted_alone");
  await settle(message(1));
  // As if the batch that made the conversion had not written yet.
  db.db.exec("DELETE FROM conversions; DELETE FROM entries");
  const again = message(2, { txid: "t1" });
  const { clickId, ...orderOnly } = again.content;
  expect(await settle({ ...again, content: orderOnly })).toEqual(["ack"]);
  expect([logged().length, due().length]).toEqual([2, 0]);
  expect(rows(log, "SELECT status, affiliate, proven FROM postbacks ORDER BY receipt")).toEqual([
    "attributed 1 1",
    "duplicate 1 1",
  ]);
});

test("what the pixel said beyond its limit waits for the log, since no object knows it, and holds up nothing else", async () => {
  const limits = { bytesOfDay: 1, days: 400 };
  parts.decideShare = async (advertiser, commands, nowMs) =>
    objectOf(advertiser).transaction(() => decideShare(objectOf(advertiser), commands, nowMs, { limits }));
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const said = [message(1), message(2), message(3)].map((one) => ({ ...one, channel: "pixel" }) as const);
  log.fault = down;
  expect(await settle(...said, message(4))).toEqual(["ack", "ack", "retry", "retry"]);
  expect(marked.flatMap(([, due]) => due.map(({ receipt }) => receipt.slice(0, 3)))).toEqual(["001", "004"]);
  log.fault = quiet;
  expect(await settle(...said.slice(1))).toEqual(["ack", "ack"]);
  expect(await settle(...said.slice(1))).toEqual(["ack", "ack"]);
  expect(console.warn).toHaveBeenCalledWith({ event: "pixel_day_full", advertiser: 1, messages: 2 });
  await cron();
  const told = "SELECT substr(receipt, 1, 3), stage, status, reason, stranger, params FROM postbacks ORDER BY receipt";
  expect(rows(log, told).filter((row) => String(row).endsWith("{}"))).toEqual([
    "002 0 rejected pixel_day_full 1 {}",
    "003 0 rejected pixel_day_full 1 {}",
  ]);
  expect(logged()).toHaveLength(4);
});

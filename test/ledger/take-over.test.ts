/** What an object holds from before its rows had seats is taken over whole, in short turns, wherever it dies, and before anybody is answered. */
import { expect, test } from "vitest";
import { objectName } from "../../workers/core/books/stored.ts";
import { must } from "../../workers/core/must.ts";
import type { Env } from "../../workers/ledger/env.ts";
import { pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import type { Sql } from "../../workers/ledger/sql.ts";
import { enterPiece, type ObjectBooks, openTables, takeOver, takeOverPiece } from "../../workers/ledger/take-over.ts";
import { createTestHarness } from "../flow/harness.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { KEYS, START_MS } from "./world.ts";

/** The tables as they were, with so many messages and conversions. */
function tablesFromBefore(rows: number): string {
  return `
    CREATE TABLE messages (
      receipt TEXT PRIMARY KEY, order_key TEXT, click_key TEXT, stage INTEGER NOT NULL, settled_at INTEGER NOT NULL,
      command TEXT NOT NULL, outcome TEXT NOT NULL, touched TEXT NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_order ON messages (order_key) WHERE order_key IS NOT NULL;
    CREATE TABLE conversions (id TEXT PRIMARY KEY, settled_at INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
    CREATE TABLE common (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    INSERT INTO common VALUES (1, '{"place":{"space":"a"},"terms":{"rule":"r"}}');
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
    INSERT INTO messages SELECT printf('0%025d', i), 'order-' || i, NULL, 1, 5, json_object('advertiser', 1, 'receivedAtMs', i, 'channel', 'get', 'content', json('{}')),
      '{"status":"unattributed"}', '{"entries":[]}' FROM n;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
    INSERT INTO conversions SELECT printf('%010d%016d', i, 0), 7, json_object('seq', i + 1, 'base', json_array(i, 0, printf('0%025d', i)), 'messages', 1, 'advertiser', 1, 'event', 'sale',
      'click', json_object('clickId', 'c', 'clickedAtMs', 1, 'common', 1), 'status', 'approved', 'amountMicros', i, 'entries', json('[]')) FROM n;`;
}

const ROWS = 60;
const PIECE = 7;

function objectFromBefore(rows = ROWS): ObjectStorage {
  const sql = new ObjectStorage();
  sql.exec(tablesFromBefore(rows));
  return sql;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

function expectTakenOver(sql: ObjectStorage, rows = ROWS): void {
  const ascending = (numbers: number[]) => numbers.sort((left, right) => left - right);
  const messages = pageOfMessages(sql, "", rows + 1).map(({ command }) => command.receivedAtMs);
  expect(ascending(messages)).toEqual(upTo(rows));
  const conversions = pageOfConversions(sql, "", rows + 1).map(({ conversion }) => conversion.amountMicros);
  expect(ascending(conversions)).toEqual(upTo(rows));
  const tables = "SELECT name FROM sqlite_schema WHERE name LIKE '%before' OR name = 'messages_by_order'";
  expect(sql.exec(tables).toArray()).toEqual([{ name: "messages_by_order" }]);
}

function start(sql: Sql): void {
  if (openTables(sql)) while (takeOverPiece(sql, PIECE) || enterPiece(sql, START_MS, PIECE));
}

test("an object from before there were seats is taken over, once", () => {
  const sql = objectFromBefore();
  expect(openTables(sql)).toBe(true);
  start(sql);
  expectTakenOver(sql);
  expect(openTables(sql)).toBe(false);
  expect(takeOverPiece(sql, PIECE)).toBe(false);
  expectTakenOver(sql);
});

test("a new object has nothing to take over", () => {
  expect(openTables(new ObjectStorage())).toBe(false);
});

/** Dies at that statement; what was written before it stays. */
function dyingAt(sql: ObjectStorage, statement: number): Sql {
  let left = statement;
  return {
    exec(query, ...values) {
      if (left-- === 0) throw new Error("died");
      return sql.exec(query, ...values);
    },
  };
}

test("an object that dies while it is taken over loses no row, at whichever statement", () => {
  for (let statement = 0, hasDied = true; hasDied; statement++) {
    const sql = objectFromBefore();
    try {
      start(dyingAt(sql, statement));
      hasDied = false;
      expect(statement).toBeGreaterThan((2 * ROWS * 3) / PIECE);
    } catch (error) {
      expect(String(error)).toContain("died");
    }
    start(sql);
    expectTakenOver(sql);
  }
});

test("a piece is a transaction of so many rows at most, and what was taken is not taken again", () => {
  const sql = objectFromBefore();
  openTables(sql);
  const left = () =>
    ["messages", "conversions"].map((table) => {
      const held = sql.exec("SELECT 1 FROM sqlite_schema WHERE name = ?", `${table}_before`).toArray().length > 0;
      return held ? Number(sql.exec(`SELECT count(*) AS count FROM ${table}_before`).toArray()[0]?.count) : 0;
    });
  let before = left();
  while (takeOverPiece(sql, PIECE)) {
    const after = left();
    const taken = before.map((count, table) => count - (after[table] ?? 0));
    expect(taken.every((count) => count >= 0) && taken.reduce((sum, count) => sum + count) <= PIECE).toBe(true);
    expect(sql.exec("SELECT count(*) AS count FROM messages").toArray()).toEqual([{ count: ROWS - (after[0] ?? 0) }]);
    before = after;
  }
  expectTakenOver(sql);
});

test("each piece is on disk before the next, and what takes too long goes on at the next start", async () => {
  const rows = 1_700;
  const sql = objectFromBefore(rows);
  let nowMs = 0;
  let calls = 0;
  const steps: string[] = [];
  const storage: ObjectBooks = {
    sql,
    transactionSync: (work) => {
      steps.push("piece");
      return sql.transaction(work);
    },
    sync: async () => {
      steps.push("disk");
      nowMs += 6_000;
    },
  };
  for (let done = false; !done; calls++) {
    expect(openTables(sql)).toBe(true);
    done = await takeOver(storage, () => nowMs).then(
      () => true,
      (error) => {
        expect(String(error)).toContain("are still being taken over");
        return false;
      },
    );
  }
  expect(calls).toBeGreaterThan(1);
  expect(steps.slice(0, -1).every((step, place) => step === ["piece", "disk"][place % 2])).toBe(true);
  expectTakenOver(sql, rows);
});

test("in workerd whoever calls waits until all is taken over", async () => {
  const rows = 3_000;
  const harness = createTestHarness({
    workers: [{ env: "ledger", secrets: { CLICK_KEYS: KEYS, ERASURE_KEY, PROOF_KEYS: KEYS } }],
  });
  const ledger = harness.getWorker<Pick<Env, "CONVERSIONS">>("clickback-ledger");
  const object = async () => (await ledger.getEnv()).CONVERSIONS.getByName(objectName(1));
  try {
    await harness.listen();
    expect(await (await object()).messages("", 1)).toEqual([]);
    const id = must((await ledger.listDurableObjectIds("CONVERSIONS"))[0], "the object of advertiser", 1);
    const storage = await ledger.getDurableObjectStorage("CONVERSIONS", { id });
    for (const table of ["messages", "conversions", "common"]) await storage.exec(`DROP TABLE ${table}`);
    for (const statement of tablesFromBefore(rows).split(";\n")) await storage.exec(statement);
    await harness.update((current) => current);
    expect(await (await object()).messages("", rows + 1)).toHaveLength(rows);
    expect(await (await object()).conversions("", rows + 1)).toHaveLength(rows);
  } finally {
    await harness.close();
  }
});

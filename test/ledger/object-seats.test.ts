/** Rows of an object are found by their names, however alike these begin, and what was written before there were seats is taken over. */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import {
  behindSql,
  CONVERSIONS,
  isSeated,
  MESSAGES,
  type Seated,
  seatedNames,
} from "../../workers/core/books/seats.ts";
import { seatsOf } from "../../workers/ledger/object-seats.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import type { Sql } from "../../workers/ledger/sql.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { START_MS } from "./world.ts";

function table(seated: Seated): { sql: ObjectStorage; insert: (names: readonly string[]) => void } {
  const sql = new ObjectStorage();
  sql.exec(`CREATE TABLE ${seated.table} (seat INTEGER PRIMARY KEY, ${seated.name} TEXT NOT NULL) STRICT`);
  return {
    sql,
    insert(names) {
      for (const [name, seat] of seatsOf(sql, seated, names))
        sql.exec(
          `INSERT INTO ${seated.table} VALUES (?, ?) ON CONFLICT DO UPDATE SET ${seated.name} = iif(${seated.name} = excluded.${seated.name}, ${seated.name}, NULL)`,
          seat,
          name,
        );
    },
  };
}

function namesFound(sql: ObjectStorage, seated: Seated, names: readonly string[]): unknown[] {
  const query = `${seatedNames(seated)} SELECT t.${seated.name} AS name FROM k CROSS JOIN ${seated.table} t ON ${isSeated(seated, "t")}`;
  return sql
    .exec(query, JSON.stringify(names))
    .toArray()
    .map(({ name }) => name);
}

/** Three characters that are added up, so that many names have the same seat. */
const ADDED = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 5 })));
const receiptOf = ([first, second, third]: readonly (number | string)[]) =>
  `${"0".repeat(9)}${first}${"0".repeat(5)}${second}${"0".repeat(9)}${third}`;
const idOf = (added: readonly number[]) => `${timePrefix(START_MS)}${added.map((one) => `000${one}`).join("")}0000`;

test.each([
  ["receipts", MESSAGES, ADDED.map(receiptOf)],
  ["conversions of one millisecond", CONVERSIONS, ADDED.map(idOf)],
] as const)(
  "%s that begin or end alike are found, each as itself, and lie in pages that lack none",
  (_, seated, name) => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(name, { maxLength: 12 }), { maxLength: 4 }),
        fc.uniqueArray(name, { maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        (batches, forgotten, limit) => {
          const { sql, insert } = table(seated);
          for (const names of batches) insert(names);
          for (const one of forgotten) sql.exec(`DELETE FROM ${seated.table} WHERE ${seated.name} = ?`, one);
          for (const names of batches.slice(1)) insert(names);
          const held = [
            ...new Set([...(batches[0] ?? []).filter((one) => !forgotten.includes(one)), ...batches.slice(1).flat()]),
          ].sort();
          expect(namesFound(sql, seated, [...new Set([...batches.flat(), ...forgotten])]).sort()).toEqual(held);
          const paged: string[] = [];
          for (let after = ""; ; ) {
            const query = `SELECT ${seated.name} AS name FROM ${seated.table} WHERE ${behindSql(seated)} ORDER BY seat LIMIT CAST(?2 AS INTEGER)`;
            const page = sql.exec(query, after, String(limit)).toArray();
            paged.push(...page.map((row) => String(row.name)));
            if (page.length < limit) break;
            after = paged.at(-1) ?? "";
          }
          expect(paged.sort()).toEqual(held);
        },
      ),
    );
  },
);

test("more names than there are seats for them are refused and write nothing over", () => {
  const { sql, insert } = table(MESSAGES);
  const some = [0, 1, 2, 3, 4, 5, 6, 7];
  const names = some
    .flatMap((one) => some.map((other) => receiptOf([one, other, "0123456789abcde"[14 - one - other] ?? "0"])))
    .slice(-33);
  insert(names.slice(0, 32));
  expect(() => insert(names)).toThrow("a free seat for");
  expect(namesFound(sql, MESSAGES, names)).toEqual(names.slice(0, 32));
});

test("a seat is a whole number, whatever the name", () => {
  const db = new DatabaseSync(":memory:");
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constant("z".repeat(26))),
      fc.constantFrom(MESSAGES, CONVERSIONS),
      (name, seated) => {
        const seat = Number(db.prepare(`SELECT ${seated.seatSql("?1")} AS seat`).get(name)?.seat);
        expect(Number.isSafeInteger(seat + 32) && seat >= 0).toBe(true);
      },
    ),
  );
});

/** An object as it was before there were seats. */
function objectFromBefore(): ObjectStorage {
  const sql = new ObjectStorage();
  sql.exec(`
    CREATE TABLE messages (
      receipt TEXT PRIMARY KEY, order_key TEXT, click_key TEXT, stage INTEGER NOT NULL, settled_at INTEGER NOT NULL,
      command TEXT NOT NULL, outcome TEXT NOT NULL, touched TEXT NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_order ON messages (order_key) WHERE order_key IS NOT NULL;
    CREATE TABLE conversions (id TEXT PRIMARY KEY, settled_at INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
    CREATE TABLE common (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    INSERT INTO common VALUES (1, '{"place":{"space":"a"},"terms":{"rule":"r"}}');
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1199)
    INSERT INTO messages SELECT printf('0%025d', i), 'order-' || i, NULL, 1, 5, json_object('advertiser', 1, 'receivedAtMs', i, 'channel', 'get', 'content', json('{}')),
      '{"status":"unattributed"}', '{"entries":[]}' FROM n;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1199)
    INSERT INTO conversions SELECT printf('%026d', i), 7, json_object('seq', i + 1, 'base', json_array(i, 0, printf('0%025d', i)), 'messages', 1, 'advertiser', 1, 'event', 'sale',
      'click', json_object('clickId', 'c', 'clickedAtMs', 1, 'common', 1), 'status', 'approved', 'amountMicros', i, 'entries', json('[]')) FROM n;`);
  return sql;
}

function expectTakenOver(sql: ObjectStorage): void {
  const messages = pageOfMessages(sql, "", 2_000);
  expect(messages.map(({ command }) => command.receivedAtMs).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 1200 }, (_, i) => i),
  );
  expect(
    pageOfConversions(sql, "", 2_000)
      .map(({ conversion }) => conversion.amountMicros)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 1200 }, (_, i) => i));
  const tables = sql
    .exec("SELECT name FROM sqlite_schema WHERE name LIKE '%before' OR name = 'messages_by_order'")
    .toArray();
  expect(tables).toEqual([{ name: "messages_by_order" }]);
}

test("an object from before there were seats is taken over, once", () => {
  const sql = objectFromBefore();
  for (let start = 0; start < 2; start++) {
    createTables(sql);
    expectTakenOver(sql);
  }
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
      createTables(dyingAt(sql, statement));
      hasDied = false;
      expect(statement).toBeGreaterThan(20);
    } catch (error) {
      expect(String(error)).toContain("died");
    }
    createTables(sql);
    expectTakenOver(sql);
  }
});

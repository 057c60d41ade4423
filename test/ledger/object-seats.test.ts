/** Rows of an object are found by their names, however alike these begin. */
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
  seatedChunks,
  seatOf,
  seatSql,
  WITH_SEATED_NAMES,
} from "../../workers/core/books/seats.ts";
import { seatsOf } from "../../workers/ledger/object-seats.ts";
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
  const query = `${WITH_SEATED_NAMES} SELECT t.${seated.name} AS name FROM k CROSS JOIN ${seated.table} t ON ${isSeated(seated, "t")}`;
  return seatedChunks(seated, names)
    .flatMap((chunk) => sql.exec(query, chunk).toArray())
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
        // As many as there are seats: what more come to is below.
        fc.array(fc.uniqueArray(name, { maxLength: 8 }), { maxLength: 4 }),
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

test("a seat is a whole number, and the same in SQL, whatever the name", () => {
  const db = new DatabaseSync(":memory:");
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constant("z".repeat(26)), fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{26}$/)),
      fc.constantFrom(MESSAGES, CONVERSIONS),
      (name, seated) => {
        const seat = seatOf(seated, name);
        expect(Number.isSafeInteger(seat + 32) && seat >= 0).toBe(true);
        expect(db.prepare(`SELECT ${seatSql(seated, "?1")} AS seat`).get(name)?.seat).toBe(seat);
      },
    ),
  );
});

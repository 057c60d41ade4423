/** Books that an older version filled move on to entries within conversions, and to conversions that name each other: what they say stays. */
import type { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { inTemporaryDirectory } from "../../scripts/temporary-directory.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { conversionRow, entryRow, START_MS } from "../console/books.ts";
import { filesUnder, read } from "../house/files.ts";
import { SqliteD1 } from "./sqlite-platform.ts";

const FIRST_NEW = "0040_first_entries.sql";
const CLICK = "a".repeat(36);
/** Five on one click, and one alone. */
const CONVERSIONS = [0, 1, 2, 3, 4, 5].map((number) => conversionRow(number, number < 5 ? { click_id: CLICK } : {}));

function migrations(isNew: boolean): string[] {
  const files = filesUnder("schema/migrations/books").sort();
  return files.filter((file) => file.slice(file.lastIndexOf("/") + 1) >= FIRST_NEW === isNew).map(read);
}

function insert(db: DatabaseSync, table: string, row: Record<string, string | number | null>): void {
  const there = db.prepare("SELECT name FROM pragma_table_info(?)").all(table);
  const names = Object.keys(row).filter((name) => there.some((column) => column.name === name));
  const places = names.map((name) => row[name] ?? null);
  db.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`).run(...places);
}

const sumsOf = (table: string) =>
  `SELECT clock, sum(conversions) AS n, sum(payout_units) AS units, sum(payout_rest) AS rest FROM ${table} GROUP BY 1`;

/** Books without a table. */
const empty = () =>
  inTemporaryDirectory("clickback-older-", async (none) => new SqliteD1("books", none, async () => {}));

test("books of before move on", async () => {
  const DB = await empty();
  const { db } = DB;
  for (const sql of migrations(false)) db.exec(sql);
  for (const row of CONVERSIONS) insert(db, "conversions", row);
  for (const row of CONVERSIONS) insert(db, "entries", entryRow(row));
  const [entries, sums] = ["SELECT * FROM entries", sumsOf("conversion_quarters")].map((sql) => db.prepare(sql).all());
  for (const sql of migrations(true)) db.exec(sql);
  expect(db.prepare("SELECT * FROM all_entries").all()).toEqual(entries);
  // The cron closes what was there before.
  await closeConversions({ DB }, START_MS + 30 * DAY_MS);
  expect(db.prepare(sumsOf("conversion_spans WHERE unit = 'hour'")).all()).toEqual(sums);
  const listed = db.prepare("SELECT kind, count(*) AS n FROM conversion_lists, json_each(ids) GROUP BY 1").all();
  expect(listed).toEqual(["advertiser", "affiliate", "clicked"].map((kind) => ({ kind, n: CONVERSIONS.length })));
  const ids = CONVERSIONS.map(({ conversion_id }) => conversion_id);
  const named = db.prepare("SELECT conversion_id AS id, beside FROM conversions ORDER BY conversion_id").all();
  expect(named.map(({ beside }) => JSON.parse(String(beside)))).toEqual([
    [ids[1], ids[2], ids[3]],
    [ids[0], ids[2], ids[3]],
    [ids[0], ids[1], ids[3]],
    [ids[0], ids[1], ids[2]],
    [ids[0], ids[1], ids[2]],
    null,
  ]);
});

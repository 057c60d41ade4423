/** The rollups' tables and triggers, as migrations write them, tell apart and count what the lists of dimensions and measures say. */
import type { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import { DIMENSIONS, namesOf } from "../../workers/core/metrics/dimensions.ts";
import { addedColumns } from "../../workers/core/metrics/measures.ts";
import { CLICK_ROLLUP, CONVERSION_ROLLUP } from "../../workers/core/metrics/rollups.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const START_MS = Date.UTC(2026, 10, 1);
const HOUR_MS = 3_600_000;

const quiet = async () => {};
const DB = new SqliteD1("books", "schema/migrations/books", quiet);
const LOG = new SqliteD1("log", "schema/migrations/log", quiet);

interface Columns {
  keys: string[];
  others: string[];
}

function columnsOf({ db }: SqliteD1, table: string): Columns {
  const columns = db.prepare("SELECT name, pk FROM pragma_table_info(?)").all(table);
  const names = (isKey: boolean) => columns.filter(({ pk }) => (pk !== 0) === isKey).map(({ name }) => String(name));
  return { keys: names(true), others: names(false) };
}

/** The names that one of them has and the other has not. */
function differing(table: Columns, keys: readonly string[], others: readonly string[]): string[] {
  const apart = (left: readonly string[], right: readonly string[]) => [
    ...left.filter((name) => !right.includes(name)),
    ...right.filter((name) => !left.includes(name)),
  ];
  return [...apart(table.keys, keys), ...apart(table.others, others)];
}

const ofPostbacks = namesOf((dimension) => dimension.ofPostbacks === true);
const TABLES: [string, SqliteD1, readonly string[], readonly string[]][] = [
  [CLICK_ROLLUP.spans, DB, ["unit", "start", ...CLICK_ROLLUP.keys], CLICK_ROLLUP.sums],
  [CONVERSION_ROLLUP.spans, DB, ["unit", "clock", "start", ...CONVERSION_ROLLUP.keys], CONVERSION_ROLLUP.sums],
  ["postback_quarters", LOG, ["quarter", ...ofPostbacks, "test", "status", "reason"], ["postbacks"]],
];

describe.each(TABLES)("%s", (table, database, keys, sums) => {
  test("has the columns that are listed, and no others", () => {
    expect(differing(columnsOf(database, table), keys, sums)).toEqual([]);
  });

  test("a column more or less would be missed", () => {
    const columns = columnsOf(database, table);
    const without = (names: readonly string[], one: string) => names.filter((name) => name !== one);
    for (const name of keys) expect(differing(columns, without(keys, name), sums)).toEqual([name]);
    for (const name of sums) expect(differing(columns, keys, without(sums, name))).toEqual([name]);
    expect(differing(columns, [...keys, "coupon"], sums)).toEqual(["coupon"]);
  });
});

type Row = Record<string, string | number | null>;

const conversion = (number: number, change: Row = {}): Row => ({
  conversion_id: timePrefix(START_MS + number * 800_000) + `${number}`.padStart(16, "0"),
  seq: 1,
  link: 1,
  offer: 2,
  affiliate: 3,
  advertiser: 4,
  event: number % 2 ? "sale" : "lead",
  click_id: `c${String(number).padStart(35, "0")}`,
  status: "approved",
  currency: "USD",
  amount: number * 1_000_000,
  revenue: number * 10,
  payout: number * 7,
  clicked_at: START_MS + number * 600_000,
  occurred_at: START_MS + number * 700_000,
  received_at: START_MS + number * 800_000,
  settled_at: START_MS + number * 800_000,
  country: number % 3 ? "DE" : null,
  device: "mobile",
  test: 0,
  ...change,
});

function insert(db: DatabaseSync, table: string, row: Row): void {
  const marks = Object.keys(row).map(() => "?");
  db.prepare(`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${marks})`).run(...Object.values(row));
}

/** Rows that come in time, hours and a day that are closed, and rows that come late or in time, change and go after that. */
beforeAll(async () => {
  const write = (from: number) => {
    for (let number = from; number < 300; number += 2) {
      insert(DB.db, "conversions", conversion(number, { test: number % 5 ? 0 : 1 }));
    }
  };
  write(0);
  await closeConversions({ DB }, START_MS + 30 * HOUR_MS);
  write(1);
  DB.db.exec("UPDATE conversions SET status = 'reversed', amount = 0, affiliate = 9, seq = 2 WHERE event = 'sale'");
  DB.db.exec(
    "UPDATE conversions SET received_at = received_at + 21600000, seq = 3 WHERE CAST(substr(conversion_id, 11) AS INTEGER) % 13 = 0",
  );
  DB.db.exec("UPDATE conversions SET country = 'FR', click_joined = 1 WHERE event = 'lead'");
  DB.db.exec("DELETE FROM conversions WHERE CAST(substr(conversion_id, 11) AS INTEGER) % 11 = 0");
});

/** When each clock says, and by what the closed rows are known. */
const CLOSED = "conversion_id < (SELECT until FROM closed_conversions)";
const CLOCKS = [
  ["received", "received_at"],
  ["clicked", "clicked_at"],
] as const;
const UNITS = [
  ["hour", 3_600_000, 4, CLOSED],
  ["day", 86_400_000, 96, `${CLOSED} AND %at / 900000 < (SELECT days FROM closed_conversions)`],
] as const;
const { spans, keys, sums } = CONVERSION_ROLLUP;

/** What the rows come to, each column under the SQL of its entry. */
function ofRows(
  time: string,
  columns: { column: string; ofRow: string }[],
  [, ms, quarters, which]: readonly [unit: string, ms: number, quarters: number, which: string],
) {
  const by = keys.map((name) => `${DIMENSIONS.get(name)?.sql ?? name} AS ${name}`);
  const added = columns.map(({ column, ofRow }) => `sum(${ofRow}) AS ${column}`);
  const places = [1, ...keys.map((_, index) => index + 2)];
  const start = `${time} / ${ms} * ${quarters} AS start`;
  return DB.db
    .prepare(
      `SELECT ${[start, ...by, ...added]} FROM conversions WHERE ${which.replace("%at", time)} GROUP BY ${places}`,
    )
    .all();
}

/** What a table of the rollup says. A cell that nothing is left in stays, with zeros. */
function ofCells(clock: string, unit: string) {
  const counted = sums.map((name) => `${name} <> 0`).join(" OR ");
  const order = ["start", ...keys].join(", ");
  return DB.db
    .prepare(
      `SELECT ${["start", ...keys, ...sums]} FROM ${spans} WHERE clock = ? AND unit = ? AND (${counted}) ORDER BY ${order}`,
    )
    .all(clock, unit);
}

describe.each(CLOCKS)("conversions, by the clock %s", (clock, time) => {
  test.each(UNITS)("are added up by the %s as the closed rows are", (...unit) => {
    const counted = ofRows(time, addedColumns("conversions"), unit);
    expect(counted.length).toBeGreaterThan(1);
    expect(ofCells(clock, unit[0])).toEqual(counted);
  });

  test("a measure that was counted otherwise would be missed", () => {
    const all = addedColumns("conversions");
    for (const { column } of all) {
      const columns = all.map((one) => (one.column === column ? { column, ofRow: "2" } : one));
      expect(ofRows(time, columns, UNITS[0])).not.toEqual(ofCells(clock, "hour"));
    }
  });
});

test("what is not closed is in no sum, and there is some", () => {
  const open = DB.db.prepare(`SELECT count(*) AS n FROM conversions WHERE NOT ${CLOSED}`).get();
  expect(Number(open?.n)).toBeGreaterThan(50);
});

test("a click that is joined changes no sum", () => {
  const changes = () => DB.db.prepare("SELECT total_changes() AS n").get()?.n;
  const before = Number(changes());
  const joined = DB.db.prepare(`UPDATE conversions SET country = 'AT', device = 'tablet' WHERE ${CLOSED}`).run();
  expect(Number(changes()) - before).toBe(Number(joined.changes));
  expect(Number(joined.changes)).toBeGreaterThan(50);
});

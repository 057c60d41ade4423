/** The rollups' tables and triggers, as migrations write them, tell apart and count what the lists of dimensions and measures say. */
import type { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { DIMENSIONS, namesOf } from "../../workers/core/metrics/dimensions.ts";
import { addedColumns } from "../../workers/core/metrics/measures.ts";
import { CLICK_ROLLUP, CONVERSION_ROLLUP, type Rollup } from "../../workers/core/metrics/rollups.ts";
import { sealSpans } from "../../workers/ledger/spans.ts";
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

const BUCKETS = ["click_bucket", "arrival_bucket"];
const ofPostbacks = namesOf((dimension) => dimension.ofPostbacks === true);
const TABLES: [string, SqliteD1, readonly string[], readonly string[]][] = [
  [CLICK_ROLLUP.spans, DB, ["unit", "start", ...CLICK_ROLLUP.keys], CLICK_ROLLUP.sums],
  [
    CONVERSION_ROLLUP.quarters,
    DB,
    ["clock", "quarter", ...CONVERSION_ROLLUP.keys, ...CONVERSION_ROLLUP.finer, ...BUCKETS],
    CONVERSION_ROLLUP.sums,
  ],
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
  conversion_id: `${number}`.padStart(26, "0"),
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

/** Rows that come in time, an hour and a day that are added up, and rows that come, change and go after that. */
beforeAll(async () => {
  const write = (from: number) => {
    for (let number = from; number < 300; number += 2) {
      insert(DB.db, "conversions", conversion(number, { test: number % 5 ? 0 : 1 }));
    }
  };
  write(0);
  await sealSpans({ DB }, START_MS + 30 * HOUR_MS);
  write(1);
  DB.db.exec("UPDATE conversions SET status = 'reversed', amount = 0, affiliate = 9, seq = 2 WHERE event = 'sale'");
  DB.db.exec("DELETE FROM conversions WHERE conversion_id % 11 = 0");
});

interface Counting {
  database: SqliteD1;
  rollup: Rollup;
  /** What is counted, and which cells of the rollup say so. */
  rows: string;
  cells: string;
  columns: { column: string; ofRow: string }[];
}

/** What the rows come to by these names, each under the SQL of its entry. */
function ofRows({ database, rows, columns }: Counting, keys: readonly string[]) {
  const by = keys.map((name) => `${DIMENSIONS.get(name)?.sql ?? name} AS ${name}`);
  const added = columns.map(({ column, ofRow }) => `sum(${ofRow}) AS ${column}`);
  const places = keys.map((_, index) => index + 1);
  return database.db.prepare(`SELECT ${[...by, ...added]} FROM ${rows} GROUP BY ${places}`).all();
}

/** What a table of the rollup comes to by these names. A cell that nothing is left in stays, with zeros. */
function ofCells({ database, rollup: { sums }, cells }: Counting, table: string, keys: readonly string[], where = "") {
  const added = sums.map((name) => `sum(${name}) AS ${name}`);
  const counted = sums.map((name) => `sum(${name}) <> 0`).join(" OR ");
  const places = keys.map((_, index) => index + 1);
  const from = `FROM ${table} WHERE ${cells} ${where} GROUP BY ${places} HAVING ${counted}`;
  return database.db.prepare(`SELECT ${[...keys, ...added]} ${from}`).all();
}

const conversions: Counting = {
  database: DB,
  rollup: CONVERSION_ROLLUP,
  rows: "conversions",
  cells: "clock = 'received'",
  columns: addedColumns("conversions"),
};

describe.each([
  ["conversions, by receipt", conversions],
  ["conversions, by click", { ...conversions, cells: "clock = 'clicked'" }],
] as const)("%s", (_, counting) => {
  const { quarters, spans, keys, finer } = counting.rollup;

  test("are counted by quarter-hours as the rows are", () => {
    const all = [...keys, ...finer];
    const counted = ofRows(counting, all);
    expect(counted.length).toBeGreaterThan(1);
    expect(ofCells(counting, quarters, all)).toEqual(counted);
  });

  test("a measure that was counted otherwise would be missed", () => {
    for (const { column } of counting.columns) {
      const columns = counting.columns.map((one) => (one.column === column ? { column, ofRow: "2" } : one));
      expect(ofRows({ ...counting, columns }, keys)).not.toEqual(ofCells(counting, quarters, keys));
    }
  });

  test.each(["hour", "day"])("are added up by the %s", (unit) => {
    const sealed = counting.database.db.prepare("SELECT until FROM sealed_spans WHERE unit = ?").get(unit);
    const counted = ofCells(counting, quarters, keys, `AND quarter < ${sealed?.until}`);
    expect(counted.length).toBeGreaterThan(1);
    expect(ofCells(counting, spans, keys, `AND unit = '${unit}'`)).toEqual(counted);
  });
});

/** Sums at the bounds: however large the amounts and however many, what triggers count and reports say is what whole numbers without end come to, and what comes late is added to it. */
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { base32Sql } from "../../scripts/growth/month.ts";
import type { ReportEnv } from "../../workers/console/reports/counted-groups.ts";
import type { ReportQuery } from "../../workers/console/reports/plan.ts";
import { type ReportRow, runReport } from "../../workers/console/reports/report.ts";
import { reportParquet } from "../../workers/console/reports/report-parquet.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { formatMicros, MAX_AMOUNT_MICROS } from "../../workers/core/money.ts";
import { openParquet } from "../../workers/core/parquet-reader.ts";
import { MAX_PERCENT } from "../../workers/core/pricing.ts";
import { closeConversions } from "../../workers/ledger/close-conversions.ts";
import { MemoryBucket } from "../archive/archive-world.ts";
import { reportEnv } from "../click-log/click-log.ts";
import { MemoryDays } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 10, 1);
const NOW_MS = START_MS + 72 * HOUR_MS;
const MONEY = ["amount", "revenue", "payout"] as const;
/** What a price comes to at the limits of amount and percentage. */
const MOST = (MAX_AMOUNT_MICROS * MAX_PERCENT) / 100;
const CALLERS: Caller[] = [
  { name: "all", role: "admin", scope: "everything" },
  { name: "one", role: "advertiser", scope: { advertiser: 1, pseudonyms: null } },
  { name: "two", role: "advertiser", scope: { advertiser: 2, pseudonyms: null } },
];

const SET_UP = `
  INSERT INTO advertisers (slug, name, credentials, created_at, updated_at) VALUES ('one', 'a', '[]', 0, 0), ('two', 'a', '[]', 0, 0);
  INSERT INTO affiliates (slug, name, created_at, updated_at) VALUES ('blog', 'a', 0, 0);
  INSERT INTO offers (slug, name, advertiser, destination, currency, created_at, updated_at)
  VALUES ('shoes', 'o', 1, 'https://a.example', 'USD', 0, 0), ('tea', 'o', 2, 'https://a.example', 'USD', 0, 0);
  INSERT INTO links (slug, offer, affiliate, created_at, updated_at) VALUES ('shoes-blog', 1, 1, 0, 0), ('tea-blog', 2, 1, 0, 0)`;

type World = ReportEnv & Record<"DB" | "LOG", SqliteD1>;

function makeWorld(): World {
  const quiet = async () => {};
  const DB = new SqliteD1("books", "schema/migrations/books", quiet);
  DB.db.exec(SET_UP);
  const LOG = new SqliteD1("log", "schema/migrations/log", quiet);
  const read = reportEnv({ DB, LOG, clicks: new MemoryDays(DB), ARCHIVE: new MemoryBucket(quiet) });
  return { ...read, DB, LOG };
}

/** So many conversions alike, received from an hour on. */
interface Batch {
  count: number;
  advertiser: number;
  hour: number;
  amount: number;
  revenue: number;
  payout: number;
}

function insert(
  { DB }: { DB: { db: DatabaseSync } },
  { count, advertiser, hour, amount, revenue, payout }: Batch,
  number: number,
): void {
  const from = START_MS + hour * HOUR_MS;
  const at = `(${from} + i * 300)`;
  // Three to a click.
  const clicked = `(${from} + i / 3 * 900)`;
  DB.db.exec(`
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count})
    INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, click_id, status, currency, amount, revenue, payout,
      clicked_at, occurred_at, received_at, settled_at, test)
    SELECT ${base32Sql(at, 10)} || printf('%08x%08x', ${number}, i), 1, ${advertiser}, ${advertiser}, 1, ${advertiser}, 'sale',
      ${base32Sql(`(1 << 56) | (${clicked} << 8) | (1 << 4)`, 12)} || printf('%012x%012x', ${number}, i / 3), 'approved', 'USD', ${amount}, ${revenue}, ${payout},
      ${clicked}, ${at}, ${at}, ${at}, 0 FROM n`);
}

/** What the rows come to, of all or of an advertiser. */
function expected({ DB }: World, advertiser: number | null) {
  const rows = DB.db
    .prepare(`SELECT amount, revenue, payout, click_id FROM conversions WHERE ?1 IS NULL OR advertiser = ?1`)
    .all(advertiser);
  const sum = (name: (typeof MONEY)[number]) => rows.reduce((total, row) => total + BigInt(Number(row[name])), 0n);
  const [amount, revenue, payout] = [sum("amount"), sum("revenue"), sum("payout")];
  return { amount, revenue, payout, margin: revenue - payout };
}

async function told(world: World, caller: Caller, query: ReportQuery) {
  const report = await runReport(world, caller, query, NOW_MS);
  if (!report.ok) throw new Error(report.refusal.detail);
  return report.value;
}

const METRICS = ["amount", "revenue", "payout", "margin"];
const RANGE = { from: new Date(START_MS).toISOString(), to: new Date(NOW_MS).toISOString() };

async function totalsOf(world: World, caller: Caller, group_by: string[]): Promise<ReportRow | undefined> {
  return (await told(world, caller, { ...RANGE, metrics: METRICS, group_by })).totals[0];
}

const micros = (most: number) =>
  fc.oneof(
    fc.constantFrom(most, most - 1, -most, 1 - most, 0, 1, -1, 999_999, 1_000_000, -1_000_001),
    fc.integer({ min: -most, max: most }),
  );
const batch: fc.Arbitrary<Batch> = fc.record({
  // The last is more than a sum of micros in 63 bits has room for.
  count: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 1, arbitrary: fc.constant(2_000) },
  ),
  advertiser: fc.constantFrom(1, 2),
  hour: fc.nat(49),
  amount: micros(MAX_AMOUNT_MICROS),
  revenue: micros(MOST),
  payout: micros(MOST),
});
const change = fc.constantFrom(
  "UPDATE conversions SET seq = seq + 1, status = 'reversed', amount = 0, revenue = 0, payout = 0 WHERE amount % 2 = 0",
  "UPDATE conversions SET seq = seq + 1, amount = -amount, revenue = payout, payout = revenue",
  `UPDATE conversions SET seq = seq + 1, revenue = ${MOST}, payout = -${MOST} WHERE advertiser = 1`,
  "DELETE FROM conversions WHERE revenue < 0",
  "UPDATE conversions SET seq = seq + 1, received_at = received_at + 21600000 WHERE payout > 0",
);

test("sums are those of whole numbers without end, by days and by rows", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 3 }),
      fc.array(batch, { maxLength: 2 }),
      fc.array(change, { maxLength: 3 }),
      async (inTime, late, changes) => {
        const world = makeWorld();
        for (const [index, one] of inTime.entries()) insert(world, one, index);
        await closeConversions(world, NOW_MS);
        for (const [index, one] of late.entries()) insert(world, one, 100 + index);
        for (const sql of changes) world.DB.db.exec(sql);
        for (const caller of CALLERS) {
          const advertiser =
            caller.scope === "everything" || !("advertiser" in caller.scope) ? null : caller.scope.advertiser;
          const { amount, ...others } = expected(world, advertiser);
          const sums = advertiser === null ? { amount, ...others } : { amount, revenue: others.revenue };
          for (const group_by of [["advertiser"], ["country"], ["os"]]) {
            const totals = (await totalsOf(world, caller, group_by)) ?? {};
            for (const [name, sum] of Object.entries(sums))
              expect([group_by, name, totals[name] ?? "0.00"]).toEqual([group_by, name, formatMicros(sum)]);
          }
        }
      },
    ),
    { numRuns: 15 },
  );
}, 120_000);

const LARGEST: Batch = {
  count: 10_000,
  advertiser: 1,
  hour: 1,
  amount: MAX_AMOUNT_MICROS,
  revenue: MOST,
  payout: MOST,
};
const USUAL: Batch = { count: 5, advertiser: 2, hour: 1, amount: 40_000_000, revenue: 6_000_000, payout: 4_000_000 };

test("ten thousand sales at the limit are counted, added up and told, and so is what comes beside them", async () => {
  const world = makeWorld();
  insert(world, LARGEST, 0);
  insert(world, USUAL, 1);
  await closeConversions(world, NOW_MS);
  insert(world, { ...LARGEST, count: 1 }, 2);
  insert(world, USUAL, 3);
  const [all] = CALLERS;
  if (!all) throw new Error("there is no admin");
  const report = await told(world, all, { ...RANGE, metrics: [...METRICS, "ltv", "aov"], group_by: ["advertiser"] });
  expect(report.rows).toEqual([
    expect.objectContaining({
      advertiser: "one",
      amount: "10001000000000.00",
      revenue: "50005000000000.00",
      aov: "1000000000.00",
    }),
    expect.objectContaining({ advertiser: "two", amount: "400.00", revenue: "60.00", aov: "40.00" }),
  ]);
  expect(report.rows[0]?.ltv).toMatch(/^1499\d{7}\./);
  const parquet = openParquet(new Uint8Array(Buffer.concat(reportParquet(report))));
  for await (const rows of parquet.groups()) expect(rows[0]?.[2]).toBe("10001000000000000000");
});

const BOOKS = "schema/migrations/books";

test("what was counted in micros is counted in units and the rest, to the last digit", () => {
  const db = new DatabaseSync(":memory:");
  const files = readdirSync(BOOKS).sort();
  const migrate = (names: string[]) => {
    for (const name of names) db.exec(readFileSync(`${BOOKS}/${name}`, "utf8"));
  };
  const own = files.indexOf("0018_sums.sql");
  migrate(files.slice(0, own));
  db.exec("UPDATE sealed_spans SET until = 3000000");
  const amounts = [MAX_AMOUNT_MICROS, 1, 999_999, 1_000_001, -1, -1_000_001];
  for (const [index, amount] of amounts.entries())
    insert(
      { DB: { db } },
      { count: 3, advertiser: 1, hour: index, amount, revenue: -amount, payout: 5 * amount },
      index,
    );
  const sums = (table: string, value: (name: string) => string) =>
    db
      .prepare(
        `SELECT ${MONEY.map((name) => `CAST(sum(${value(name)}) AS TEXT) AS ${name}`)} FROM ${table} GROUP BY clock`,
      )
      .all();
  const tables = ["conversion_quarters", "conversion_spans WHERE unit = 'day'"];
  const before = tables.map((table) => sums(table, (name) => name));
  migrate(files.slice(own, files.indexOf("0052_closed_sums.sql")));
  const after = tables.map((table) => sums(table, (name) => `${name}_units * 1000000 + ${name}_rest`));
  expect(after).toEqual(before);
  expect(before[0]?.[0]?.amount).toBe(String(3 * amounts.reduce((sum, amount) => sum + amount, 0)));
});

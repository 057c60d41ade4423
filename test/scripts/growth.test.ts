/** What `npm run growth` fills its systems with: rows as the code writes them, under keys of their times, and rollups as the triggers would have counted. */
import { expect, test } from "vitest";
import { insertBetween } from "../../scripts/bench/results.ts";
import { base32Sql, FROM_MS, TO_MS } from "../../scripts/growth/month.ts";
import { type GrowthRow, growthTable, resultOf } from "../../scripts/growth/rows.ts";
import { seedClicks } from "../../scripts/growth/seed-clicks.ts";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import { peekClickId } from "../../workers/core/click-id.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const quiet = async () => {};
const clickLog = () => new SqliteD1("clicks", "schema/migrations/clicks", quiet);
const CLICKS = 3_000;

type Row = Record<string, string | number | null>;
const rows = ({ db }: SqliteD1, sql: string): Row[] => JSON.parse(JSON.stringify(db.prepare(sql).all()));

test.each([0, 1, 31, 32, FROM_MS, TO_MS - 1])("%i in base32 is what the books write", (atMs) => {
  const { db } = clickLog();
  expect(db.prepare(`SELECT ${base32Sql(String(atMs), 10)} AS text`).get()).toEqual({ text: timePrefix(atMs) });
});

test("seeded clicks have IDs of their times, and are counted as the triggers count", async () => {
  const seeded = clickLog();
  await seedClicks(seeded, CLICKS);
  const clicks = rows(seeded, "SELECT * FROM clicks");
  expect(clicks).toHaveLength(CLICKS);
  for (const { click_id, clicked_at } of clicks) {
    const id = peekClickId(String(click_id));
    expect(id).toMatchObject({ issuedAtMs: clicked_at, test: false, provisional: false });
  }
  const counted = clickLog();
  for (const row of clicks) {
    const columns = Object.keys(row);
    const marks = columns.map(() => "?").join(", ");
    counted.db.prepare(`INSERT INTO clicks (${columns.join(", ")}) VALUES (${marks})`).run(...Object.values(row));
  }
  expect(rows(seeded, "SELECT * FROM click_quarters")).toEqual(rows(counted, "SELECT * FROM click_quarters"));
  const triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name";
  expect(rows(seeded, triggers)).toEqual(rows(counted, triggers));
});

const row = (ratio: number): GrowthRow => ({
  name: "report",
  comparison: { what: "large", reference: "small", unit: "ms", atMost: 1.5, aim: 1.1 },
  ratio: { ratio, min: 0.98765, max: 2, reference: 20, ours: 20 * ratio },
});

test("a row is kept as the benchmark keeps its own", () => {
  const kept = { name: "report", reference: "small", min: 0.988, max: 2, goal: "≤ 1.50" };
  expect(resultOf(row(1.04999))).toEqual({ ...kept, ratio: 1.05, holds: true });
  expect(resultOf(row(1.6))).toEqual({ ...kept, ratio: 1.6, holds: false });
});

test("what does not hold stands out in the table", () => {
  expect(
    growthTable([row(1.05), row(1.6)])
      .split("\n")
      .slice(2),
  ).toEqual([
    "| large | small | 1.05 | 0.99–2.00 | ≤ 1.50, aim 1.1 | 21.0 ms | 20.0 |",
    "| large | small | **1.60** | 0.99–2.00 | ≤ 1.50, aim 1.1 | 32.0 ms | 20.0 |",
  ]);
});

test("a table stands between its own marks, and nowhere else", () => {
  const document = "a\n<!-- growth -->\nold\n<!-- /growth -->\nb";
  expect(insertBetween(document, "growth", "new")).toBe("a\n<!-- growth -->\nnew\n<!-- /growth -->\nb");
  expect(() => insertBetween(document, "bench", "new")).toThrow("<!-- bench -->");
});

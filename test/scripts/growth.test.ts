/** What `npm run growth` fills its systems with, the real ledger taking it: clicks of their times, each once, which are found again by their numbers; and how what it finds is shown. */
import { expect, test } from "vitest";
import type { ClicksMessage } from "../../schema/messages.ts";
import { insertBetween } from "../../scripts/bench/results.ts";
import {
  type DrawnBatches,
  drawnBatch,
  drawnClickId,
  drawnRing,
  spreadNumbers,
} from "../../scripts/growth/drawn-clicks.ts";
import { limitResult, limitTable } from "../../scripts/growth/limits.ts";
import { base32Sql, FROM_MS, TO_MS } from "../../scripts/growth/month.ts";
import { type GrowthRow, growthTable, resultOf } from "../../scripts/growth/rows.ts";
import { archiveClicks, dayOfClicks, monthOfClicks, seedClicks } from "../../scripts/growth/seed-clicks.ts";
import { timePrefix } from "../../workers/core/books/conversion-id.ts";
import { peekClickId } from "../../workers/core/click-id.ts";
import { dayOf } from "../../workers/core/click-log/click-days.ts";
import { DAY_MS } from "../../workers/core/time-units.ts";
import { findClicks, logClicks } from "../../workers/ledger/click-log.ts";
import { MemoryDays, NOTHING_ARCHIVED } from "../ledger/click-days.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { START_MS } from "../ledger/world.ts";

const ring = await drawnRing();
const books = () => new SqliteD1("books", "schema/migrations/books", async () => {});
const CLICKS = 3_000;

test.each([0, 1, 31, 32, FROM_MS, TO_MS - 1])("%i in base32 is what the books write", (atMs) => {
  const { db } = books();
  expect(db.prepare(`SELECT ${base32Sql(String(atMs), 10)} AS text`).get()).toEqual({ text: timePrefix(atMs) });
});

test("seeded clicks are asked for once each, of their times, and then archived day by day", async () => {
  const asked: [path: string, body: string][] = [];
  const clicks: string[] = [];
  const waiting = [100, 0];
  const ask = async <Answer>(path: string, body = ""): Promise<Answer> => {
    asked.push([path, body]);
    if (path !== "/log-drawn") return JSON.parse(String(path === "/archive-clicks" ? waiting.shift() : null));
    const { plan, from, to, perBatch }: DrawnBatches = JSON.parse(body);
    for (let next = from; next < to; next += perBatch)
      clicks.push(...idsOf(drawnBatch(ring, plan, next, Math.min(to, next + perBatch))));
    return JSON.parse(String(to - from));
  };
  const month = monthOfClicks(CLICKS);
  await seedClicks(ask, month, 7);
  await archiveClicks(ask, month);
  expect(new Set(clicks).size).toBe(CLICKS);
  const times = clicks.map((clickId) => peekClickId(clickId)?.issuedAtMs ?? 0);
  expect([Math.min(...times), new Set(times.map(dayOf)).size]).toEqual([FROM_MS, (TO_MS - FROM_MS) / DAY_MS]);
  expect(Math.max(...times)).toBeLessThan(TO_MS);
  expect(asked.filter(([path]) => path === "/archive-clicks")).toHaveLength(2);
  expect(asked.find(([path]) => path === "/tell-hours")?.[1]).toBe("clicks:2026-10-01");
});

test("a drawn day is logged whole, every second click a first visit less bots, and found again by its numbers", async () => {
  const DB = books();
  const held = new MemoryDays(DB);
  const parts = { ...NOTHING_ARCHIVED, DB, days: held.days, VISITS: "exact" };
  const plan = dayOfClicks(dayOf(START_MS), CLICKS, true);
  // As a batch that comes to the day later, of clicks that are not among them.
  const more = { ...plan, before: CLICKS, total: 100 };
  for (let next = 0; next < CLICKS; next += 500)
    await logClicks(parts, drawnBatch(ring, plan, next, next + 500), START_MS);
  await logClicks(parts, drawnBatch(ring, more, 0, 100), START_MS);
  const rows = held.rows();
  expect(rows).toHaveLength(CLICKS + 100);
  expect(rows.filter(({ kind }) => kind === "bot")).toHaveLength((CLICKS + 100) / 50);
  // Where the first of two is a bot, the second is the first visit.
  expect(rows.filter(({ unique }) => unique === 1)).toHaveLength((CLICKS + 100) / 2);
  const numbers = spreadNumbers(plan, 100, 3);
  expect(new Set(numbers).size).toBe(100);
  const found = await findClicks(
    parts,
    numbers.map((number) => drawnClickId(ring, plan, number)),
  );
  expect(found.size).toBe(100);
});

function idsOf(messages: readonly ClicksMessage[]): string[] {
  return messages.flatMap(({ clicks }) => clicks.map(({ clickId }) => clickId));
}

test("what takes longer than it may stands out, and is kept with the limit", () => {
  const [find, add] = [
    { name: "find", what: "look-up", ms: [1, 2.00049, 9], atMostMs: 25 },
    { name: "add", what: "batch", ms: [5_001], atMostMs: 5_000 },
  ];
  expect(limitResult(find)).toEqual({ name: "find", ms: 2, min: 1, max: 9, goal: "≤ 25 ms", holds: true });
  expect(limitTable([find, add]).split("\n").slice(2)).toEqual([
    "| look-up | 2.00 ms | 1.00–9.00 | ≤ 25 ms |",
    "| batch | **5,001 ms** | once | ≤ 5,000 ms |",
  ]);
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

/** What the soak judges by: how memory grows, and what sent and booked must have in common. */
import { expect, test } from "vitest";
import { seededRandom } from "../../scripts/demo/random.ts";
import type { Books } from "../../scripts/soak/books.ts";
import type { Sent } from "../../scripts/soak/load.ts";
import { memoryTrend } from "../../scripts/soak/memory-trend.ts";
import { LOST_WITHIN_MS, reckon } from "../../scripts/soak/reckoning.ts";
import { writeStory } from "../../scripts/soak/stories.ts";

const everySecond = (bytesAt: (second: number) => number, seconds: number) =>
  Array.from({ length: seconds }, (_, second) => ({ ageMs: second * 1_000, bytes: bytesAt(second) }));

test.each([
  { name: "as it is", bytes: () => 300, ratio: 1 },
  { name: "warming up and then staying", bytes: (second: number) => Math.min(300, 100 + second * 10), ratio: 1 },
  { name: "a saw of garbage", bytes: (second: number) => 300 + (second % 10), ratio: 1 },
  { name: "a leak", bytes: (second: number) => 100 + second, ratio: 535 / 235 },
])("memory $name", ({ bytes, ratio }) => {
  expect(memoryTrend(everySecond(bytes, 510))?.ratio).toBeCloseTo(ratio, 1);
});

test("a short life tells nothing of memory", () => {
  expect(memoryTrend(everySecond(() => 300, 80))).toBeNull();
});

const BOOKED = { txid: "t1", status: "approved", amountCents: 1_000, revenueCents: 150, payoutCents: 100 };
const sent = (): Sent => ({
  clicks: new Map([["c1", 10_000]]),
  accepted: new Map([["r1", { parameters: { txid: "t1" }, atMs: 10_000 }]]),
  booked: [BOOKED],
  refused: 0,
  wrong: [],
  retries: 0,
  stayedAway: 0,
});
const books = (): Books => ({
  postbacks: new Map([["r1", "attributed"]]),
  double: [],
  conversions: new Map([["t1", BOOKED]]),
  clicks: new Set(["c1"]),
});

test.each<{ name: string; change: (sent: Sent, books: Books) => void; kills?: number[]; faults: RegExp[] }>([
  { name: "all is well", change: () => {}, faults: [] },
  {
    name: "a receipt without a row",
    change: (_, held) => held.postbacks.clear(),
    faults: [/no row for the accepted receipt r1/],
  },
  { name: "a failed message", change: (_, held) => held.postbacks.set("r1", "failed"), faults: [/r1 is failed/] },
  { name: "two rows", change: (_, held) => held.double.push("r1"), faults: [/two rows/] },
  { name: "no conversion", change: (_, held) => held.conversions.clear(), faults: [/should say .* and say undefined/] },
  {
    name: "other money",
    change: (_, held) => held.conversions.set("t1", { ...BOOKED, payoutCents: 99 }),
    faults: [/should say/],
  },
  { name: "an order too many", change: (_, held) => held.conversions.set("t2", BOOKED), faults: [/never sent: t2/] },
  { name: "a wrong answer", change: (given) => given.wrong.push("500"), faults: [/500/] },
  { name: "a click lost without a kill", change: (_, held) => held.clicks.clear(), faults: [/answered Infinity ms/] },
  {
    name: "a click lost after the kill",
    change: (_, held) => held.clicks.clear(),
    kills: [9_000],
    faults: [/Infinity/],
  },
  {
    name: "a click lost just before a kill",
    change: (_, held) => held.clicks.clear(),
    kills: [10_500, 60_000],
    faults: [],
  },
  {
    name: "a click lost long before a kill",
    change: (_, held) => held.clicks.clear(),
    kills: [10_001 + LOST_WITHIN_MS],
    faults: [/was lost/],
  },
])("$name", ({ change, kills = [], faults }) => {
  const [given, held] = [sent(), books()];
  change(given, held);
  const found = reckon(given, held, kills).faults;
  expect(found).toHaveLength(faults.length);
  for (const [index, pattern] of faults.entries()) expect(found[index]).toMatch(pattern);
});

test("every story says what its messages leave: ten per cent of what remains is paid, fifteen is charged", () => {
  const random = seededRandom(1);
  for (let number = 0; number < 500; number++) {
    const { messages, booked } = writeStory("c".repeat(36), `t${number}`, random);
    if (!booked) continue;
    const sums = messages.map(({ parameters }) => Number(parameters.amount ?? 0) * (parameters.refund_id ? -100 : 100));
    const sold = Math.max(...sums);
    const given = sums.filter((cents) => cents < 0).reduce((sum, cents) => sum + cents, 0);
    const left = booked.status === "approved" ? sold + given : 0;
    expect(booked).toMatchObject({ amountCents: left, payoutCents: left / 10, revenueCents: (left * 15) / 100 });
    expect(booked.amountCents).toBeGreaterThanOrEqual(0);
  }
});

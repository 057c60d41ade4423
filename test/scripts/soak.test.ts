/** What the soak judges by: how memory grows, and what sent and booked must have in common. */
import { expect, test } from "vitest";
import type { ExpectedConversion } from "../../scripts/programme/scene.ts";
import type { Books } from "../../scripts/soak/books.ts";
import type { Sent } from "../../scripts/soak/load.ts";
import { memoryTrend } from "../../scripts/soak/memory-trend.ts";
import { LOST_WITHIN_MS, reckon } from "../../scripts/soak/reckoning.ts";
import { missingOf, orderFaults, untoldFault } from "../../scripts/soak/telling.ts";

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

const BOOKED: ExpectedConversion = {
  advertiser: "shop",
  affiliate: "blog",
  event: "sale",
  txid: "t1",
  status: "approved",
  currency: "USD",
  amountMicros: 10_000_000,
  revenueMicros: 1_500_000,
  payoutMicros: 1_000_000,
  test: false,
};
const POSTBACK = { advertiser: "shop", params: { txid: "t1" }, expect: "attributed" };
const sent = (): Sent => ({
  clicks: new Map([["c1", 10_000]]),
  accepted: new Map([["r1", { postback: POSTBACK, atMs: 10_000 }]]),
  conversions: [BOOKED],
  refused: 0,
  wrong: [],
  retries: 0,
  stayedAway: 0,
});
const books = (): Books => ({
  postbacks: new Map([["r1", "attributed"]]),
  double: [],
  conversions: [BOOKED],
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
  {
    name: "no conversion",
    change: (_, held) => held.conversions.pop(),
    faults: [/the books lack .*"t1"/],
  },
  {
    name: "other money",
    change: (_, held) => held.conversions.splice(0, 1, { ...BOOKED, payoutMicros: 999_999 }),
    faults: [/the books lack .*1000000/, /nobody sent .*999999/],
  },
  {
    name: "an order too many",
    change: (_, held) => held.conversions.push({ ...BOOKED, txid: "t2" }),
    faults: [/nobody sent .*"t2"/],
  },
  {
    name: "an order twice",
    change: (_, held) => held.conversions.push({ ...BOOKED }),
    faults: [/nobody sent .*"t1"/],
  },
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

const ENTRIES = [1, 2].map((sequence) => ({ conversionId: "c1", sequence, affiliate: "blog" }));
const told = (...sequences: number[]) =>
  sequences.map((sequence, index) => ({ conversionId: "c1", sequence, deliveryId: `d${index}` }));

test("an entry that its receiver did not take is missing", () => {
  expect(missingOf(told(1, 2), ENTRIES)).toEqual([]);
  expect(missingOf(told(2), ENTRIES)).toEqual([ENTRIES[0]]);
});

test.each([
  { taken: told(1, 2), faults: 0 },
  { taken: told(1, 3), faults: 0 },
  { taken: told(2, 1), faults: 1 },
  { taken: told(1, 1), faults: 1 },
])("order $taken", ({ taken, faults }) => {
  expect(orderFaults(taken)).toHaveLength(faults);
});

test.each([
  { untold: { status: "skipped", reason: "no_external_id" }, fault: null },
  { untold: { status: "in_doubt", reason: "no_answer" }, fault: null },
  { untold: { status: "skipped", reason: null }, fault: /without a reason/ },
  { untold: { status: "sent", reason: null }, fault: /was not taken/ },
  { untold: { status: "failed", reason: "receiver_failed" }, fault: /was not taken/ },
  { untold: null, fault: /has no delivery/ },
])("untold: $untold", ({ untold, fault }) => {
  const said = untoldFault({ conversionId: "c1", sequence: 1, affiliate: "blog" }, untold);
  if (fault) expect(said).toMatch(fault);
  else expect(said).toBeNull();
});

/** The bill, held to sums made by hand from the price list. */
import { describe, expect, test } from "vitest";
import type { Counters } from "../../scripts/bench/counters.ts";
import { more, NO_USAGE, times, type Usage, usageOf } from "../../scripts/bench/usage.ts";
import { billOf, sumOf } from "../../scripts/cost/bill.ts";
import { type SaidTraffic, type Traffic, trafficOf } from "../../scripts/cost/traffic.ts";

type Part =
  | "click"
  | "visit"
  | "batch"
  | "minute"
  | "cell"
  | "hour"
  | "hourLink"
  | "postback"
  | "conversion"
  | "conversionLater"
  | "conversionHourLink"
  | "delivery"
  | "run";

function counters(each: Partial<Record<Part, Partial<Usage>>>): Counters {
  const of = (part: Part): Usage => ({ ...NO_USAGE, ...each[part] });
  return {
    perClick: { clicksPerMessage: 100, bytesInMessage: 340, ...of("click") },
    perFirstVisit: of("visit"),
    perClickBatch: of("batch"),
    perClickMinute: of("minute"),
    perClickCell: of("cell"),
    perClickHour: of("hour"),
    perClickHourLink: of("hourLink"),
    perPostback: of("postback"),
    perConversion: { batch: 100, lies: {}, databaseBytes: 0, objectBytes: 0, ...of("conversion") },
    perConversionLater: of("conversionLater"),
    perConversionHourLink: of("conversionHourLink"),
    perDelivery: { rowBytes: 500, objectBytes: 5_000, ...of("delivery") },
    perDeliveryRun: of("run"),
  };
}

/** Clicks that come all at once, and are nobody's first visits. */
function traffic(given: Partial<Traffic>): Traffic {
  const clicks = given.clicks ?? 0;
  return {
    clicks,
    conversions: 0,
    clicksPerMessage: 100,
    firstVisits: 0,
    batches: 0,
    judgings: 0,
    minutes: 0,
    cells: 0,
    links: 0,
    hours: 0,
    hourLinks: 0,
    conversionHourLinks: 0,
    lateCells: 0,
    deliveries: 0,
    deliveriesPerRun: 1,
    answerMs: 0,
    hotDays: 0,
    ...given,
  };
}

const STORED = { databaseBytes: 2_000, objectBytes: 3_000 };

/** By themselves clicks take a request, a KV read of ten, and the queue: 0.35 a million, 3 operations of $0.40 for a hundred of them, and 36 B each in the archive at $0.015 a GB. */
const BARE = 0.35 + 0.012 + 0.000_54;

test.each<{
  name: string;
  traffic: Partial<Traffic>;
  each: Parameters<typeof counters>[0];
  stored?: typeof STORED;
  dollars: number;
}>([
  { name: "nothing", traffic: {}, each: {}, dollars: 0 },
  // 1,000,000 × $0.30 a million, 100,000 KV reads × $0.50 a million, 30,000 queue operations × $0.40 a million.
  { name: "a million clicks", traffic: { clicks: 1e6 }, each: {}, dollars: BARE },
  // A message of 200 × 340 B is two units: 6 operations for 200.
  { name: "large messages", traffic: { clicks: 1e6, clicksPerMessage: 200 }, each: {}, dollars: BARE },
  {
    name: "messages of one click",
    traffic: { clicks: 1e6, clicksPerMessage: 1 },
    each: {},
    dollars: 0.35 + 1.2 + 0.000_54,
  },
  // 10,000,000 × 2 ms × $0.02 a million.
  { name: "CPU of clicks", traffic: { clicks: 1e7 }, each: { click: { cpuMs: 2 } }, dollars: 10 * BARE + 0.4 },
  // 1e9 × 3 rows × $1 a million, 1e9 × 10 rows read × $0.001 a million.
  {
    name: "rows of clicks",
    traffic: { clicks: 1e9 },
    each: { click: { rowsWritten: 3, rowsRead: 10 } },
    dollars: 1_000 * BARE + 3_010,
  },
  // Half of them: 500,000 rows.
  {
    name: "first visits",
    traffic: { clicks: 1e6, firstVisits: 5e5 },
    each: { visit: { objectRowsWritten: 1 } },
    dollars: BARE + 0.5,
  },
  // 10,000 × (2 rows × $1 + 1 call × $0.15) a million.
  {
    name: "batches",
    traffic: { clicks: 1e6, batches: 1e4 },
    each: { batch: { objectRowsWritten: 2, objectCalls: 1 } },
    dollars: BARE + 0.0215,
  },
  // 10,000 × $0.15 a million.
  { name: "visitors who are judged apart", traffic: { clicks: 1e6, judgings: 1e4 }, each: {}, dollars: BARE + 0.0015 },
  // 40,000 × 3 rows, and 1,000,000 cells × 1 row.
  {
    name: "minutes, and what is counted apart in them",
    traffic: { clicks: 1e6, minutes: 4e4, cells: 1e6 },
    each: { minute: { objectRowsWritten: 3 }, cell: { objectRowsWritten: 1 } },
    dollars: BARE + 1.12,
  },
  // 100 hours × 20 rows, and in them 1,000 links × 3 rows.
  {
    name: "what becomes of them later",
    traffic: { clicks: 1e6, hours: 100, hourLinks: 1e3 },
    each: { hour: { rowsWritten: 20 }, hourLink: { rowsWritten: 3 } },
    dollars: BARE + 0.005,
  },
  // A request, a KV read of ten, one operation to write, two to read and delete: 1e7 × 3 × $0.40 a million.
  {
    name: "queue of postbacks",
    traffic: { conversions: 1e7 },
    each: { postback: { queueOperations: 1 }, conversion: { queueOperations: 2 } },
    dollars: 3.5 + 12,
  },
  // 1e7 × (8 + 6 rows) × $1 a million, and 1e7 × 14 rows read × $0.001 a million.
  {
    name: "rows of conversions",
    traffic: { conversions: 1e7 },
    each: { conversion: { rowsWritten: 8, objectRowsWritten: 6, rowsRead: 4, objectRowsRead: 10 } },
    dollars: 3.5 + 140.14,
  },
  // 1e7 rows that are deleted, and 1e6 hours' links × 2 rows.
  {
    name: "what becomes of conversions later",
    traffic: { conversions: 1e7, conversionHourLinks: 1e6 },
    each: { conversionLater: { rowsWritten: 1 }, conversionHourLink: { rowsWritten: 2 } },
    dollars: 3.5 + 12,
  },
  // 1,000,000 × (3 rows + 7 of the object) × $1 a million, 500 B × 3 months × $0.75 a GB, 5,000 B × $0.20 a GB, and 250,000 runs × (2 calls × $0.15 + 2 rows × $1 + 3 operations × $0.40) a million.
  // 300 ms of four at once: 75,000 s × 0.128 GB × $12.50 a million.
  {
    name: "deliveries, four in a run",
    traffic: { deliveries: 1e6, deliveriesPerRun: 4, answerMs: 300 },
    each: {
      delivery: { rowsWritten: 3, objectRowsWritten: 7 },
      run: { objectCalls: 2, rowsWritten: 1, objectRowsWritten: 1, queueOperations: 3 },
    },
    dollars: 10 + 1.125 + 1 + 0.25 * 3.5 + 0.12,
  },
  // 1e7 × 0.01 calls × $0.15 a million = $0.015; CPU 1e7 × 1 ms × $0.02 a million = $0.20; 1e7 ms × 0.128 GB = 1,280 GB-s × $12.50 a million = $0.016.
  {
    name: "calls of the object, and its time",
    traffic: { conversions: 1e7 },
    each: { conversion: { objectCalls: 0.01, cpuMs: 1 } },
    dollars: 3.5 + 0.231,
  },
  // Half a month of 1e9 × 48 B and 5e8 × 70 B are 41.5 GB × $0.20.
  {
    name: "clicks kept in objects",
    traffic: { clicks: 1e9, firstVisits: 5e8, hotDays: 15 },
    each: {},
    dollars: 1_000 * BARE + 8.3,
  },
  // 20 GB × $0.75 and 30 GB × $0.20.
  // A row each.
  { name: "conversions that come late", traffic: { lateCells: 1e6 }, each: {}, dollars: 1 },
  { name: "conversions kept", traffic: { conversions: 1e7 }, each: {}, stored: STORED, dollars: 3.5 + 21 },
])("$name", ({ traffic: given, each, stored, dollars }) => {
  const counted = counters(each);
  expect(
    sumOf(billOf(traffic(given), { ...counted, perConversion: { ...counted.perConversion, ...stored } })),
  ).toBeCloseTo(dollars, 6);
});

test("clicks and conversions are told apart, as are visits and what comes later, and what was not used is not listed", () => {
  const each = { visit: { objectRowsWritten: 1 }, hourLink: { rowsWritten: 1 }, conversion: { rowsWritten: 8 } };
  const lines = billOf(traffic({ clicks: 1e6, firstVisits: 1, hourLinks: 1, conversions: 1e6 }), counters(each));
  expect(lines.map(({ of, part }) => `${of}: ${part}`)).toEqual([
    "clicks: requests",
    "clicks: KV reads, one of ten",
    "clicks: queue operations",
    "clicks: first visits: object rows written",
    "clicks: later: rows written",
    "clicks: archive, GB-months",
    "conversions: requests",
    "conversions: KV reads, one of ten",
    "conversions: rows written",
  ]);
});

describe("a month's traffic", () => {
  const BATCHING = { messages: 100, waitS: 1, hotDays: 15 };
  const MONTH_S = 30 * 86_400;
  const month = (perSecond: number, given: Partial<SaidTraffic> = {}) =>
    trafficOf({ clicks: perSecond * MONTH_S, conversions: 0, firstVisitShare: 0.5, ...given }, BATCHING);

  test.each([
    [100, 2],
    [1_000, 4.5],
    [10_000, 10],
    [0.001, 1],
    [1e9, 140],
  ])("of %d clicks/s is supposed to have %d in a message", (perSecond, clicksPerMessage) => {
    expect(month(perSecond).clicksPerMessage).toBeCloseTo(clicksPerMessage, 1);
  });

  test.each([
    // Fifty messages a second: a batch goes after a second.
    [100, 2, 1],
    // A thousand: a batch goes when it has a hundred, into one of the day's eight objects.
    [10_000, 10, 10],
    // A batch a second with two messages.
    [2_000, 1_000, 1],
    // One in ten seconds: each goes by itself.
    [0.1, 1, 0.1],
  ])("of %d clicks/s, %d in a message, has %d batches a second", (perSecond, clicksPerMessage, batches) => {
    expect(month(perSecond, { clicksPerMessage }).batches / MONTH_S).toBeCloseTo(batches, 6);
  });

  test("has visitors judged apart where a day has several shards, as it needs for them alone", () => {
    expect(month(1_000)).toMatchObject({ judgings: 0, minutes: 43_200 });
    expect(month(10_000).judgings).toBeCloseTo(8 * month(10_000).batches, 6);
    expect(month(10_000, { firstVisitShare: 0 })).toMatchObject({ judgings: 0, minutes: 43_200 });
    expect(month(10_000, { links: 20 })).toMatchObject({ minutes: 9 * 43_200 });
  });

  test("has counts written once in a quarter-hour, and for every two million clicks", () => {
    expect(month(2_000, { links: 20 })).toMatchObject({ cells: 20 * 2_880 });
    expect(month(10_000, { links: 20 })).toMatchObject({ cells: 20 * 2_880 * 4.5 });
  });

  test("counts no more minutes, hours and links apart than there are clicks", () => {
    const few = trafficOf({ clicks: 10, conversions: 0, firstVisitShare: 1, links: 1_000 }, BATCHING);
    expect(few).toMatchObject({ minutes: 10, cells: 10, hours: 10, hourLinks: 10, firstVisits: 10 });
    expect(month(100, { links: 20 })).toMatchObject({ minutes: 43_200, cells: 20 * 2_880, hourLinks: 20 * 720 });
    expect(month(100, { links: 20, conversions: 10 })).toMatchObject({
      hours: 720,
      conversionHourLinks: 10,
      lateCells: 6,
    });
  });
});

test("what was counted is scaled, and what differs is taken by itself", () => {
  const billed = { rowsRead: 4, rowsWritten: 2, objectCalls: 1, objectRowsRead: 8, objectRowsWritten: 6 };
  const usage = times(usageOf(billed), 0.5);
  expect(usage).toEqual({
    ...NO_USAGE,
    rowsRead: 2,
    rowsWritten: 1,
    objectCalls: 0.5,
    objectRowsRead: 4,
    objectRowsWritten: 3,
  });
  expect(more(usage, { ...usage, rowsRead: 3, rowsWritten: 0 })).toEqual({ ...NO_USAGE, rowsWritten: 1 });
});

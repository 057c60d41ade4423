/** The bill, held to sums made by hand from the price list. */
import { expect, test } from "vitest";
import type { Counters, Usage } from "../../scripts/bench/counters.ts";
import { billOf, type Stored, sumOf, type Volume } from "../../scripts/cost/bill.ts";

const NOTHING: Usage = {
  requests: 0,
  cpuMs: 0,
  queueOperations: 0,
  rowsRead: 0,
  rowsWritten: 0,
  objectCalls: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
};

function counters(each: { click?: Partial<Usage>; postback?: Partial<Usage>; conversion?: Partial<Usage> }): Counters {
  return {
    perClick: { ...NOTHING, clicksPerMessage: 100, bytesInMessage: 340, ...each.click },
    perPostback: { ...NOTHING, ...each.postback },
    perConversion: { ...NOTHING, batch: 100, ...each.conversion },
  };
}

const STORED: Stored = { click: 200, conversion: 2_000, objectConversion: 3_000 };

test.each<{ name: string; volume: Volume; each: Parameters<typeof counters>[0]; stored?: Stored; dollars: number }>([
  { name: "nothing", volume: { clicks: 0, conversions: 0 }, each: {}, dollars: 0 },
  // 1,000,000 × $0.30 a million, and 100,000 KV reads × $0.50 a million.
  {
    name: "a million requests",
    volume: { clicks: 1e6, conversions: 0 },
    each: { click: { requests: 1 } },
    dollars: 0.35,
  },
  // 10,000,000 × 2 ms × $0.02 a million.
  { name: "CPU of clicks", volume: { clicks: 1e7, conversions: 0 }, each: { click: { cpuMs: 2 } }, dollars: 0.4 },
  // 1e9 × 0.03 operations × $0.40 a million.
  {
    name: "packed messages",
    volume: { clicks: 1e9, conversions: 0 },
    each: { click: { queueOperations: 0.03 } },
    dollars: 12,
  },
  // 1e9 × 3 rows × $1 a million, 1e9 × 10 rows read × $0.001 a million.
  {
    name: "rows of clicks",
    volume: { clicks: 1e9, conversions: 0 },
    each: { click: { rowsWritten: 3, rowsRead: 10 } },
    dollars: 3_010,
  },
  // One operation to write, two to read and delete: 1e7 × 3 × $0.40 a million.
  {
    name: "queue of postbacks",
    volume: { clicks: 0, conversions: 1e7 },
    each: { postback: { queueOperations: 1 }, conversion: { queueOperations: 2 } },
    dollars: 12,
  },
  // 1e7 × (8 + 6 rows) × $1 a million, and 1e7 × 14 rows read × $0.001 a million.
  {
    name: "rows of conversions",
    volume: { clicks: 0, conversions: 1e7 },
    each: { conversion: { rowsWritten: 8, objectRowsWritten: 6, rowsRead: 4, objectRowsRead: 10 } },
    dollars: 140.14,
  },
  // 1e7 × 0.01 calls × $0.15 a million = $0.015; CPU 1e7 × 1 ms × $0.02 a million = $0.20; 1e7 ms × 0.128 GB = 1,280 GB-s × $12.50 a million = $0.016.
  {
    name: "calls of the object, and its time",
    volume: { clicks: 0, conversions: 1e7 },
    each: { conversion: { objectCalls: 0.01, cpuMs: 1 } },
    dollars: 0.231,
  },
  // Three months of 1e6 clicks are 0.6 GB × $0.75.
  { name: "few clicks kept", volume: { clicks: 1e6, conversions: 0 }, each: {}, stored: STORED, dollars: 0.45 },
  // 8 GB are the most that are kept: × $0.75.
  { name: "many clicks kept", volume: { clicks: 1e9, conversions: 0 }, each: {}, stored: STORED, dollars: 6 },
  // 20 GB × $0.75 and 30 GB × $0.20.
  { name: "conversions kept", volume: { clicks: 0, conversions: 1e7 }, each: {}, stored: STORED, dollars: 21 },
])("$name", ({ volume, each, stored = null, dollars }) => {
  expect(sumOf(billOf(volume, counters(each), stored))).toBeCloseTo(dollars, 6);
});

test("clicks and conversions are told apart, and what was not used is not listed", () => {
  const each = { click: { requests: 1 }, postback: { requests: 1 }, conversion: { rowsWritten: 8 } };
  const lines = billOf({ clicks: 1e6, conversions: 1e6 }, counters(each), null);
  expect(lines.map(({ of, part }) => `${of}: ${part}`)).toEqual([
    "clicks: requests",
    "clicks: KV reads",
    "conversions: requests",
    "conversions: KV reads",
    "conversions: rows written",
  ]);
});

/** The month's bill at list prices, from what one click, one postback and one conversion take. */
import type { Counters, Usage } from "../bench/counters.ts";
import { OBJECT_GB, PRICES } from "./prices.ts";

/** A month: `conversions` that are each told in one postback. */
export interface Volume {
  clicks: number;
  conversions: number;
}

/** Bytes of one, where they are stored. */
export interface Stored {
  click: number;
  conversion: number;
  objectConversion: number;
}

export interface Line {
  of: "clicks" | "conversions";
  part: string;
  quantity: number;
  dollars: number;
}

/** Of ten clicks one finds no fresh record of its link in the isolate's memory; so does one of ten postbacks with its advertiser's. */
const KV_SHARE = 0.1;
const GIGABYTE = 1_000_000_000;
const MS_PER_SECOND = 1_000;
/** The click log's database is kept below this, whatever comes: see CLICKS_KEPT_GB. */
export const CLICKS_KEPT_GB = 8;
const CLICKS_KEPT_MONTHS = 3;

/** Lines without a quantity are left out. Storage is what a month costs that has been going on for long (clicks), and what one month's conversions cost in each month that they are kept. */
export function billOf(volume: Volume, counters: Counters, stored: Stored | null): Line[] {
  const { perClick, perPostback, perConversion } = counters;
  const { clicks, conversions } = volume;
  const settled = add(perPostback, perConversion);
  const clicksGb = Math.min(CLICKS_KEPT_GB, (clicks * CLICKS_KEPT_MONTHS * (stored?.click ?? 0)) / GIGABYTE);
  const lines: Line[] = [
    ...usageLines("clicks", clicks, perClick),
    line("clicks", "database, GB-months", clicksGb, PRICES.databaseGbMonth),
    ...usageLines("conversions", conversions, settled),
    line(
      "conversions",
      "database, GB-months",
      (conversions * (stored?.conversion ?? 0)) / GIGABYTE,
      PRICES.databaseGbMonth,
    ),
    line(
      "conversions",
      "object, GB-months",
      (conversions * (stored?.objectConversion ?? 0)) / GIGABYTE,
      PRICES.objectGbMonth,
    ),
  ];
  return lines.filter(({ quantity }) => quantity > 0);
}

function usageLines(of: Line["of"], number: number, usage: Usage): Line[] {
  const gbSeconds = usage.objectCalls > 0 ? (usage.cpuMs / MS_PER_SECOND) * OBJECT_GB : 0;
  const each: [part: string, quantity: number, price: number][] = [
    ["requests", usage.requests, PRICES.request],
    ["CPU ms, at most", usage.cpuMs, PRICES.cpuMs],
    ["KV reads", usage.requests * KV_SHARE, PRICES.kvRead],
    ["queue operations", usage.queueOperations, PRICES.queueOperation],
    ["rows written", usage.rowsWritten, PRICES.rowWritten],
    ["rows read", usage.rowsRead, PRICES.rowRead],
    ["object calls", usage.objectCalls, PRICES.objectCall],
    ["object rows written", usage.objectRowsWritten, PRICES.objectRowWritten],
    ["object rows read", usage.objectRowsRead, PRICES.objectRowRead],
    ["object GB-seconds, at most", gbSeconds, PRICES.objectGbSecond],
  ];
  return each.map(([part, quantity, price]) => line(of, part, quantity * number, price));
}

function line(of: Line["of"], part: string, quantity: number, price: number): Line {
  return { of, part, quantity, dollars: quantity * price };
}

function add(left: Usage, right: Usage): Usage {
  return {
    requests: left.requests + right.requests,
    cpuMs: left.cpuMs + right.cpuMs,
    queueOperations: left.queueOperations + right.queueOperations,
    rowsRead: left.rowsRead + right.rowsRead,
    rowsWritten: left.rowsWritten + right.rowsWritten,
    objectCalls: left.objectCalls + right.objectCalls,
    objectRowsRead: left.objectRowsRead + right.objectRowsRead,
    objectRowsWritten: left.objectRowsWritten + right.objectRowsWritten,
  };
}

export function sumOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0);
}

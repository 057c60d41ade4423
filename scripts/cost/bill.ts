/** The month's bill at list prices, from what clicks, postbacks and conversions take. */
import { type Counters, queueOperationsOf } from "../bench/counters.ts";
import { add, NO_USAGE, times, type Usage } from "../bench/usage.ts";
import { OBJECT_GB, PRICES } from "./prices.ts";
import type { Traffic } from "./traffic.ts";

export interface Line {
  of: "clicks" | "conversions" | "deliveries";
  part: string;
  quantity: number;
  dollars: number;
}

/** Of ten clicks one finds no fresh record of its link in the isolate's memory; so does one of ten postbacks with its advertiser's. */
const KV_SHARE = 0.1;
const GIGABYTE = 1_000_000_000;
const MS_PER_SECOND = 1_000;
/** A click in a pack, with what counts it, and a visitor whose first visit it is: together as in bench/growth.json. A click in the archive. */
const PACKED_CLICK_BYTES = 48;
const VISITOR_BYTES = 70;
const ARCHIVED_CLICK_BYTES = 36;
const MONTH_DAYS = 30;
/** Rows of deliveries are kept for three months, their tries in the object for one. */
const ROW_MONTHS = 3;
/** So many requests are under way at once, while the object is billed. */
const LANES = 4;

/** Lines without a quantity are left out. Storage is what a month's clicks and conversions cost in each month that they are kept. */
export function billOf(traffic: Traffic, counters: Counters): Line[] {
  const { perPostback, perConversion, perConversionLater, perConversionHourLink } = counters;
  const { conversions, conversionHourLinks, lateCells } = traffic;
  const later = [
    times(perConversionLater, conversions),
    times(perConversionHourLink, conversionHourLinks),
    { ...NO_USAGE, rowsWritten: lateCells },
  ].reduce(add);
  const lines: Line[] = [
    ...clickLines(traffic, counters),
    ...storedClickLines(traffic),
    ...requestLines("conversions", conversions),
    ...usageLines("conversions", times(add(perPostback, perConversion), conversions)),
    ...usageLines("conversions", later, "later: "),
    line(
      "conversions",
      "database, GB-months",
      (conversions * perConversion.databaseBytes) / GIGABYTE,
      PRICES.databaseGbMonth,
    ),
    line(
      "conversions",
      "object, GB-months",
      (conversions * perConversion.objectBytes) / GIGABYTE,
      PRICES.objectGbMonth,
    ),
  ];
  return [...lines, ...deliveryLines(traffic, counters)].filter(({ quantity }) => quantity > 0);
}

/** What is stored is billed in each month that it is kept. */
function deliveryLines({ deliveries, deliveriesPerRun, answerMs }: Traffic, counters: Counters): Line[] {
  const { perDelivery, perDeliveryRun } = counters;
  const awaitedS = (deliveries * answerMs) / MS_PER_SECOND / Math.min(LANES, deliveriesPerRun);
  return [
    ...usageLines(
      "deliveries",
      add(times(perDelivery, deliveries), times(perDeliveryRun, deliveries / deliveriesPerRun)),
    ),
    line("deliveries", "object GB-seconds, awaiting", awaitedS * OBJECT_GB, PRICES.objectGbSecond),
    line(
      "deliveries",
      "database, GB-months",
      (deliveries * perDelivery.rowBytes * ROW_MONTHS) / GIGABYTE,
      PRICES.databaseGbMonth,
    ),
    line("deliveries", "object, GB-months", (deliveries * perDelivery.objectBytes) / GIGABYTE, PRICES.objectGbMonth),
  ];
}

/** In objects for some days, and in the archive for ever. */
function storedClickLines({ clicks, firstVisits, hotDays }: Traffic): Line[] {
  const hotBytes = (clicks * PACKED_CLICK_BYTES + firstVisits * VISITOR_BYTES) * (hotDays / MONTH_DAYS);
  return [
    line("clicks", "object, GB-months", hotBytes / GIGABYTE, PRICES.objectGbMonth),
    line("clicks", "archive, GB-months", (clicks * ARCHIVED_CLICK_BYTES) / GIGABYTE, PRICES.archiveGbMonth),
  ];
}

/** What clicks take grows with clicks, first visits, batches, minutes and hours, each with its own. */
function clickLines(traffic: Traffic, counters: Counters): Line[] {
  const { clicks, clicksPerMessage, firstVisits, batches, minutes, cells } = traffic;
  const { perClick, perFirstVisit, perClickBatch, perClickMinute, perClickCell } = counters;
  const queueOperations = queueOperationsOf(clicksPerMessage, perClick.bytesInMessage);
  const written = [
    times({ ...perClick, queueOperations }, clicks),
    times(perClickBatch, batches),
    { ...NO_USAGE, objectCalls: traffic.judgings },
    times(perClickMinute, minutes),
    times(perClickCell, cells),
  ].reduce(add);
  const visits = times(perFirstVisit, firstVisits);
  const later = add(times(counters.perClickHour, traffic.hours), times(counters.perClickHourLink, traffic.hourLinks));
  return [
    ...requestLines("clicks", clicks),
    ...usageLines("clicks", written),
    ...usageLines("clicks", visits, "first visits: "),
    ...usageLines("clicks", later, "later: "),
  ];
}

function requestLines(of: Line["of"], requests: number): Line[] {
  return [
    line(of, "requests", requests, PRICES.request),
    line(of, "KV reads, one of ten", requests * KV_SHARE, PRICES.kvRead),
  ];
}

function usageLines(of: Line["of"], usage: Usage, what = ""): Line[] {
  const gbSeconds = usage.objectCalls > 0 ? (usage.cpuMs / MS_PER_SECOND) * OBJECT_GB : 0;
  const each: [part: string, quantity: number, price: number][] = [
    ["CPU ms, at most", usage.cpuMs, PRICES.cpuMs],
    ["queue operations", usage.queueOperations, PRICES.queueOperation],
    ["rows written", usage.rowsWritten, PRICES.rowWritten],
    ["rows read", usage.rowsRead, PRICES.rowRead],
    ["object calls", usage.objectCalls, PRICES.objectCall],
    ["object rows written", usage.objectRowsWritten, PRICES.objectRowWritten],
    ["object rows read", usage.objectRowsRead, PRICES.objectRowRead],
    ["object GB-seconds, at most", gbSeconds, PRICES.objectGbSecond],
  ];
  return each.map(([part, quantity, price]) => line(of, `${what}${part}`, quantity, price));
}

function line(of: Line["of"], part: string, quantity: number, price: number): Line {
  return { of, part, quantity, dollars: quantity * price };
}

export function sumOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0);
}

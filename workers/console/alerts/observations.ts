/** What is observed: each advertiser's last whole hour and last day, beside the same ones of the four weeks before, out of the rollups. */
import { timePrefix } from "../../core/books/conversion-id.ts";
import { bucketSql, percentileS } from "../../core/metrics/latency.ts";
import { postbackCells } from "../../core/metrics/postback-cells.ts";
import { segmentsOf } from "../../core/metrics/segments.ts";
import { QUARTER_MS, zoneSpans } from "../../core/metrics/time-zone.ts";
import { CLAIM_REASONS } from "../../core/reasons.ts";
import { readDayPlan } from "../click-log/stretches.ts";
import type { Env } from "../env.ts";
import { readClickCounts } from "../reports/click-counts.ts";
import type { ReportEnv } from "../reports/counted-groups.ts";
import type { ReportPlan } from "../reports/plan.ts";
import { sealedClicks } from "../reports/sealed-spans.ts";
import type { Counts, Observed } from "./rules.ts";

const QUARTERS_OF_HOUR = 4;
const QUARTERS_OF_DAY = 96;
const QUARTERS_OF_WEEK = 672;
const WEEKS_BEFORE = 4;
const HUNDREDTHS = 95;
const FAILED_PREFIX = "failed/";
const MOST_LISTED = 1_000;

/** What came by the pixel, and webhooks that were about no money. */
const UNCOUNTED = [...CLAIM_REASONS, "passed_over"].map((reason) => `'${reason}'`).join(", ");

export type ObservedEnv = ReportEnv & Pick<Env, "ARCHIVE">;

/** A window of time, in quarter-hours since 1970; `to` is exclusive. */
export interface Window {
  from: number;
  to: number;
}

/** The last whole hour, and the day that ends with it. */
export function windowsAt(nowMs: number): { hour: Window; day: Window } {
  const to = Math.floor(nowMs / QUARTER_MS);
  return { hour: { from: to - QUARTERS_OF_HOUR, to }, day: { from: to - QUARTERS_OF_DAY, to } };
}

export interface ObservedAdvertiser extends Observed {
  slug: string;
}

export function startOf({ from }: Window): number {
  return from * QUARTER_MS;
}

/** Active advertisers in which anything happened in the window or in the same hours of the weeks before; weeks before they were there are left out. */
export async function observe(env: ObservedEnv, window: Window): Promise<ObservedAdvertiser[]> {
  const inWindows = Array.from(
    { length: WEEKS_BEFORE + 1 },
    (_, week) => `quarter >= ${weekBefore(window.from, week)} AND quarter < ${weekBefore(window.to, week)}`,
  ).join(" OR ");
  // Which week's window a quarter-hour lies in: 0 is the present one.
  const place = `(${window.to - 1} - quarter) / ${QUARTERS_OF_WEEK} AS week, advertiser`;
  const ofPostbacks = (database: "LOG" | "DB") =>
    `SELECT ${place}, status AS what, SUM(postbacks) AS count FROM ${postbackCells(database)} WHERE test = 0 AND reason NOT IN (${UNCOUNTED}) AND (${inWindows}) GROUP BY 1, 2, 3`;
  const ofPixel = `SELECT ${place}, '' AS what, SUM(postbacks) AS count FROM ${postbackCells("LOG")} WHERE reason = 'pixel_day_full' AND (${inWindows}) GROUP BY 1, 2`;
  const { DB, LOG } = env;
  const [clicks, conversions, postbacks, unmoved, untaken, advertisers] = await Promise.all([
    observedClicks(env, window),
    observedConversions(env, window),
    LOG.prepare(ofPostbacks("LOG")).all<Row>(),
    DB.prepare(ofPostbacks("DB")).all<Row>(),
    LOG.prepare(ofPixel).all<Row>(),
    DB.prepare("SELECT number, slug, created_at FROM advertisers WHERE status = 'active'").all<Advertiser>(),
  ]);
  const tallies = new Map<string, Tally>();
  // Counted clicks alone. A provisional one, or a bot's, becomes a click when it converts, so that a fall in conversions would take clicks along and hide itself.
  for (const row of clicks) tallyOf(tallies, row).clicks += row.count;
  for (const row of conversions) {
    const tally = tallyOf(tallies, row);
    if (row.what === "pending" || row.what === "approved") tally.conversions += row.count;
    tally.arrivals.set(row.bucket, (tally.arrivals.get(row.bucket) ?? 0) + row.count);
  }
  for (const row of [...postbacks.results, ...unmoved.results]) count(tallyOf(tallies, row), row);
  for (const row of untaken.results) tallyOf(tallies, row).untaken += row.count;
  return advertisers.results.flatMap((advertiser) => {
    const weeks = weeksOf(advertiser, window).map((week) =>
      tallies.get(keyOf({ week, advertiser: advertiser.number })),
    );
    if (weeks.every((tally) => tally === undefined)) return [];
    const [now, ...before] = weeks.map((tally) => countsOf(tally ?? blank()));
    return now ? [{ slug: advertiser.slug, now, before }] : [];
  });
}

/** Conversions of the window and of the same one in the weeks before, by status and how long they took to arrive: one part of the order of their IDs for each. */
async function observedConversions({ DB }: ObservedEnv, window: Window): Promise<(Row & { bucket: number })[]> {
  const weeks = Array.from({ length: WEEKS_BEFORE + 1 }, (_, week) => {
    const [from, to] = [window.from, window.to].map((quarter) => timePrefix(weekBefore(quarter, week) * QUARTER_MS));
    return [week, from, to];
  });
  const { results } = await DB.prepare(
    `SELECT weeks.value ->> 0 AS week, advertiser, status AS what, ${bucketSql("arrival")} AS bucket, count(*) AS count
     FROM json_each(?) AS weeks CROSS JOIN conversions ON conversion_id >= weeks.value ->> 1 AND conversion_id < weeks.value ->> 2
     WHERE test = 0 GROUP BY 1, 2, 3, 4`,
  )
    .bind(JSON.stringify(weeks))
    .all<Row & { bucket: number }>();
  return results;
}

/** Counted clicks of the window and of the same one in the weeks before. */
async function observedClicks(env: ObservedEnv, window: Window): Promise<Row[]> {
  const [{ hotFromMs }, sealed] = await Promise.all([readDayPlan(env), sealedClicks(env.DB)]);
  const nowMs = window.to * QUARTER_MS;
  const weeks = Array.from({ length: WEEKS_BEFORE + 1 }, async (_, week): Promise<Row[]> => {
    const [from, to] = [weekBefore(window.from, week), weekBefore(window.to, week)];
    const counting = { segments: segmentsOf(from, to, sealed), isRolled: true, links: null, hotFromMs, nowMs };
    const groups = await readClickCounts(env, planOfWeek(from, to), "''", counting);
    // What is too much to be read one by one is as if it had not been looked at.
    if (!Array.isArray(groups)) return [];
    return groups.map(({ values, measures }) => ({
      week,
      advertiser: Number(values[0]),
      what: "",
      count: Number(measures.find(([name]) => name === "clicks")?.[1] ?? 0),
    }));
  });
  return (await Promise.all(weeks)).flat();
}

function planOfWeek(from: number, to: number): ReportPlan {
  const [fromMs, toMs] = [from * QUARTER_MS, to * QUARTER_MS];
  return {
    dimensions: ["advertiser"],
    metrics: [],
    fromMs,
    toMs,
    timeZone: "UTC",
    spans: zoneSpans("UTC", fromMs, toMs),
    clock: "received",
    conditions: [{ column: "test", value: 0 }],
    pseudonyms: null,
  };
}

/** How many messages wait to be sent again, as R2 keeps them; `isMore`: not all were counted. */
export async function countDeadLetters({ ARCHIVE }: Pick<ObservedEnv, "ARCHIVE">) {
  const { objects, truncated } = await ARCHIVE.list({ prefix: FAILED_PREFIX, limit: MOST_LISTED });
  return { count: objects.length, isMore: truncated };
}

interface Row {
  week: number;
  advertiser: number;
  what: string;
  count: number;
}

interface Advertiser {
  number: number;
  slug: string;
  created_at: number;
}

/** Counts of a window, its latencies still in buckets. */
interface Tally extends Omit<Counts, "arrivalP95S"> {
  arrivals: Map<number, number>;
}

/** The present week, and those before it whose window began after the advertiser was there. */
function weeksOf({ created_at: createdAtMs }: Advertiser, { from }: Window): number[] {
  const weeks = Array.from({ length: WEEKS_BEFORE + 1 }, (_, week) => week);
  return weeks.filter((week) => week === 0 || weekBefore(from, week) * QUARTER_MS >= createdAtMs);
}

function weekBefore(quarter: number, weeks: number): number {
  return quarter - weeks * QUARTERS_OF_WEEK;
}

function count(tally: Tally, row: Row): void {
  if (row.what === "refused") tally.refused += row.count;
  else tally.accepted += row.count;
  if (row.what === "duplicate") tally.duplicates += row.count;
}

function tallyOf(tallies: Map<string, Tally>, row: Row): Tally {
  const tally = tallies.get(keyOf(row)) ?? blank();
  tallies.set(keyOf(row), tally);
  return tally;
}

function keyOf({ week, advertiser }: Pick<Row, "week" | "advertiser">): string {
  return `${advertiser}/${week}`;
}

function blank(): Tally {
  return { clicks: 0, conversions: 0, accepted: 0, duplicates: 0, refused: 0, untaken: 0, arrivals: new Map() };
}

function countsOf({ arrivals, ...counts }: Tally): Counts {
  const last = Math.max(-1, ...arrivals.keys());
  const buckets = Array.from({ length: last + 1 }, (_, bucket) => BigInt(arrivals.get(bucket) ?? 0));
  return { ...counts, arrivalP95S: percentileS(buckets, HUNDREDTHS) };
}

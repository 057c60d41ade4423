/** What the rules find at a time: each rule's judgement on each advertiser, with where its rows are. */
import { formatInstant } from "../../core/instant.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { countDeadLetters, type ObservedEnv, observe, startOf, type Window, windowsAt } from "./observations.ts";
import {
  type Judgement,
  judgeConversionRate,
  judgeDeadLetters,
  judgeDuplicates,
  judgeLatency,
  judgePixel,
  judgeRefusals,
  judgeSilence,
  type Observed,
  type RuleName,
} from "./rules.ts";

export interface Finding {
  rule: RuleName;
  /** An advertiser's slug; empty where it is the whole system. */
  subject: string;
  /** When what was looked at began, Unix milliseconds. */
  sinceMs: number;
  /** The page that shows the rows. */
  path: string;
  judgement: Judgement;
}

export async function findAt(env: ObservedEnv, nowMs: number): Promise<Finding[]> {
  const { hour, day } = windowsAt(nowMs);
  const [inHour, inDay, dead] = await Promise.all([observe(env, hour), observe(env, day), countDeadLetters(env)]);
  const byDay = new Map(inDay.map((observed) => [observed.slug, observed]));
  const slugs = new Set([...inHour, ...inDay].map(({ slug }) => slug));
  const byHour = new Map(inHour.map((observed) => [observed.slug, observed]));
  const found = [...slugs].flatMap((slug) => findingsOf(slug, byHour.get(slug), byDay.get(slug), hour, day));
  return [
    ...found,
    {
      rule: "dead_letters",
      subject: "",
      sinceMs: nowMs,
      path: "/postbacks?status=failed",
      judgement: judgeDeadLetters(dead.count, dead.isMore),
    },
  ];
}

function findingsOf(
  slug: string,
  inHour: Observed | undefined,
  inDay: Observed | undefined,
  hour: Window,
  day: Window,
): Finding[] {
  const sinceMs = startOf(hour);
  const log = (status?: string, reason?: string) => logPath(slug, hour, status, reason);
  const silence = inHour ? judgeSilence(inHour, "hour") : undefined;
  // Whoever sends seldom is silent only when a whole day has passed.
  const silent = silence?.state === "unknown" || silence === undefined ? inDay && judgeSilence(inDay, "day") : silence;
  const silentSinceMs = silence?.state === "wrong" ? sinceMs : startOf(day);
  const finding = (rule: RuleName, path: string, judgement: Judgement): Finding => ({
    rule,
    subject: slug,
    sinceMs,
    path,
    judgement,
  });
  return [
    ...(inHour
      ? [
          finding(
            "conversion_rate_dropped",
            reportPath(slug, hour, "clicks,conversions,conversion_rate"),
            judgeConversionRate(inHour),
          ),
          finding("duplicates_spiked", log("duplicate"), judgeDuplicates(inHour)),
          finding("pixel_full", log("rejected", "pixel_day_full"), judgePixel(inHour)),
          finding("refusals_spiked", log("refused"), judgeRefusals(inHour)),
          finding(
            "latency_rose",
            reportPath(slug, hour, "conversions,arrival_latency_p50,arrival_latency_p95"),
            judgeLatency(inHour),
          ),
        ]
      : []),
    ...(silent ? [{ ...finding("sender_silent", log(), silent), sinceMs: silentSinceMs }] : []),
  ];
}

/** The postback log of the window's hour and what came after it. */
function logPath(advertiser: string, window: Window, status: string | undefined, reason: string | undefined): string {
  const query = new URLSearchParams({ advertiser });
  if (status !== undefined) {
    query.set("status", status);
    if (reason !== undefined) query.set("reason", reason);
    query.set("from", formatInstant(startOf(window)));
  }
  return `/postbacks?${query}`;
}

/** The report of the window's day, by the hour. */
function reportPath(advertiser: string, window: Window, metrics: string): string {
  const day = formatInstant(window.to * QUARTER_MS - 1).slice(0, 10);
  return `/reports?${new URLSearchParams({ group_by: "hour", advertiser, metrics, from: day, until: day, tz: "UTC" })}`;
}

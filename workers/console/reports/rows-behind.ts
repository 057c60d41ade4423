/** From a figure to its rows: the address of the list of conversions that has exactly those which the figure counts or adds up. */
import { METRICS, type MetricName } from "../../core/metrics/definitions.ts";
import { FILTERS } from "../../core/metrics/dimensions.ts";
import { type Measure, sourceOf } from "../../core/metrics/measures.ts";
import { isTime, type Time } from "../../core/metrics/time-dimensions.ts";
import { localDate, startOfDay, writeLocalDate } from "../../core/metrics/time-zone.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Report, ReportRow } from "./report.ts";

const MINUTE_MS = HOUR_MS / 60;

/** Which conversions count for a measure. Money of all is added up: rejected and reversed ones are worth nothing. */
const CONVERSIONS_OF: Partial<Record<Measure, Record<string, string>>> = {
  amount: {},
  revenue: {},
  payout: {},
  pending: { status: "pending" },
  approved: { status: "approved" },
  rejected: { status: "rejected" },
  reversed: { status: "reversed" },
  held: { hold: "held" },
  heldPayout: { hold: "held" },
};

/** Dimensions that the list has under another name. */
const LISTED_AS: Record<string, string> = { new_or_returning: "customer" };

/** What a figure opens, or why it opens nothing. `isPart` where it is a quotient, whose numerator is opened. */
export type Opened = { filters: Record<string, string>; isPart: boolean } | { why: string };

/** What a metric opens. */
export function openedBy(name: string): Opened {
  const metric = METRICS.find((one) => one.name === name);
  if (metric === undefined) return { why: "It is converted, for the eye: what is booked stands beside it." };
  const { calculation } = metric;
  if (calculation.kind === "percentile") return { why: "A percentile is made of all of them, and of no single rows." };
  if (calculation.kind === "reasons") return { why: "The postback log has the messages, each with its reason." };
  const isPart = calculation.kind === "quotient";
  const { plus, minus = [] } = isPart ? calculation.numerator : calculation.of;
  const [first] = plus;
  if (first === undefined) return { why: "It counts nothing." };
  switch (sourceOf(first)) {
    case "clicks":
      return { why: "Clicks are counted; single ones are in the export of clicks." };
    case "postbacks":
      return { why: "The postback log has the messages, as long as they are kept; this counts them for ever." };
    case "deliveries":
      return { why: "The delivery log of a destination has the deliveries; this counts them for ever." };
    case "click log":
      return { why: "It compares clicks, of which no list has those that are missing." };
    case "customers":
      return { why: "It counts clicks by all that followed them, which no single conversion tells." };
    default: {
      if ([...plus, ...minus].length > 1 && plus.every((one) => one === "pending" || one === "approved"))
        return { filters: { stands: "true" }, isPart };
      const filters = CONVERSIONS_OF[first];
      return filters === undefined ? { why: "No list has these rows alone." } : { filters, isPart };
    }
  }
}

/** Which report a row stands in. */
type Placed = Pick<Report, "group_by" | "tz" | "clock" | "from" | "to">;

/**
 * The address of the rows behind a figure of this row; null where it has none. `asked` are the report's parameters, whose filters are the list's.
 */
export function rowsBehind(metric: MetricName | string, row: ReportRow, report: Placed, asked: URLSearchParams) {
  const opened = openedBy(metric);
  const value = row[metric] ?? null;
  if ("why" in opened || value === null || Number(value) === 0 || typeof row.currency !== "string") return null;
  const query = new URLSearchParams();
  for (const name of FILTERS) {
    const given = asked.get(name);
    if (given) query.set(name, listed(name, given)[1]);
  }
  const empty: string[] = [];
  for (const name of report.group_by) {
    // A row of the totals has no groups.
    if (!(name in row) || name === "destination") continue;
    const group = row[name];
    if (typeof group !== "string") {
      empty.push(LISTED_AS[name] ?? name);
      continue;
    }
    if (!isTime(name)) query.set(...listed(name, group));
  }
  const { status } = opened.filters;
  // Two statuses at once is none.
  if (status !== undefined && (query.get("status") ?? status) !== status) return null;
  for (const [name, given] of Object.entries(opened.filters)) query.set(name, given);
  if (empty.length > 0) query.set("none", empty.join(","));
  query.set("currency", row.currency);
  query.set("test", asked.get("test") === "true" || asked.get("test") === "1" ? "true" : "false");
  if (report.clock !== "received") query.set("clock", report.clock);
  const { fromMs, toMs } = slotWithin(row, report);
  query.set("from", writtenTime(fromMs, report.tz));
  query.set("to", writtenTime(toMs, report.tz));
  query.set("tz", report.tz);
  return `/conversions?${query}`;
}

export function listed(name: string, value: string): [string, string] {
  if (name === "imported") return [name, value === "yes" ? "true" : "false"];
  return [LISTED_AS[name] ?? name, value];
}

/** When what a report calls by this time begins and ends. */
function slotOf(time: Time, value: string, timeZone: string): { fromMs: number; toMs: number } {
  if (time === "hour") {
    const fromMs = Date.parse(value);
    // Where clocks are changed by half an hour, one is shorter.
    return { fromMs, toMs: fromMs + HOUR_MS - Number(value.slice(14, 16)) * MINUTE_MS };
  }
  const first = new Date(`${value.slice(0, 10)}${time === "month" ? "-01" : ""}T00:00:00Z`);
  const next = new Date(first);
  if (time === "month") next.setUTCMonth(first.getUTCMonth() + 1);
  else next.setUTCDate(first.getUTCDate() + (time === "week" ? 7 : 1));
  return { fromMs: startOfDay(timeZone, first.getTime()), toMs: startOfDay(timeZone, next.getTime()) };
}

/** The time that a row of a report is of: its slots', within the report's. */
export function slotWithin(row: ReportRow, { group_by, tz, from, to }: Placed): { fromMs: number; toMs: number } {
  const slots = group_by.flatMap((name) => {
    const group = row[name];
    return isTime(name) && typeof group === "string" ? [slotOf(name, group, tz)] : [];
  });
  return {
    fromMs: Math.max(Date.parse(from), ...slots.map(({ fromMs }) => fromMs)),
    toMs: Math.min(Date.parse(to), ...slots.map(({ toMs }) => toMs)),
  };
}

/** A day where one begins then, as a form has it; else the time. */
export function writtenTime(atMs: number, timeZone: string): string {
  const isDay = startOfDay(timeZone, localDate(timeZone, atMs)) === atMs;
  return isDay ? writeLocalDate(timeZone, atMs) : new Date(atMs).toISOString();
}

/** The periods that the overview looks at, each beside the one that it is compared with, cut in the viewer's zone. */
import { QUARTER_MS, startOfDay } from "../../core/metrics/time-zone.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { localDay, type TimeRange } from "../reports/slots.ts";

/** `days` in all, today included; the period before it lies `back` days earlier, on the same days of the week. */
export const PERIODS = {
  today: { label: "Today", days: 1, back: 7, slot: "hour", against: "the same time last week" },
  week: { label: "7 days", days: 7, back: 7, slot: "day", against: "the 7 days before" },
  month: { label: "28 days", days: 28, back: 28, slot: "day", against: "the 28 days before" },
} as const;
export type PeriodName = keyof typeof PERIODS;

export interface Period {
  name: PeriodName;
  timeZone: string;
  /** Up to now, in whole quarter-hours. */
  now: TimeRange;
  /** As long as `now`. */
  before: TimeRange;
  /** Up to the end of today, for what is drawn over time. */
  whole: TimeRange;
  wholeBefore: TimeRange;
}

export function periodOf(name: string | null): PeriodName {
  return name === "week" || name === "month" ? name : "today";
}

export function readPeriod(name: PeriodName, timeZone: string, nowMs: number): Period {
  const { days, back } = PERIODS[name];
  const today = localDay(timeZone, nowMs);
  const at = (day: number) => startOfDay(timeZone, day * DAY_MS);
  const first = today - days + 1;
  const toMs = Math.ceil((nowMs + 1) / QUARTER_MS) * QUARTER_MS;
  const sinceMidnightMs = toMs - at(today);
  return {
    name,
    timeZone,
    now: { fromMs: at(first), toMs },
    before: { fromMs: at(first - back), toMs: at(today - back) + sinceMidnightMs },
    whole: { fromMs: at(first), toMs: at(today + 1) },
    wholeBefore: { fromMs: at(first - back), toMs: at(today + 1 - back) },
  };
}

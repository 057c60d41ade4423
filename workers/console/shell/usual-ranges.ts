/** Ranges of days that people ask for, which move with the day: an address that goes on doing so has the range's name as `range`, in the place of days. */
import { writeLocalDate } from "../../core/metrics/time-zone.ts";
import { DAY_MS } from "../../core/time-units.ts";

/** `from` and `until` are days such as `2026-11-23`, both inclusive. */
export interface UsualRange {
  name: string;
  label: string;
  from: string;
  until: string;
}

export const RANGE_LABELS = {
  today: "Today",
  yesterday: "Yesterday",
  "7_days": "Last 7 days",
  "28_days": "Last 28 days",
  this_month: "This month",
  last_month: "Last month",
} as const;
export type RangeName = keyof typeof RANGE_LABELS;

export function isRangeName(name: string): name is RangeName {
  return Object.hasOwn(RANGE_LABELS, name);
}

/** The usual ranges as they are on this day of the zone's. */
export function usualRanges(timeZone: string, nowMs: number): UsualRange[] {
  const today = dayIn(timeZone, nowMs);
  const yesterday = dayAfter(today, -1);
  const thisMonth = `${today.slice(0, 7)}-01`;
  const endOfLast = dayAfter(thisMonth, -1);
  const range = (name: RangeName, from: string, until: string) => ({ name, label: RANGE_LABELS[name], from, until });
  return [
    range("today", today, today),
    range("yesterday", yesterday, yesterday),
    range("7_days", dayAfter(today, -6), today),
    range("28_days", dayAfter(today, -27), today),
    range("this_month", thisMonth, today),
    range("last_month", `${endOfLast.slice(0, 7)}-01`, endOfLast),
  ];
}

/** The day that it is in the zone; in UTC where there is no such zone, which is refused where the query is read. */
export function dayIn(timeZone: string, nowMs: number): string {
  try {
    return writeLocalDate(timeZone, nowMs);
  } catch {
    return new Date(nowMs).toISOString().slice(0, 10);
  }
}

/** The day so many days after this one. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

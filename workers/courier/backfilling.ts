/** Tells history: entries received between two times, a page now and then by the rate that was asked for. What was told already is not told again, since it has the same ID. */
import type { Notice } from "../../schema/messages.ts";
import type { BackfillPlan, BackfillProgress, BackfillRange } from "../core/courier/courier-calls.ts";
import { type EntryPlace, placeOf } from "./books-reader.ts";
import type { MatchedNotice } from "./take-notices.ts";

export const BACKFILL = "backfill";
export const MAX_RATE_PER_SECOND = 50;

/** As the object remembers it. */
export interface Backfill extends BackfillProgress {
  after: EntryPlace;
  nextAtMs: number;
}

export interface BackfillParts {
  readByTime: (after: EntryPlace, toMs: number, limit: number) => Promise<Notice[]>;
  match: (notices: readonly Notice[]) => MatchedNotice[];
}

/** Pages come this far apart. */
const STEP_MS = 5_000;
const PLAN_PAGE = 1_000;
const PLAN_PAGES = 20;

export function newBackfill(range: BackfillRange & { ratePerSecond: number }, nowMs: number): Backfill {
  return { ...range, startedAtMs: nowMs, seen: 0, taken: 0, after: startOf(range), nextAtMs: nowMs };
}

/** The next page of it, and what is left to do then: null where it is done. */
export async function backfillPage(
  parts: BackfillParts,
  backfill: Backfill,
  nowMs: number,
): Promise<{ matched: MatchedNotice[]; next: Backfill | null }> {
  const limit = Math.max(1, Math.floor((backfill.ratePerSecond * STEP_MS) / 1000));
  const notices = await parts.readByTime(backfill.after, backfill.toMs, limit);
  const matched = parts.match(notices);
  const last = notices.at(-1);
  if (!last || notices.length < limit) return { matched, next: null };
  const progress = { seen: backfill.seen + notices.length, taken: backfill.taken + matched.length };
  return { matched, next: { ...backfill, ...progress, after: placeOf(last), nextAtMs: nowMs + STEP_MS } };
}

/** What a backfill would tell at `nowMs`. `countTold` says of how many of these there is a delivery already. What is past its deadline is listed and not sent. */
export async function planOf(
  parts: BackfillParts,
  range: BackfillRange,
  countTold: (matched: readonly MatchedNotice[]) => number,
  nowMs: number,
): Promise<{ plan: BackfillPlan; sample: MatchedNotice | null }> {
  const plan: BackfillPlan = {
    entries: 0,
    toTell: 0,
    toldAlready: 0,
    pastDeadline: 0,
    sampleUrl: null,
    isPartial: true,
  };
  let after = startOf(range);
  let sample: MatchedNotice | null = null;
  for (let page = 0; page < PLAN_PAGES; page++) {
    const notices = await parts.readByTime(after, range.toMs, PLAN_PAGE);
    const matched = parts.match(notices);
    const isLate = ({ deadlineAtMs }: MatchedNotice) => deadlineAtMs !== null && deadlineAtMs < nowMs;
    const late = matched.filter(isLate);
    const inTime = matched.filter((one) => !isLate(one));
    const [told, toldLate] = [countTold(inTime), countTold(late)];
    plan.entries += notices.length;
    plan.toldAlready += told + toldLate;
    plan.pastDeadline += late.length - toldLate;
    plan.toTell += inTime.length - told;
    sample ??= inTime[0] ?? null;
    const last = notices.at(-1);
    if (!last || notices.length < PLAN_PAGE) return { plan: { ...plan, isPartial: false }, sample };
    after = placeOf(last);
  }
  return { plan, sample };
}

/** Behind everything that was received before the range. */
function startOf({ fromMs }: BackfillRange): EntryPlace {
  return { receivedAtMs: fromMs, conversionId: "", seq: 0 };
}

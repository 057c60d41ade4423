/** An affiliate on an offer, by event, over 28 days: in all, and in the two halves that are held against each other. */

import { type ActivitySums, addClicks, addSums, noSums } from "./activity-sums.ts";
import { type ClickCounts, noClicks } from "./counted-clicks.ts";

/** Whole UTC days, the present one among them. */
export const WINDOW_DAYS = 28;
export const RECENT_DAYS = 14;
/** So many rows a signal names at most: the newest. */
export const MOST_NAMED = 500;

interface Half {
  sums: ActivitySums;
  clicks: ClickCounts;
}

export interface Activity extends Half {
  affiliate: number;
  event: string;
  recent: Half;
  before: Half;
}

/** A day's row: of clicks where `event` is empty. */
export interface ActivityDay {
  affiliate: number;
  event: string;
  day: number;
  sums: ActivitySums | null;
  clicks: ClickCounts | null;
}

/** Cells of an offer, as its days come in, in whatever order. */
export interface Gathered {
  add(day: ActivityDay): void;
  activities(): Activity[];
}

/** `today` is the number of the present UTC day. */
export function gatherActivities(today: number): Gathered {
  const activities = new Map<string, Activity>();
  const clicks = new Map<number, { recent: ClickCounts; before: ClickCounts }>();
  return {
    add({ affiliate, event, day, sums, clicks: counts }) {
      const half = day > today - RECENT_DAYS ? "recent" : "before";
      if (counts) {
        const own = clicks.get(affiliate) ?? { recent: noClicks(), before: noClicks() };
        clicks.set(affiliate, own);
        addClicks(own[half], counts);
      }
      if (!sums) return;
      const name = `${affiliate} ${event}`;
      const activity = activities.get(name) ?? noActivity(affiliate, event);
      activities.set(name, activity);
      addSums(activity[half].sums, sums, MOST_NAMED);
    },
    activities: () =>
      [...activities.values()].map((activity) => wholeActivity(activity, clicks.get(activity.affiliate))),
  };
}

/** With its clicks, and both halves together. */
function wholeActivity(
  { affiliate, event, recent, before }: Activity,
  clicks: Record<"recent" | "before", ClickCounts> | undefined,
): Activity {
  const whole = noActivity(affiliate, event);
  whole.before = { sums: before.sums, clicks: clicks?.before ?? noClicks() };
  whole.recent = { sums: recent.sums, clicks: clicks?.recent ?? noClicks() };
  for (const { sums, clicks: own } of [whole.before, whole.recent]) {
    addSums(whole.sums, sums, MOST_NAMED);
    addClicks(whole.clicks, own);
  }
  return whole;
}

/** The activities of these days. */
export function activitiesOf(days: Iterable<ActivityDay>, today: number): Activity[] {
  const gathered = gatherActivities(today);
  for (const day of days) gathered.add(day);
  return gathered.activities();
}

function noActivity(affiliate: number, event: string): Activity {
  const half = (): Half => ({ sums: noSums(), clicks: noClicks() });
  return { affiliate, event, ...half(), recent: half(), before: half() };
}

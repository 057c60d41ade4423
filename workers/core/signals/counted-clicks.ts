/** What is kept of a day of an affiliate's clicks on an offer: their sums, and of a share of them which sub-ids they had. */

/** So many values of a day are kept, the most frequent ones. */
const MOST_VALUES = 30;

export interface ClickCounts {
  clicks: number;
  /** First visits. */
  uniques: number;
  bots: number;
  /** So many were looked at one by one. */
  sampled: number;
  /** Of those, by their first sub-id, the frequent ones. */
  subs: Record<string, number>;
  /** One that is not among them was met no more often than this. */
  least: number;
}

export function noClicks(): ClickCounts {
  return { clicks: 0, uniques: 0, bots: 0, sampled: 0, subs: Object.create(null), least: 0 };
}

/** The frequent values alone. */
export function frequent(values: Record<string, number>): Record<string, number> {
  const entries = Object.entries(values);
  if (entries.length <= MOST_VALUES) return values;
  return Object.fromEntries(entries.sort(([, left], [, right]) => right - left).slice(0, MOST_VALUES));
}

/** The frequent sub-ids, and how often others were met at most. */
export function frequentSubs({ subs }: Pick<ClickCounts, "subs">): Pick<ClickCounts, "subs" | "least"> {
  const kept = frequent(subs);
  return { subs: kept, least: kept === subs ? 0 : Math.min(...Object.values(kept)) };
}

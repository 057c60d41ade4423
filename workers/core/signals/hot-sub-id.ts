/** A sub-id that converts many times as often as its affiliate's others: what was bought for it is no traffic like theirs. */

import { type Bounds, wilson } from "./confidence.ts";
import type { Signal } from "./signal.ts";

/** So many clicks must have been looked at. */
const LEAST_SAMPLED = 500;

export const hotSubId: Signal = {
  label: "Hot sub-id",
  about: "affiliate",
  data: "first sub-ids of conversions, and of a sample of the clicks (an hour of each day of a busy log, all of a quiet one)",
  rule: "the odds that a conversion has the sub-id, at their lower bound, are so many times the odds that a click has it, at their upper bound (Wilson); the affiliate’s other sub-ids have as many conversions as are asked for",
  wrong: "a newsletter or a price comparison beside banners of one affiliate, each under a sub-id of its own",
  thresholds: { least: 20, times: 10 },
  rows: "conversions",
  mayHold: true,
  confirmedBy: "rejected",
  judge({ sums, clicks }, _peers, { least, times }) {
    const conversions = Object.values(sums.subs).reduce((total, count) => total + count, 0);
    if (clicks.sampled < LEAST_SAMPLED) return null;
    for (const [sub, count] of Object.entries(sums.subs)) {
      const clicked = (clicks.subs[sub] ?? 0) + clicks.least;
      if (count < least || conversions - count < least) continue;
      const own = oddsBounds(count, conversions).low / oddsBounds(clicked, clicks.sampled).high;
      if (own < times) continue;
      return {
        unit: "times",
        own: odds(count / conversions) / odds(Math.max(clicked, 1) / clicks.sampled),
        ownBound: own,
        cases: count,
        usual: 1,
        usualBound: 1,
        usualCases: conversions - count,
        peers: Object.keys(sums.subs).length - 1,
        detail: sub,
        rows: null,
      };
    }
    return null;
  },
  names: ({ sub }, { detail }) => sub === detail,
};

function oddsBounds(part: number, whole: number): Bounds {
  const { low, high } = wilson(part, whole);
  return { low: odds(low), high: odds(high) };
}

function odds(share: number): number {
  return share / Math.max(1 - share, Number.EPSILON);
}

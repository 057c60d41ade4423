/** Click flooding: clicks without end, so that some of those who buy anyway had one: few of them convert, and when they do the click tells nothing of it. */

import type { Activity } from "./activity.ts";
import type { PartOf } from "./activity-sums.ts";
import { poisson, wilson } from "./confidence.ts";
import { isTooFew } from "./peers.ts";
import type { Signal } from "./signal.ts";

/** An eighth of a wait is three buckets before it. */
const EIGHTH_BUCKETS = 3;
const LONG_SHARE = 0.9;
/** A wait is flat where it has less than this part of its peers' share of short ones. */
const FLAT = 0.6;
/** Fewer clicks are no flood. */
const LEAST_CLICKS = 1_000;

export const clickFlooding: Signal = {
  label: "Click flooding",
  about: "affiliate",
  data: "clicks (rollup), conversions, and how long after the click each happened",
  rule: "conversions a click, at their upper bound (Poisson), are so many times fewer than its peers’ at their lower bound; and its waits are flat: the share that is shorter than an eighth of the wait below which nine in ten stay is, at its upper bound, less than three fifths of its peers’ at their lower one (Wilson)",
  wrong: "display and social traffic beside search: many who look, few who buy; their waits are seldom flat",
  thresholds: { least: 20, times: 3 },
  rows: "conversions",
  mayHold: true,
  confirmedBy: "rejected",
  judge(own, peers, { least, times }) {
    const { clicks } = own.clicks;
    const { conversions } = own.sums;
    const usual = peers.of("per click", perClick);
    const soon = soonOf(own);
    const usuallySoon = peers.of("soon", soonOf);
    if (clicks < LEAST_CLICKS || conversions < least || isTooFew(usual, least) || isTooFew(usuallySoon, least))
      return null;
    const high = poisson(conversions).high / clicks;
    // The scale of peers' clicks is weighted, and their conversions with it.
    const low = poisson(usual.part).low / usual.whole;
    if (high * times > low) return null;
    if (wilson(...soon).high > FLAT * wilson(usuallySoon.part, usuallySoon.whole).low) return null;
    return {
      unit: "per thousand",
      own: conversions / clicks,
      ownBound: high,
      cases: clicks,
      usual: usual.part / usual.whole,
      usualBound: low,
      usualCases: usual.whole,
      peers: usual.peers,
      detail: null,
      rows: null,
    };
  },
  names: ({ isByClick }) => isByClick,
};

/** Conversions of clicks. */
export function perClick({ sums, clicks }: Activity): PartOf | null {
  return clicks.clicks === 0 ? null : [sums.conversions, clicks.clicks];
}

/** Waits that are short beside its long ones. Of those that come evenly over a time an eighth is; of those that a click brought, half. */
function soonOf({ sums: { waits } }: Activity): PartOf {
  const all = sum(waits);
  let long = 0;
  while (long < waits.length && sum(waits.slice(0, long + 1)) < LONG_SHARE * all) long += 1;
  return [sum(waits.slice(0, Math.max(0, long + 1 - EIGHTH_BUCKETS))), all];
}

function sum(buckets: readonly number[]): number {
  return buckets.reduce((total, count) => total + (count ?? 0), 0);
}

/** Monoculture: the conversions of an affiliate come from one device, system and browser, which its peers' seldom do. */
import type { Activity } from "./activity.ts";
import { type PartOf, setupOf } from "./activity-sums.ts";
import { judgeShare } from "./share-signal.ts";
import type { Signal } from "./signal.ts";

export const oneSetup: Signal = {
  label: "One device and browser",
  about: "affiliate",
  data: "device, system and browser of each conversion’s click",
  rule: "the share of the commonest combination, at its lower bound, is at least the floor, and so many times the upper bound of the share that the same combination has among its peers’ (Wilson)",
  wrong: "traffic of one app or one device’s own pages, such as an iPhone newsletter",
  thresholds: { least: 20, floor: 70, times: 3 },
  rows: "conversions",
  mayHold: true,
  confirmedBy: "rejected",
  judge(own, peers, thresholds) {
    const [setup] = commonest(own);
    if (setup === undefined) return null;
    const usual = peers.of(`setup ${setup}`, (activity) => shareOf(activity, setup));
    return judgeShare(shareOf(own, setup), usual, thresholds, { detail: setup, rows: null });
  },
  names: (row, { detail }) => row.isByClick && setupOf(row) === detail,
};

function commonest({ sums: { setups } }: Activity): readonly [setup: string, count: number] | [] {
  let most: [string, number] | [] = [];
  for (const [setup, count] of Object.entries(setups)) if (count > (most[1] ?? 0)) most = [setup, count];
  return most;
}

function shareOf({ sums: { setups } }: Activity, setup: string): PartOf {
  return [setups[setup] ?? 0, Object.values(setups).reduce((total, count) => total + count, 0)];
}

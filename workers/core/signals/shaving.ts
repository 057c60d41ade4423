/** Shaving: of one affiliate an advertiser approves less, or tells less, than before, while the others of the offer and the affiliate's own clicks are what they were. */

import type { Activity } from "./activity.ts";
import type { ActivitySums, PartOf } from "./activity-sums.ts";
import { type Estimate, isBelow, rateOf, shareOf } from "./confidence.ts";
import type { ClickCounts } from "./counted-clicks.ts";
import type { FoundSignal } from "./found-signal.ts";
import { isTooFew, type Peers, type Pooled } from "./peers.ts";
import type { Signal } from "./signal.ts";

/** Clicks are as good as before where first visits, and clicks that are no bots', keep this part of their share. */
const STAYS = 0.85;
/** The others stay where they keep this part of what they had. */
const OTHERS_STAY = 0.9;

const ABOUT_ADVERTISER = { about: "advertiser", rows: "conversions", mayHold: false } as const;

export const shavedApprovals: Signal = {
  ...ABOUT_ADVERTISER,
  label: "Shaving: approvals fall",
  data: "approved and rejected conversions of the last 14 days and of the 14 before; first visits and bots among clicks (rollup)",
  rule: "the affiliate’s approval rate has fallen by so much, for all that chance does (Wilson, Newcombe); that of the others on the offer keeps nine tenths, and its clicks’ first visits and share without bots keep 85 %",
  wrong:
    "the affiliate’s traffic became worse in a way that clicks do not show; rejections of a month that come at once",
  thresholds: { least: 20, fall: 20 },
  confirmedBy: "approved",
  judge(own, peers, { least, fall }) {
    const [before, recent] = [approvals(own.before.sums), approvals(own.recent.sums)];
    if (before[1] < least || recent[1] < least || !clicksStay(own)) return null;
    if (!othersStay(peers, "approvals", least, ({ sums }) => approvals(sums))) return null;
    const [then, now] = [shareOf(...before), shareOf(...recent)];
    return isBelow(now, then, 1 - fall / 100) ? fallen("share", [then, before[1]], [now, recent[1]]) : null;
  },
  names: ({ status }, _found, isRecent) => isRecent && status === "rejected",
};

export const shavedConversions: Signal = {
  ...ABOUT_ADVERTISER,
  label: "Shaving: conversions stay away",
  data: "conversions and clicks (rollup) of the last 14 days and of the 14 before; first visits and bots among the clicks",
  rule: "the affiliate’s conversions a click have fallen by so much, for all that chance does (Poisson, Newcombe); those of the others on the offer keep nine tenths, and its clicks’ first visits and share without bots keep 85 %",
  wrong: "new placements that convert less; a page of the affiliate’s that leads elsewhere than before",
  thresholds: { least: 20, fall: 30 },
  confirmedBy: null,
  judge(own, peers, { least, fall }) {
    const [before, recent] = [perClick(own.before), perClick(own.recent)];
    if (before[0] < least || recent[1] === 0 || recent[1] < before[1] / 3 || !clicksStay(own)) return null;
    if (!othersStay(peers, "conversions", least, perClick)) return null;
    const [then, now] = [rateOf(...before), rateOf(...recent)];
    return isBelow(now, then, 1 - fall / 100) ? fallen("per thousand", [then, before[1]], [now, recent[1]]) : null;
  },
  names: (_row, _found, isRecent) => isRecent,
};

function fallen(
  unit: FoundSignal["unit"],
  [then, usualCases]: [Estimate, number],
  [now, cases]: [Estimate, number],
): FoundSignal {
  return {
    unit,
    ...{ own: now.value, ownBound: now.high, cases },
    ...{ usual: then.value, usualBound: then.low, usualCases, peers: 0 },
    ...{ detail: null, rows: null },
  };
}

function approvals({ statuses }: ActivitySums): PartOf {
  const approved = statuses.approved ?? 0;
  return [approved, approved + (statuses.rejected ?? 0)];
}

function perClick({ sums, clicks }: { sums: ActivitySums; clicks: ClickCounts }): PartOf {
  return [sums.conversions, clicks.clicks];
}

function clicksStay({ before, recent }: Activity): boolean {
  const uniques = ({ clicks, uniques }: ClickCounts) => (clicks === 0 ? 0 : uniques / clicks);
  const people = ({ clicks, bots }: ClickCounts) => (clicks + bots === 0 ? 0 : clicks / (clicks + bots));
  return [uniques, people].every((share) => share(recent.clicks) >= STAYS * share(before.clicks));
}

/** Whether what the others have of it now is as much as before. */
function othersStay(peers: Peers, name: string, least: number, share: (half: Activity["recent"]) => PartOf): boolean {
  const of = (half: "before" | "recent"): Pooled => peers.of(`${name} ${half}`, (activity) => share(activity[half]));
  const [before, recent] = [of("before"), of("recent")];
  if (isTooFew(before, least) || isTooFew(recent, least)) return false;
  return recent.part / recent.whole >= (OTHERS_STAY * before.part) / before.whole;
}

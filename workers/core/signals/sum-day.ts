/** Adds the conversions and claims of a day up by affiliate, offer and event, as all signals count them. */

import { type ActivitySums, type Counting, countClaim, countRow, keptSums, noSums } from "./activity-sums.ts";
import { lookAround } from "./look-around.ts";
import type { OfferSettings } from "./offer-settings.ts";
import type { LookedRow, SignalClaim, SignalRow } from "./signal-row.ts";
import { SIGNAL_NAMES, signalOf } from "./signals.ts";

export interface SummedDay {
  offer: number;
  affiliate: number;
  event: string;
  sums: ActivitySums;
}

interface Countings {
  rows: readonly Counting<LookedRow>[];
  claims: readonly Counting<SignalClaim>[];
}

/** `settings` gives those of an offer. */
export function sumDay(
  { rows, claims }: { rows: readonly SignalRow[]; claims: readonly SignalClaim[] },
  settings: (offer: number) => OfferSettings,
  nowMs: number,
): SummedDay[] {
  const activities = new Map<string, SummedDay>();
  const sumsOf = ({ offer, affiliate, event }: Omit<SummedDay, "sums">): ActivitySums => {
    const name = `${offer} ${affiliate} ${event}`;
    const activity = activities.get(name) ?? { offer, affiliate, event, sums: noSums() };
    activities.set(name, activity);
    return activity.sums;
  };
  const known = new Map<number, Countings>();
  const countingsOf = (offer: number): Countings => {
    const countings = known.get(offer) ?? countingsWith(settings(offer), nowMs);
    known.set(offer, countings);
    return countings;
  };
  for (const row of lookAround(rows)) countRow(sumsOf(row), row, countingsOf(row.offer).rows);
  for (const claim of claims) countClaim(sumsOf(claim), claim, countingsOf(claim.offer).claims);
  return [...activities.values()].map((activity) => ({ ...activity, sums: keptSums(activity.sums) }));
}

function countingsWith(settings: OfferSettings, nowMs: number): Countings {
  const rows: Counting<LookedRow>[] = [];
  const claims: Counting<SignalClaim>[] = [];
  for (const name of SIGNAL_NAMES) {
    const { counted } = signalOf(name);
    const setting = settings.get(name);
    if (!counted || !setting || setting.state === "off") continue;
    const { thresholds } = setting;
    if (counted.of === "conversions") rows.push({ name, counts: (row) => counted.counts(row, thresholds, nowMs) });
    else claims.push({ name, counts: (claim) => counted.counts(claim, thresholds, nowMs) });
  }
  return { rows, claims };
}

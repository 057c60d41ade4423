/** Judges everybody on an offer: each affiliate, by event, against all others there. */

import type { Activity } from "./activity.ts";
import type { FoundSignal } from "./found-signal.ts";
import type { OfferSettings } from "./offer-settings.ts";
import { peersAmong } from "./peers.ts";
import { SIGNAL_NAMES, type SignalName, signalOf } from "./signals.ts";

export interface Suspicion {
  signal: SignalName;
  affiliate: number;
  event: string;
  found: FoundSignal;
}

/** What the signals say of the activities of one offer, but for those that are off there. */
export function judgeOffer(activities: readonly Activity[], settings: OfferSettings): Suspicion[] {
  const said: Suspicion[] = [];
  for (const [event, own] of Map.groupBy(activities, (activity) => activity.event)) {
    const peersOf = peersAmong(own);
    for (const activity of own) {
      const peers = peersOf(activity);
      for (const signal of SIGNAL_NAMES) {
        const setting = settings.get(signal);
        if (!setting || setting.state === "off") continue;
        const found = signalOf(signal).judge(activity, peers, setting.thresholds);
        if (found) said.push({ signal, affiliate: activity.affiliate, event, found });
      }
    }
  }
  return said;
}

/** What is set of signals on an offer: of each its state and thresholds, where nothing is set those of all offers, and else its own. */

import type { SignalState } from "./signal.ts";
import { SIGNAL_NAMES, type SignalName, signalOf } from "./signals.ts";
import { type Thresholds, thresholdsWith } from "./thresholds.ts";

/** What is set of one signal, on one offer or on all: only what is said. */
export interface SetSignal {
  signal: SignalName;
  /** Null of all offers. */
  offer: number | null;
  state: SignalState | null;
  thresholds: Partial<Thresholds>;
}

interface SignalSetting {
  state: SignalState;
  thresholds: Thresholds;
}

export type OfferSettings = ReadonlyMap<SignalName, SignalSetting>;

const USUAL: SignalState = "show";

/** The settings of an offer out of all that is set. */
export function settingsOf(set: readonly SetSignal[], offer: number | null): OfferSettings {
  return new Map(
    SIGNAL_NAMES.map((name): [SignalName, SignalSetting] => {
      const own = set.filter((one) => one.signal === name);
      const everywhere = own.find((one) => one.offer === null);
      const here = offer === null ? undefined : own.find((one) => one.offer === offer);
      return [
        name,
        {
          state: here?.state ?? everywhere?.state ?? USUAL,
          thresholds: thresholdsWith(signalOf(name).thresholds, everywhere?.thresholds ?? {}, here?.thresholds ?? {}),
        },
      ];
    }),
  );
}

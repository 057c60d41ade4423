/** Signals that are a share: so many of so many rows, far more than of its peers' even where chance did all it could. */

import type { PartOf } from "./activity-sums.ts";
import { type Bounds, wilson } from "./confidence.ts";
import type { FoundSignal } from "./found-signal.ts";
import { isTooFew, type Pooled } from "./peers.ts";
import type { Signal } from "./signal.ts";
import type { Thresholds } from "./thresholds.ts";

type ShareSpec = Omit<Signal, "judge" | "rule" | "rows" | "mayHold" | "confirmedBy" | "counted"> &
  Required<Pick<Signal, "counted">> & { mayHold?: boolean };

const RULE =
  "its share’s lower bound is at least the floor, and so many times the upper bound of its peers’ share (Wilson)";

/** A signal of this name, whose share is counted with the sums. */
export function shareSignal(name: string, { mayHold = true, ...spec }: ShareSpec): Signal {
  const isOfConversions = spec.counted.of === "conversions";
  return {
    ...spec,
    rule: RULE,
    rows: spec.counted.of,
    mayHold: isOfConversions && mayHold,
    confirmedBy: isOfConversions ? "rejected" : null,
    judge(own, peers, thresholds) {
      const share = own.sums.shares[name];
      if (!share) return null;
      const usual = peers.of(name, ({ sums }) => sums.shares[name] ?? null);
      return judgeShare(share, usual, thresholds, { detail: null, rows: own.sums.named[name] ?? [] });
    },
  };
}

/** Holds a share against that of peers. */
export function judgeShare(
  [part, whole]: PartOf,
  usual: Pooled,
  { least, floor, times }: Thresholds,
  more: Pick<FoundSignal, "detail" | "rows">,
): FoundSignal | null {
  if (whole < least || isTooFew(usual, least)) return null;
  const { low } = wilson(part, whole);
  const { high }: Bounds = wilson(usual.part, usual.whole);
  if (low < floor / 100 || low < times * high) return null;
  return {
    unit: "share",
    own: part / whole,
    ownBound: low,
    cases: whole,
    usual: usual.part / usual.whole,
    usualBound: high,
    usualCases: usual.whole,
    peers: usual.peers,
    ...more,
  };
}

/** The peers of an affiliate: all others on the same offer and event, none of whom counts for more than so much, so that nobody alone is what is usual. */
import type { Activity } from "./activity.ts";
import type { PartOf } from "./activity-sums.ts";

/** Fewer others tell nothing. */
export const LEAST_PEERS = 3;
/** A peer counts as if it had no more cases than this. */
const MOST_CASES = 5_000;
/** A peer has something to tell from so many cases. */
const LEAST_CASES = 3;

/** What of a activity is compared: null where it has nothing of it. */
export type ComparedShare = (activity: Activity) => PartOf | null;

/** Of all peers together. */
export interface Pooled {
  part: number;
  whole: number;
  peers: number;
}

export interface Peers {
  /** By name, so that all are added up once, and each takes its own away. */
  of(name: string, compared: ComparedShare): Pooled;
}

/** Gives each of the activities of one event its peers. */
export function peersAmong(activities: readonly Activity[]): (own: Activity) => Peers {
  const totals = new Map<string, Pooled>();
  const totalOf = (name: string, compared: ComparedShare): Pooled => {
    const known = totals.get(name);
    if (known) return known;
    const total = { part: 0, whole: 0, peers: 0 };
    for (const activity of activities) count(total, compared(activity), 1);
    totals.set(name, total);
    return total;
  };
  return (own) => ({
    of(name, compared) {
      const rest = { ...totalOf(name, compared) };
      count(rest, compared(own), -1);
      // What is taken away again may leave a trace below nothing.
      return { ...rest, part: Math.max(0, rest.part), whole: Math.max(0, rest.whole) };
    },
  });
}

function count(pooled: Pooled, share: PartOf | null, sign: 1 | -1): void {
  if (share === null || share[1] < LEAST_CASES) return;
  const weight = sign * Math.min(1, MOST_CASES / share[1]);
  pooled.part += share[0] * weight;
  pooled.whole += share[1] * weight;
  pooled.peers += sign;
}

/** True where so few peers have so few cases that nothing is usual. */
export function isTooFew({ peers, whole }: Pooled, least: number): boolean {
  return peers < LEAST_PEERS || whole < least;
}

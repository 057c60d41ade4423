/**
 * Refusals of those who did not prove who they are, as one isolate counts them: the first of a reason, advertiser and hour are kept whole, the others only as sums,
 * each for a quarter-hour, as the rollup of the log has them. A sum has a receipt of its own and only grows: told again, it says how many there are by now.
 */
import type { Channel, RefusalMessage } from "../../../schema/messages.ts";
import { QUARTER_MS } from "../metrics/time-zone.ts";
import { HOUR_MS } from "../time-units.ts";

/** Of a reason, advertiser and hour so many are kept whole. */
export const KEPT_WHOLE = 20;
/** Reasons of advertisers that are told apart at once: more than these are there only in a flood over all of them, and begin anew. */
const MAX_COUNTS = 10_000;
/** Sums that could not be told yet. */
const MAX_UNTOLD = 10_000;

/** A refusal as far as it is counted. */
export interface CountedRefusal {
  advertiser: number;
  reason: string;
  channel: Channel;
  receivedAtMs: number;
}

/** A sum of refusals that were alike, as the log is told of it. */
type CountedAlike = RefusalMessage & { times: number };

export interface StrangerCounts {
  /** True for one that is among the first of its hour, and is kept. */
  admits(refusal: CountedRefusal): boolean;
  /** Adds one that is not kept; a new sum takes its receipt from `receiptOf`. */
  add(refusal: CountedRefusal, receiptOf: (advertiser: number) => string): void;
  /** The sums that grew since they were taken last. */
  take(): CountedAlike[];
  /** Gives back what could not be told. */
  giveBack(sums: readonly CountedAlike[]): void;
}

interface Count {
  hour: number;
  kept: number;
  sum: CountedAlike | null;
}

export function createStrangerCounts(): StrangerCounts {
  const counts = new Map<string, Count>();
  /** By receipt. */
  const untold = new Map<string, CountedAlike>();

  function countOf({ advertiser, reason, receivedAtMs }: CountedRefusal): Count {
    const key = `${advertiser}/${reason}`;
    const hour = Math.floor(receivedAtMs / HOUR_MS);
    const known = counts.get(key);
    if (known && known.hour >= hour) return known;
    if (!known && counts.size >= MAX_COUNTS) counts.clear();
    const count = { hour, kept: 0, sum: null };
    counts.set(key, count);
    return count;
  }

  return {
    admits(refusal) {
      const count = countOf(refusal);
      if (count.kept >= KEPT_WHOLE) return false;
      count.kept++;
      return true;
    },
    add(refusal, receiptOf) {
      const count = countOf(refusal);
      const { sum } = count;
      const isOpen = sum !== null && quarterOf(sum) === quarterOf(refusal);
      const next = isOpen ? sum : newSum(refusal, receiptOf(refusal.advertiser));
      next.times++;
      count.sum = next;
      if (untold.size < MAX_UNTOLD) untold.set(next.receipt, next);
    },
    take() {
      const taken = [...untold.values()].map((sum) => ({ ...sum }));
      untold.clear();
      return taken;
    },
    giveBack(sums) {
      for (const sum of sums) if (untold.size < MAX_UNTOLD && !untold.has(sum.receipt)) untold.set(sum.receipt, sum);
    },
  };
}

function quarterOf({ receivedAtMs }: { receivedAtMs: number }): number {
  return Math.floor(receivedAtMs / QUARTER_MS);
}

function newSum(refusal: CountedRefusal, receipt: string): CountedAlike {
  return { kind: "refusal", receipt, ...refusal, stranger: true, times: 0, params: {} };
}

/** A signal: what looks wrong about an affiliate on an offer, told from its peers there. One entry says what it reads, when it speaks and which rows it names. */
import type { SIGNAL_STATES } from "../../../schema/tables.ts";
import type { Activity } from "./activity.ts";
import type { FoundSignal } from "./found-signal.ts";
import type { Peers } from "./peers.ts";
import type { LookedRow, SignalClaim, SignalRow } from "./signal-row.ts";
import type { Thresholds } from "./thresholds.ts";

/** What it does when it speaks: nothing, be shown, or have the conversions that it names held. */
export type SignalState = (typeof SIGNAL_STATES)[number];

/** What it says of itself, for the page and docs/signals.md. */
interface Told {
  label: string;
  /** Who is suspected: the affiliate, or the advertiser who settles its conversions. */
  about: "affiliate" | "advertiser";
  data: string;
  rule: string;
  /** What else looks like it, and is honest. */
  wrong: string;
  thresholds: Partial<Thresholds>;
}

/** What of a row is a case, and of what; null where it is none of the whole. */
type CountedIn =
  | { of: "conversions"; counts(row: LookedRow, thresholds: Thresholds, nowMs: number): boolean | null }
  | { of: "claims"; counts(claim: SignalClaim, thresholds: Thresholds, nowMs: number): boolean | null };

export interface Signal extends Told {
  /** Counted with the sums of a day, which keep the IDs. */
  counted?: CountedIn;
  judge(own: Activity, peers: Peers, thresholds: Thresholds): FoundSignal | null;
  /** Of the affiliate's rows on the offer, whether this one is meant; absent where the sums keep the IDs. */
  names?(row: SignalRow, found: Pick<FoundSignal, "detail">, isRecent: boolean): boolean;
  /** What its rows are. */
  rows: "conversions" | "claims";
  /** Whether holding what it names would be of use. */
  mayHold: boolean;
  /** Which decision on a row that it named says that it was right; null where none can. */
  confirmedBy: "rejected" | "approved" | null;
}

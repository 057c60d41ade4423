/** The faults that are injected one after the other, each followed by a calm in which the system must catch up. */
import type { PlatformProcess } from "./platform-process.ts";

export interface Fault {
  name: string;
  /** Told to the doubles in test/fault. */
  told: Parameters<PlatformProcess["fail"]>[0];
  forMs: number;
}

export const KILL = "kill -9 of the whole platform";

const SHORT_MS = 5_000;
const LONG_MS = 10_000;

const KILLED: Fault = { name: KILL, told: {}, forMs: 0 };

export const FAULTS: readonly Fault[] = [
  { name: "the queue refuses", told: { queue: "refuse" }, forMs: SHORT_MS },
  KILLED,
  { name: "D1 refuses", told: { ledger: "books=before" }, forMs: LONG_MS },
  { name: "D1 commits and then loses the connection", told: { ledger: "books=after" }, forMs: SHORT_MS },
  KILLED,
  { name: "the object commits and then loses the connection", told: { ledger: "object=after" }, forMs: SHORT_MS },
  { name: "the click log's object refuses", told: { ledger: "clicks=before" }, forMs: SHORT_MS },
  KILLED,
  { name: "the object is overloaded", told: { ledger: "object=overloaded" }, forMs: SHORT_MS },
  { name: "the queue hangs", told: { queue: "hang" }, forMs: SHORT_MS },
];

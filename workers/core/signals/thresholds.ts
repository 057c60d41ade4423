/** What a signal is tuned by: one entry a threshold. */

interface Threshold {
  label: string;
  /** What it must at least and at most be. */
  from: number;
  to: number;
}

/** In the order in which pages and docs/signals.md show them. */
export const THRESHOLDS = {
  least: { label: "cases at least", from: 20, to: 100_000 },
  floor: { label: "share at least, in percent", from: 1, to: 100 },
  times: { label: "times its peers’", from: 1, to: 1_000 },
  fall: { label: "fall at least, in percent", from: 5, to: 95 },
  seconds: { label: "seconds", from: 1, to: 3_600 },
  days: { label: "days", from: 1, to: 27 },
} as const satisfies Record<string, Threshold>;

export type ThresholdName = keyof typeof THRESHOLDS;
export const THRESHOLD_NAMES = [
  "least",
  "floor",
  "times",
  "fall",
  "seconds",
  "days",
] as const satisfies readonly ThresholdName[];

/** All of them; a signal looks at those that it says. */
export type Thresholds = Readonly<Record<ThresholdName, number>>;

const NONE: Thresholds = { least: 0, floor: 0, times: 0, fall: 0, seconds: 0, days: 0 };

/** A signal's own, where nothing else is set. */
export function thresholdsWith(...parts: readonly Partial<Thresholds>[]): Thresholds {
  const all: Thresholds = Object.assign({}, NONE, ...parts);
  return all;
}

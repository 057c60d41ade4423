/** Whether a process's memory grows: the medians of the first and the last third of its life, after it has warmed up. */
import { median } from "../bench/rounds.ts";

export interface Sample {
  /** Since the process began. */
  ageMs: number;
  bytes: number;
}

export interface Trend {
  firstBytes: number;
  lastBytes: number;
  /** Last third divided by first third. */
  ratio: number;
}

/** Code is compiled, pools are filled, caches take their places. */
const WARM_UP_MS = 60_000;
/** Fewer samples tell nothing. */
const LEAST_SAMPLES = 30;
/** What garbage collectors let lie about; a leak of a message per request is far more in ten minutes. */
export const MOST_GROWTH = 1.25;

/** Null where the life after the warm-up is too short to say anything. */
export function memoryTrend(samples: readonly Sample[]): Trend | null {
  const warm = samples.filter(({ ageMs }) => ageMs >= WARM_UP_MS);
  if (warm.length < LEAST_SAMPLES) return null;
  const third = Math.floor(warm.length / 3);
  const firstBytes = medianOf(warm.slice(0, third));
  const lastBytes = medianOf(warm.slice(-third));
  return { firstBytes, lastBytes, ratio: lastBytes / firstBytes };
}

function medianOf(samples: readonly Sample[]): number {
  return median(samples.map(({ bytes }) => bytes));
}

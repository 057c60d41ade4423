/** Durations in fixed buckets, so that percentiles of rollups and of rows are the same number. */

/** What is measured of conversions: a duration in milliseconds out of the row, and how it is called; and of deliveries, which the courier counts by bucket. */
export const LATENCIES = {
  click: {
    of: "conversions",
    durationMs: "occurred_at - clicked_at",
    label: "Click to conversion",
    words: "from the click to the conversion",
  },
  arrival: {
    of: "conversions",
    durationMs: "received_at - occurred_at",
    label: "Conversion to receipt",
    words: "from the conversion to the receipt of its postback",
  },
  delivery: {
    of: "deliveries",
    label: "Entry to delivery",
    words: "from the receipt of the message that an entry came of to the receiver's answer that it was taken",
  },
} as const;
export type Latency = keyof typeof LATENCIES;
type ConversionLatency = Exclude<Latency, "delivery">;

/** Upper edges in seconds: bucket 0 lies below the first, the last bucket has none. */
export const EDGES_S = [
  1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400, 172_800, 259_200, 604_800,
  1_209_600, 2_592_000, 5_184_000, 7_776_000, 15_552_000, 31_536_000,
] as const;

const LAST_EDGE_S = 31_536_000;

/** The SQL for the bucket of a conversion's latency: how many edges it has reached, found by halves. */
export function bucketSql(latency: ConversionLatency): string {
  const { durationMs } = LATENCIES[latency];
  const among = (from: number, to: number): string => {
    if (from === to) return String(from);
    const middle = Math.floor((from + to) / 2);
    return `iif(${durationMs} < ${(EDGES_S[middle] ?? 0) * 1_000}, ${among(from, middle)}, ${among(middle + 1, to)})`;
  };
  return among(0, EDGES_S.length);
}

/** The bucket of a duration in milliseconds. */
export function bucketOf(durationMs: number): number {
  return EDGES_S.filter((edge) => durationMs >= edge * 1_000).length;
}

/** The upper edge of the bucket, in seconds; of the last, which has none, the lower one. */
export function edgeOf(bucket: number): number {
  return EDGES_S[bucket] ?? LAST_EDGE_S;
}

/** Within how many seconds this share (in hundredths) of all durations lies: the edge of the bucket that reaches it. `counts` by bucket; null when there are none. */
export function percentileS(counts: readonly bigint[], hundredths: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0n);
  if (all <= 0n) return null;
  let reached = 0n;
  for (const [bucket, count] of counts.entries()) {
    reached += count;
    if (reached * 100n >= all * BigInt(hundredths)) return edgeOf(bucket);
  }
  return LAST_EDGE_S;
}

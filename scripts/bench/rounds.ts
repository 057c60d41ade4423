/** Rounds: the reference and ours by turns, so that what happens to the machine meanwhile happens to both; judged are the rounds' ratios. */

/** One figure of both in one round. */
export interface Round {
  reference: number;
  ours: number;
}

export interface Ratio {
  /** Median of the rounds' ratios ours/reference. */
  ratio: number;
  min: number;
  max: number;
  /** Medians. */
  reference: number;
  ours: number;
}

/** Runs `reference` and `ours` by turns, A B A B, so many rounds of each. */
export async function alternate<Figures>(
  rounds: number,
  reference: (round: number) => Promise<Figures>,
  ours: (round: number) => Promise<Figures>,
): Promise<{ reference: Figures; ours: Figures }[]> {
  const results: { reference: Figures; ours: Figures }[] = [];
  for (let round = 0; round < rounds; round++)
    results.push({ reference: await reference(round), ours: await ours(round) });
  return results;
}

/** Throws when there is no round. */
export function compare(rounds: readonly Round[]): Ratio {
  const ratios = rounds.map(({ reference, ours }) => ours / reference);
  return {
    ratio: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    reference: median(rounds.map(({ reference }) => reference)),
    ours: median(rounds.map(({ ours }) => ours)),
  };
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that the share `share` (0 to 1) of `values` does not exceed; between two values the mean of both at the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error("there are no values");
  return below + (above - below) * (place - Math.floor(place));
}

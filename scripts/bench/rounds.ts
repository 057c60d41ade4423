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

/** What was answered in a part of a round, in how long, at what CPU of the workers' process. */
export interface Slice {
  answered: number;
  seconds: number;
  cpuSeconds: number;
}

/** Each round of both is done in so many slices, so that a second in which the machine is slow falls on both. */
const SLICES = 4;

/** Runs `reference` and `ours` by turns, slice by slice, and gives each round's sums. */
export async function interleave(
  rounds: number,
  reference: (share: number) => Promise<Slice>,
  ours: (share: number) => Promise<Slice>,
): Promise<{ reference: Slice; ours: Slice }[]> {
  const done: { reference: Slice; ours: Slice }[] = [];
  for (let round = 0; round < rounds; round++) {
    const slices = await alternate(
      SLICES,
      () => reference(1 / SLICES),
      () => ours(1 / SLICES),
    );
    done.push({
      reference: sumOf(slices.map((slice) => slice.reference)),
      ours: sumOf(slices.map((slice) => slice.ours)),
    });
  }
  return done;
}

/** Requests/s of both in each round. */
export function speeds(rounds: readonly { reference: Slice; ours: Slice }[]): Round[] {
  const speed = ({ answered, seconds }: Slice): number => answered / seconds;
  return rounds.map(({ reference, ours }) => ({ reference: speed(reference), ours: speed(ours) }));
}

/** CPU seconds for 10,000 requests of both in each round. */
export function costs(rounds: readonly { reference: Slice; ours: Slice }[]): Round[] {
  const cost = ({ answered, cpuSeconds }: Slice): number => (cpuSeconds / answered) * 10_000;
  return rounds.map(({ reference, ours }) => ({ reference: cost(reference), ours: cost(ours) }));
}

function sumOf(slices: readonly Slice[]): Slice {
  const sum = { answered: 0, seconds: 0, cpuSeconds: 0 };
  for (const { answered, seconds, cpuSeconds } of slices) {
    sum.answered += answered;
    sum.seconds += seconds;
    sum.cpuSeconds += cpuSeconds;
  }
  return sum;
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

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

/** What was answered in one turn, in how long, at what CPU of the workers' process. */
export interface Slice {
  answered: number;
  seconds: number;
  cpuSeconds: number;
}

/** What both did in one turn. */
export interface Pair {
  reference: Slice;
  ours: Slice;
}

/** Runs `reference` and `ours` by turns, so many rounds of so many turns each: what happens to the machine in a second falls on both. */
export async function interleave(
  rounds: number,
  turns: number,
  reference: () => Promise<Slice>,
  ours: () => Promise<Slice>,
): Promise<Pair[][]> {
  const done: Pair[][] = [];
  for (let round = 0; round < rounds; round++) done.push(await alternate(turns, reference, ours));
  return done;
}

/** Requests/s of both in each round, all of it counted. */
export function speeds(rounds: readonly (readonly Pair[])[]): Round[] {
  return rounds.map(whole).map(speedsOf);
}

/**
 * Requests/s of both in each round's middle turn, that of the median ratio. For turns that are much shorter than what stops the whole process now and then, and so
 * falls on one of the two by chance.
 */
export function middleSpeeds(rounds: readonly (readonly Pair[])[]): Round[] {
  return rounds.map((pairs) => {
    const sorted = pairs.map(speedsOf).sort((left, right) => ratioOf(left) - ratioOf(right));
    const middle = sorted[Math.floor(sorted.length / 2)];
    if (!middle) throw new Error("a round has no turns");
    return middle;
  });
}

/** CPU seconds for 10,000 requests of both in each round. */
export function costs(rounds: readonly (readonly Pair[])[]): Round[] {
  const cost = ({ answered, cpuSeconds }: Slice): number => (cpuSeconds / answered) * 10_000;
  return rounds.map(whole).map(({ reference, ours }) => ({ reference: cost(reference), ours: cost(ours) }));
}

function whole(pairs: readonly Pair[]): Pair {
  return { reference: sumOf(pairs.map(({ reference }) => reference)), ours: sumOf(pairs.map(({ ours }) => ours)) };
}

function speedsOf({ reference, ours }: Pair): Round {
  return { reference: reference.answered / reference.seconds, ours: ours.answered / ours.seconds };
}

function ratioOf({ reference, ours }: Round): number {
  return ours / reference;
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
  const ratios = rounds.map(ratioOf);
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

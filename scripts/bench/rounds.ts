/** Rounds: the reference and ours by turns, so that what happens to the machine meanwhile happens to both; judged are the rounds' ratios. */

/** What was found of both in the same round, or turn of one. */
export interface Both<Figure> {
  reference: Figure;
  ours: Figure;
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

/** Runs `reference` and `ours` by turns, A B A B, so many times each. */
export async function alternate<Figure>(
  times: number,
  reference: (time: number) => Promise<Figure>,
  ours: (time: number) => Promise<Figure>,
): Promise<Both<Figure>[]> {
  const results: Both<Figure>[] = [];
  for (let time = 0; time < times; time++) results.push({ reference: await reference(time), ours: await ours(time) });
  return results;
}

/** What was answered in one turn, in how long, at what CPU of the workers' process. */
export interface Slice {
  answered: number;
  seconds: number;
  cpuSeconds: number;
}

/** Runs `reference` and `ours` by turns, so many rounds of so many turns each: what happens to the machine in a second falls on both. */
export async function interleave(
  rounds: number,
  turns: number,
  reference: () => Promise<Slice>,
  ours: () => Promise<Slice>,
): Promise<Both<Slice>[][]> {
  const done: Both<Slice>[][] = [];
  for (let round = 0; round < rounds; round++) done.push(await alternate(turns, reference, ours));
  return done;
}

/** Requests/s of both in each round, all of it counted. */
export function speeds(rounds: readonly (readonly Both<Slice>[])[]): Both<number>[] {
  return rounds.map(whole).map(speedsOf);
}

/**
 * Requests/s of both in each round's middle turn, that of the median ratio. For turns that are much shorter than what stops the whole process now and then, and so
 * falls on one of the two by chance.
 */
export function middleSpeeds(rounds: readonly (readonly Both<Slice>[])[]): Both<number>[] {
  return rounds.map((turns) => {
    const sorted = turns.map(speedsOf).sort((left, right) => ratioOf(left) - ratioOf(right));
    // Of two in the middle the lesser.
    const middle = sorted[Math.floor((sorted.length - 1) / 2)];
    if (!middle) throw new Error("a round has no turns");
    return middle;
  });
}

/** CPU seconds for 10,000 requests of both in each round. */
export function costs(rounds: readonly (readonly Both<Slice>[])[]): Both<number>[] {
  const cost = ({ answered, cpuSeconds }: Slice): number => (cpuSeconds / answered) * 10_000;
  return rounds.map(whole).map(({ reference, ours }) => ({ reference: cost(reference), ours: cost(ours) }));
}

function whole(turns: readonly Both<Slice>[]): Both<Slice> {
  return { reference: sumOf(turns.map(({ reference }) => reference)), ours: sumOf(turns.map(({ ours }) => ours)) };
}

function speedsOf({ reference, ours }: Both<Slice>): Both<number> {
  return { reference: reference.answered / reference.seconds, ours: ours.answered / ours.seconds };
}

function ratioOf({ reference, ours }: Both<number>): number {
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
export function compare(rounds: readonly Both<number>[]): Ratio {
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

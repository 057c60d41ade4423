/** What a signal found: the affiliate's own figure with its bound, that of its peers, and which rows it names. */

/** How a figure is shown: a share of a whole, conversions in a thousand clicks, or how many times as much. */
export type FigureUnit = "share" | "per thousand" | "times";

export interface SignalFigures {
  unit: FigureUnit;
  /** Of the affiliate on the offer, of so many cases; the bound is what it is at least, or at most, for all that chance does. */
  own: number;
  ownBound: number;
  cases: number;
  /** Of what it is held against, likewise; so many peers, or none where it is held against itself. */
  usual: number;
  usualBound: number;
  usualCases: number;
  peers: number;
}

export interface FoundSignal extends SignalFigures {
  /** What besides is to be known: a sub-id, a combination of device, system and browser. */
  detail: string | null;
  /** IDs of the rows, where they were counted with the sums; else they are picked among the affiliate's. */
  rows: readonly string[] | null;
}

/** The figures in a sentence. */
export function inWords({
  unit,
  own,
  ownBound,
  usual,
  usualBound,
  cases,
  usualCases,
  peers,
  detail,
}: FoundSignal): string {
  const figure = (value: number) => figureInWords(value, unit);
  const bound = (of: number, value: number) => `${of <= value ? "at least" : "at most"} ${figure(of)}`;
  const whom = peers === 0 ? "usually" : `of ${peers} peers`;
  const what = detail === null ? "" : `${detail}: `;
  return `${what}${figure(own)} of ${cases} (${bound(ownBound, own)}), ${whom} ${figure(usual)} of ${Math.round(usualCases)} (${bound(usualBound, usual)})`;
}

export function figureInWords(value: number, unit: FigureUnit): string {
  if (unit === "share") return `${digits(value * 100)} %`;
  return unit === "times" ? `${digits(value)} times` : `${digits(value * 1_000)} per thousand`;
}

function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** From a figure of a report to what it is compared with, step by step, each a change of one thing: which conversions come to it or leave it by that, as the list of conversions is filtered for them. */
import { formatInstant } from "../instant.ts";

/** Which conversions are counted: `standing` are pending and approved, `payable` approved and not held. */
export const STANDS = ["standing", "all", "approved", "payable"] as const;
export type CountedStand = (typeof STANDS)[number];

/** What a figure counts, times in Unix milliseconds. */
export interface CountedView {
  clock: string;
  fromMs: number;
  toMs: number;
  withTests: boolean;
  stand: CountedStand;
}

/** Conversions that make a part of the difference: they are added, or taken away. */
export interface DifferencePart {
  reason: DifferenceReason;
  sign: 1 | -1;
  /** Of the list of conversions. */
  filters: Record<string, string>;
  /** For the sentence. */
  words: { clock: string; other: string };
}

const REASONS = {
  tests: "Tests, which a report leaves out.",
  earlier_begin: "Between the two beginnings, which the time zones put apart.",
  later_begin: "Between the two beginnings, which the time zones put apart.",
  later_end: "Between the two ends, which the time zones put apart.",
  earlier_end: "Between the two ends, which the time zones put apart.",
  before_by_other: "{clock} in this time, and {other} before it.",
  after_by_other: "{clock} in this time, and {other} after it.",
  before_by_own: "{other} in this time, and {clock} before it.",
  after_by_own: "{other} in this time, and {clock} after it.",
  not_standing: "Rejected and reversed, which a report does not count.",
  pending: "Pending: not decided yet.",
  held: "Approved, and held: not payable before they are released.",
} as const;
export type DifferenceReason = keyof typeof REASONS;
export const DIFFERENCE_REASONS = Object.keys(REASONS).filter(isReason);

/** The part in a sentence. */
export function sayPart({ reason, words }: Pick<DifferencePart, "reason" | "words">): string {
  const text = REASONS[reason].replace("{clock}", words.clock).replace("{other}", words.other);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The parts between two views, none of which has a conversion of another; together they are the whole difference. `isMoney`: what is rejected and reversed is worth nothing. */
export function partsBetween(here: CountedView, there: CountedView, isMoney: boolean): DifferencePart[] {
  const standing = isMoney ? {} : { stands: "true" };
  const words = { clock: here.clock, other: there.clock };
  const part = (reason: DifferenceReason, sign: 1 | -1, filters: Record<string, string>): DifferencePart => ({
    ...{ reason, sign, filters, words },
  });
  const parts: DifferencePart[] = [];
  if (there.withTests) parts.push(part("tests", 1, { ...standing, ...within(here, here.clock), test: "true" }));
  const tests = there.withTests ? {} : { test: "false" };
  const of = { ...standing, ...tests };
  parts.push(
    ...endsBetween(here, there).map(({ reason, sign, fromMs, toMs }) =>
      part(reason, sign, { ...of, ...within({ fromMs, toMs }, here.clock) }),
    ),
  );
  if (here.clock !== there.clock) {
    const own = { ...of, ...within(there, here.clock), and_clock: there.clock };
    const other = { ...of, ...within(there, there.clock), and_clock: here.clock };
    const [before, after] = [{ and_to: formatInstant(there.fromMs) }, { and_from: formatInstant(there.toMs) }];
    parts.push(
      part("before_by_other", -1, { ...own, ...before }),
      part("after_by_other", -1, { ...own, ...after }),
      part("before_by_own", 1, { ...other, ...before }),
      part("after_by_own", 1, { ...other, ...after }),
    );
  }
  const last = { ...tests, ...within(there, there.clock) };
  if (there.stand === "all" && !isMoney) parts.push(part("not_standing", 1, { ...last, stands: "false" }));
  if (there.stand === "approved" || there.stand === "payable")
    parts.push(part("pending", -1, { ...last, status: "pending" }));
  if (there.stand === "payable") parts.push(part("held", -1, { ...last, status: "approved", hold: "held" }));
  return parts;
}

function within({ fromMs, toMs }: { fromMs: number; toMs: number }, clock: string): Record<string, string> {
  return { clock, from: formatInstant(fromMs), to: formatInstant(toMs) };
}

/** What lies between two ranges at either end. Ranges that do not meet are left whole, and come whole. */
function endsBetween(here: CountedView, there: CountedView) {
  const ends: { reason: DifferenceReason; sign: 1 | -1; fromMs: number; toMs: number }[] = [];
  const add = (reason: DifferenceReason, sign: 1 | -1, fromMs: number, toMs: number) => {
    if (fromMs < toMs) ends.push({ reason, sign, fromMs, toMs });
  };
  add("earlier_begin", 1, there.fromMs, Math.min(here.fromMs, there.toMs));
  add("later_begin", -1, here.fromMs, Math.min(there.fromMs, here.toMs));
  add("later_end", 1, Math.max(here.toMs, there.fromMs), there.toMs);
  add("earlier_end", -1, Math.max(there.toMs, here.fromMs), here.toMs);
  return ends;
}

function isReason(name: string): name is DifferenceReason {
  return name in REASONS;
}

/** A list that is refused by its lines: each is told in a sentence that begins with its number. */
import type { Fault, Problem } from "./problem.ts";

/** So many lines are told. */
const MOST_TOLD = 20;

interface ListRefusal {
  name: "invalid_input" | "taken";
  /** Before the lines, such as `Nothing was made.`; and behind them. */
  before: string;
  behind?: string;
}

export function linesProblem(
  { name, before, behind }: ListRefusal,
  lines: readonly { line: number; why: string }[],
): Problem {
  const errors = lines
    .slice(0, MOST_TOLD)
    .map(({ line, why }): Fault => ({ pointer: `#/${line}`, detail: `Line ${line}: ${why}` }));
  const detail = [before, ...errors.map((one) => one.detail), ...(behind === undefined ? [] : [behind])].join(" ");
  return { name, detail, errors };
}

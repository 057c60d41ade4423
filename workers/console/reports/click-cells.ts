/** Counts clicks from the log itself, where no rollup knows what a report asks for: cells, which SQL then groups as it groups a rollup's. */
import type { CellQuestion, ClickCell } from "../../core/metrics/click-cells.ts";
import { COUNTS_OF_CLICK } from "../../core/metrics/measures.ts";
import type { Resolution } from "../../core/metrics/segments.ts";
import { offsetIn, QUARTER_MS, startOfHour, type ZoneSpan } from "../../core/metrics/time-zone.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { ClickBlock } from "../click-log/click-block.ts";
import { readClicks } from "../click-log/read-clicks.ts";
import type { ClickLogEnv, TimeSpan } from "../click-log/stretches.ts";

/** More cells than these have no place in memory, and nobody reads them. */
export const MAX_CELLS = 100_000;

/** Cells of what is read, by the quarter-hour and values that tell them apart. */
type CellMap = Map<string, ClickCell>;

/** The cells of these times, null where they are too many. What is listed twice adds up. */
export async function countCells(
  env: ClickLogEnv,
  question: CellQuestion,
  spans: readonly TimeSpan[],
  nowMs: number,
): Promise<ClickCell[] | null> {
  const cells: CellMap = new Map();
  const facts = ["kind", "unique", ...question.facts, ...question.conditions.map(({ fact }) => fact)];
  const timeOf = timesOf(question);
  for (const span of spans)
    for await (const block of readClicks(env, { ...span, facts, after: null }, nowMs)) {
      countBlock(cells, block, question, timeOf);
      if (cells.size > MAX_CELLS) return null;
    }
  return [...cells.values()];
}

/** A provisional click counts when a conversion follows, from there. */
function countBlock(cells: CellMap, block: ClickBlock, { facts, conditions }: CellQuestion, timeOf: TimeOf): void {
  const [time, kind, unique] = [block.column("clicked_at"), block.column("kind"), block.column("unique")];
  const values = facts.map((fact) => block.column(fact));
  const asked = conditions.map(({ fact, value }) => ({ of: block.column(fact), value }));
  for (let place = 0; place < block.count; place++) {
    const click = { kind: kind(place), unique: unique(place) };
    if (click.kind === "provisional" || !asked.every(({ of, value }) => of(place) === value)) continue;
    const at = timeOf(Math.floor(Number(time(place)) / QUARTER_MS));
    let name = String(at);
    for (const of of values) name += `\n${of(place) ?? ""}`;
    let cell = cells.get(name);
    if (!cell) {
      cell = [at, ...values.map((of) => of(place) ?? ""), ...COUNTS_OF_CLICK.map(() => 0)];
      cells.set(name, cell);
    }
    const first = 1 + values.length;
    for (let index = 0; index < COUNTS_OF_CLICK.length; index++)
      cell[first + index] = Number(cell[first + index]) + (COUNTS_OF_CLICK[index]?.of(click) ?? 0);
  }
}

/** The quarter-hour that stands for the time of a quarter-hour. */
type TimeOf = (quarter: number) => number;

/** Any one of a local hour or day stands for it, since SQL makes the hour or day of it. */
function timesOf({ resolution, zone }: CellQuestion): TimeOf {
  const known = new Map<number, number>();
  const first = new Map<number, number>();
  return (quarter) => {
    const held = known.get(quarter);
    if (held !== undefined) return held;
    const begins = beginningOf(resolution, zone, quarter);
    const stands = first.get(begins) ?? quarter;
    first.set(begins, stands);
    known.set(quarter, stands);
    return stands;
  };
}

function beginningOf(resolution: Resolution, zone: readonly ZoneSpan[], quarter: number): number {
  const atMs = quarter * QUARTER_MS;
  if (resolution === "none") return 0;
  if (resolution === "hour") return startOfHour(zone, atMs);
  return Math.floor((atMs + offsetIn(zone, atMs)) / DAY_MS);
}

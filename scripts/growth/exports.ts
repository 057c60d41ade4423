/** How fast few and many conversions are exported, and what the platform's process holds in memory meanwhile. */
import { compare } from "../bench/rounds.ts";
import { watchLargest } from "../process-table.ts";
import { FROM_MS, TO_MS } from "./month.ts";
import type { GrowthRow } from "./rows.ts";
import type { World } from "./world.ts";

const MEGABYTE = 1_000_000;
const LINE_END = 10;

interface Figures {
  perSecond: number;
  peakMb: number;
}

/** All conversions of this world against the first `few` of them. */
export async function measureExports(world: World, few: number, rounds: number): Promise<GrowthRow[]> {
  const all = world.size.conversions;
  const fewUntilMs = FROM_MS + Math.floor(((TO_MS - FROM_MS) * few) / all);
  await exported(world, fewUntilMs);
  const figures: { small: Figures; large: Figures }[] = [];
  for (let round = 0; round < rounds; round++)
    figures.push({ small: await exported(world, fewUntilMs), large: await exported(world, TO_MS) });
  const row = (name: string, what: string, figure: keyof Figures, unit: string): GrowthRow => ({
    name,
    comparison: { what, reference: `the same of ${few.toLocaleString("en-US")}`, unit },
    ratio: compare(figures.map(({ small, large }) => ({ reference: small[figure], ours: large[figure] }))),
  });
  const rows = all.toLocaleString("en-US");
  return [
    row("export-speed", `export of ${rows} conversions as CSV`, "perSecond", "rows/s"),
    row("export-memory", `largest memory of workerd while ${rows} conversions are exported`, "peakMb", "MB"),
  ];
}

async function exported({ fetchConsole, residentBytes }: World, untilMs: number): Promise<Figures> {
  const largestBytes = watchLargest(residentBytes);
  const startedMs = performance.now();
  const query = new URLSearchParams({ from: new Date(FROM_MS).toISOString(), to: new Date(untilMs).toISOString() });
  const answer = await fetchConsole(`/api/exports/conversions.csv?${query}`);
  if (answer.status !== 200 || !answer.body) throw new Error(`the export answered ${answer.status}`);
  // The header is a line too.
  let rows = -1;
  for await (const bytes of answer.body) for (const byte of bytes) if (byte === LINE_END) rows++;
  const seconds = (performance.now() - startedMs) / 1_000;
  return { perSecond: rows / seconds, peakMb: largestBytes() / MEGABYTE };
}

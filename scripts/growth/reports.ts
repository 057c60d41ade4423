/** What a report of the month costs with few and with many clicks behind it, in several time zones. */
import { compare, median } from "../bench/rounds.ts";
import { FROM, TO } from "./month.ts";
import type { GrowthRow } from "./rows.ts";
import type { World } from "./world.ts";

/** Hours and days of UTC; whole hours from it, with a change of clocks; half an hour from it. */
const ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata"] as const;
/** A figure is the median of so many requests. */
const REQUESTS = 5;

/** Rows of the largest world, and of those between, against the smallest. */
export async function measureReports(worlds: readonly World[], rounds: number): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  const small = worlds.at(0);
  if (!small) return rows;
  for (const zone of ZONES) {
    for (const world of worlds) await costOf(world, zone);
    const figures: number[][] = [];
    for (let round = 0; round < rounds; round++) {
      const costs: number[] = [];
      for (const world of worlds) costs.push(await costOf(world, zone));
      figures.push(costs);
    }
    for (const [index, world] of worlds.entries()) {
      if (index === 0) continue;
      const clicks = world.size.clicks.toLocaleString("en-US");
      const isHeld = zone === "UTC" && index === worlds.length - 1;
      rows.push({
        name: `report-${world.size.clicks}${zone === "UTC" ? "" : `-${zone}`}`,
        comparison: {
          what: `report of a month by affiliate and day over ${clicks} clicks${zone === "UTC" ? "" : `, ${zone}`}`,
          reference: `the same over ${small.size.clicks.toLocaleString("en-US")}`,
          unit: "ms",
          ...(isHeld ? { atMost: 1.5, aim: 1.1 } : {}),
        },
        ratio: compare(figures.map((costs) => ({ reference: costs[0] ?? 0, ours: costs[index] ?? 0 }))),
      });
    }
  }
  return rows;
}

/** Milliseconds. */
async function costOf({ fetchConsole }: World, zone: string): Promise<number> {
  const query = new URLSearchParams({ group_by: "affiliate,day", from: FROM, to: TO, tz: zone });
  const figures: number[] = [];
  for (let request = 0; request < REQUESTS; request++) {
    const startedMs = performance.now();
    const answer = await fetchConsole(`/api/reports?${query}`);
    const text = await answer.text();
    figures.push(performance.now() - startedMs);
    const { rows }: { rows?: unknown[] } = JSON.parse(text);
    if (!rows || rows.length === 0) throw new Error(`the report answered ${answer.status}: ${text.slice(0, 500)}`);
  }
  return median(figures);
}

/** What it costs to settle a fresh order with few and with many conversions in the books: time on the clock, and of the processor. */
import type { PostbackMessage } from "../../schema/messages.ts";
import { BATCH } from "../bench/orders.ts";
import { compare } from "../bench/rounds.ts";
import type { GrowthRow } from "./rows.ts";
import type { World } from "./world.ts";

interface Cost {
  ms: number;
  cpuMs: number;
}

export async function measureSettling(worlds: readonly World[], rounds: number, batches: number): Promise<GrowthRow[]> {
  for (const world of worlds) await costOf(world, await world.orders.take(batches));
  const figures: Cost[][] = [];
  for (let round = 0; round < rounds; round++) {
    const taken: [World, PostbackMessage[][]][] = [];
    for (const world of worlds) taken.push([world, await world.orders.take(batches)]);
    const costs: Cost[] = [];
    for (const [world, orders] of taken) costs.push(await costOf(world, orders));
    figures.push(costs);
  }
  const small = worlds.at(0)?.size.conversions ?? 0;
  return worlds.slice(1).flatMap(({ size }, index) =>
    (["ms", "cpuMs"] as const).map((figure): GrowthRow => {
      const rows = figures.map((costs) => ({
        reference: costs[0]?.[figure] ?? 0,
        ours: costs[index + 1]?.[figure] ?? 0,
      }));
      return {
        name: `settle-${size.conversions}${figure === "ms" ? "" : "-cpu"}`,
        comparison: {
          what: `settling an order with ${size.conversions.toLocaleString("en-US")} conversions in the books${figure === "ms" ? "" : ", CPU"}`,
          reference: `the same with ${small.toLocaleString("en-US")}`,
          unit: "ms",
        },
        ratio: compare(rows),
      };
    }),
  );
}

/** Per order. Throws when one was not settled. */
async function costOf({ ask, cast }: World, orders: PostbackMessage[][]): Promise<Cost> {
  const body = JSON.stringify(orders);
  const cpuBefore = cast.cpuSeconds();
  const startedMs = performance.now();
  const settled = await ask<number>("/settle", body);
  const ms = performance.now() - startedMs;
  const count = orders.length * BATCH;
  if (settled !== count) throw new Error(`${settled} of ${count} orders were settled`);
  return { ms: ms / count, cpuMs: ((cast.cpuSeconds() - cpuBefore) * 1_000) / count };
}

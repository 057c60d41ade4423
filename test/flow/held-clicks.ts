/** The click log as its objects hold it, for tests that look behind HTTP. */

import { clickDayName, dayOf } from "../../workers/core/click-log/click-days.ts";
import { CLICK_FACTS } from "../../workers/core/click-log/click-facts.ts";
import { rowsOf } from "../../workers/core/click-log/click-pack.ts";
import { bytesOf } from "../../workers/ledger/sql.ts";
import type { System } from "./system.ts";

export type HeldClick = Record<string, string | number | null>;

/** Every click that an object holds, by name of fact. */
export async function heldClicks({ harness }: System): Promise<HeldClick[]> {
  const worker = harness.getWorker("clickback-ledger");
  const rows: HeldClick[] = [];
  for (const id of await worker.listDurableObjectIds("CLICK_DAYS")) {
    const storage = await worker.getDurableObjectStorage("CLICK_DAYS", { id });
    const [made] = await storage.exec("SELECT 1 FROM sqlite_schema WHERE name = 'packs'");
    if (made) for (const pack of await storage.exec("SELECT firsts, clicks FROM packs")) rows.push(...clicksIn(pack));
  }
  return rows;
}

/** The clicks of a row of `packs`. */
export function clicksIn({ firsts, clicks }: Record<string, unknown>): HeldClick[] {
  const rows = rowsOf({ firsts: bytesOf(firsts), clicks: bytesOf(clicks) });
  return rows.map((row) => Object.fromEntries(CLICK_FACTS.map(({ name }, place) => [name, row[place] ?? null])));
}

/** What the alarms of these days do within a minute: count, and say which hours changed. */
export async function tendDays(system: System, atMs: number, ...timesMs: number[]): Promise<void> {
  const { CLICK_DAYS } = await system.ledgerEnv();
  for (const day of new Set([atMs, ...timesMs].map(dayOf)))
    await CLICK_DAYS.getByName(clickDayName({ day, shard: 0 }, 1, 1)).tend(atMs);
}

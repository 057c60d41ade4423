/** The click log as the console reads it, on the ledger's real objects and archive in memory. */
import { countCells } from "../../workers/console/reports/click-cells.ts";
import type { ReportEnv } from "../../workers/console/reports/counted-groups.ts";
import { HOUR_MS } from "../../workers/core/time-units.ts";
import { countDeliveries } from "../../workers/courier/delivery-counts.ts";
import { takeArchive } from "../../workers/ledger/archive/due-pieces.ts";
import { sumClicks } from "../../workers/ledger/click-sums.ts";
import { SMALL, type World } from "../archive/archive-world.ts";
import type { SqliteD1 } from "../ledger/sqlite-platform.ts";
import { type ClickRow, sharesOf } from "./click-shares.ts";

/** What reports and exports read of these parts; without `COURIER` nobody was told anything. */
export function reportEnv({
  DB,
  LOG,
  clicks,
  ARCHIVE,
  COURIER,
}: Pick<World, "DB" | "LOG" | "clicks" | "ARCHIVE"> & { COURIER?: SqliteD1 }): ReportEnv {
  const env: ReportEnv = {
    DB,
    LOG,
    CLICK_DAYS: { getByName: (name) => clicks.days(name) },
    ARCHIVE: {
      async get(name) {
        const object = await ARCHIVE.get(name);
        const customMetadata = ARCHIVE.metadata.get(name);
        return object && customMetadata ? { ...object, customMetadata } : null;
      },
    },
    COURIER_CALLS: { countDeliveries: async (question) => (COURIER ? countDeliveries(COURIER, question) : []) },
    CLICK_READERS: { getByName: () => ({ count: (...asked) => countCells(env, ...asked) }) },
  };
  return env;
}

/** Logs a click as the ledger does, once. */
export function logClick({ clicks }: Pick<World, "clicks">, row: ClickRow): void {
  for (const { name, share } of sharesOf([row])) clicks.open(name).add(share);
}

/** What the crons and alarms do: notes what changed, archives what is over, adds up hours and days. */
export async function tendClicks(
  world: Pick<World, "DB" | "LOG" | "clicks" | "days" | "ARCHIVE">,
  nowMs: number,
): Promise<void> {
  await world.clicks.tend(nowMs);
  const queue = {
    send: (message: Parameters<typeof takeArchive>[2]) => takeArchive(world, queue, message, SMALL.piece, nowMs),
    sendBatch: async () => {},
  };
  const due = world.DB.db.prepare("SELECT hour FROM due_hours WHERE log = 'clicks' ORDER BY hour").all();
  for (const { hour } of due)
    if ((Number(hour) + 1) * HOUR_MS < nowMs) await queue.send({ kind: "archive", hour: Number(hour) });
  await sumClicks(world, nowMs);
}

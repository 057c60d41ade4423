/** Up to when an export is complete: everything received before then has been settled, so that it will not change what was exported by arriving late. */
import type { Env } from "../index.ts";
import type { ExportTable } from "./table.ts";

/** From the receipt of a message to its rows being read, when nothing stands in its way. */
const SETTLING_MS = 10_000;
/** Clicks are collected for a moment and written in bulk, and their queue is not ours to look at. */
const CLICK_LOG_MS = 120_000;

/** Unix milliseconds; null when the queue does not say how far behind the ledger is. */
export async function completeUntilMs(
  env: Pick<Env, "POSTBACKS">,
  table: Pick<ExportTable, "database">,
  nowMs: number,
): Promise<number | null> {
  if (table.database === "CLICKS") return nowMs - CLICK_LOG_MS;
  try {
    const { backlogCount, oldestMessageTimestamp } = await env.POSTBACKS.metrics();
    const oldestMs = backlogCount > 0 ? (oldestMessageTimestamp?.getTime() ?? 0) : nowMs;
    return (oldestMs > 0 ? Math.min(nowMs, oldestMs) : nowMs) - SETTLING_MS;
  } catch (error) {
    console.error({ event: "queue_metrics_failed", error: String(error) });
    return null;
  }
}

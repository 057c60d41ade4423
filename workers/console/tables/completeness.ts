/** Up to when what is read is complete: everything received before then has been settled, as far as the queues say, so that nothing comes late among it. */
import type { ExportTable } from "./export-table.ts";

/**
 * From the receipt of a message to its rows being read, when nothing stands in its way: clicks are collected for a moment, a batch is worked on, and
 * the postback of a fresh click may go back to its queue, as a new message, for a minute.
 */
const SETTLING_MS = 120_000;

type AskedQueue = Pick<Queue, "metrics">;
type Queues = Record<"POSTBACKS" | "REFUSALS" | "CLICK_LOG", AskedQueue>;

/** The queues whose messages become rows of a database, or of the click log. */
const QUEUES = {
  DB: ["POSTBACKS"],
  LOG: ["POSTBACKS", "REFUSALS"],
  "click log": ["CLICK_LOG"],
} as const satisfies Record<ExportTable["database"], readonly (keyof Queues)[]>;

/** Of what is read from these databases, in Unix milliseconds; null when a queue does not say how far behind the ledger is. */
export async function completeUntilMs(
  env: Queues,
  databases: readonly ExportTable["database"][],
  nowMs: number,
): Promise<number | null> {
  try {
    const queues = databases.flatMap((database): readonly (keyof Queues)[] => QUEUES[database]);
    const oldestMs = await Promise.all(queues.map((queue) => oldestMessageMs(env[queue])));
    return Math.min(nowMs, ...oldestMs) - SETTLING_MS;
  } catch (error) {
    console.error({ event: "queue_metrics_failed", error: String(error) });
    return null;
  }
}

async function oldestMessageMs(queue: AskedQueue): Promise<number> {
  const { backlogCount, oldestMessageTimestamp } = await queue.metrics();
  if (backlogCount === 0) return Number.POSITIVE_INFINITY;
  const oldestMs = oldestMessageTimestamp?.getTime() ?? 0;
  if (oldestMs > 0) return oldestMs;
  throw new Error(`${backlogCount} messages wait, and the queue does not say since when`);
}

/**
 * The log's part of settling: rows go to `LOG`, and where it does not take them, each advertiser's object marks its own as due, for the cron to write. So a log that is
 * down, or full, holds up no message; and as long as it is well, marking costs nothing. What the object did not take of the pixel's words it cannot mark: that waits.
 */
import type { LogRow } from "../core/books/rows.ts";
import { withinTime } from "../core/time-limit.ts";
import type { DueRow } from "./due-rows.ts";
import { writeLogRows } from "./log-writer.ts";
import { describe } from "./settle-step.ts";

/** Nobody waits longer for a log; what was written all the same is there when it is written again. */
const LOG_MS = 5_000;

type Unlogged = [receipt: string, error: string];

/** What the log's part needs of the world. */
export interface LogParts {
  DB: D1Database;
  LOG: D1Database;
  /** Has the advertiser's object mark these rows as due. */
  markDue: (advertiser: number, due: DueRow[]) => Promise<void>;
}

/** `due_logs` is said after the object: whoever finds an advertiser there finds its marks. */
const NOTE = "INSERT INTO due_logs (advertiser, marks) VALUES (?, 1) ON CONFLICT DO UPDATE SET marks = marks + 1";

/** Gives, by receipt, why rows are neither written nor marked; empty when all is well. */
export async function logOrMark(parts: LogParts, rows: readonly LogRow[]): Promise<Map<string, string>> {
  if (await isWritten(parts.LOG, rows)) return new Map();
  const untaken = rows.filter(({ stranger }) => stranger === 1);
  const shares = [
    ...Map.groupBy(
      rows.filter(({ stranger }) => stranger === 0),
      ({ advertiser }) => advertiser,
    ),
  ];
  const faults = await Promise.all(shares.map(([advertiser, share]) => mark(parts, advertiser, share)));
  return new Map([...faults.flat(), ...untaken.map(({ receipt }): Unlogged => [receipt, "the log does not answer"])]);
}

async function isWritten(log: D1Database, rows: readonly LogRow[]): Promise<boolean> {
  try {
    await withinTime(writeLogRows(log, rows), LOG_MS, globalThis);
    return true;
  } catch (error) {
    console.error({ event: "log_not_written", rows: rows.length, error: describe(error) });
    return false;
  }
}

async function mark(parts: LogParts, advertiser: number, share: readonly LogRow[]): Promise<Unlogged[]> {
  try {
    await parts.markDue(
      advertiser,
      share.map(({ receipt, stage }) => ({ receipt, stage })),
    );
    await parts.DB.prepare(NOTE).bind(advertiser).run();
    return [];
  } catch (error) {
    return share.map(({ receipt }) => [receipt, describe(error)]);
  }
}

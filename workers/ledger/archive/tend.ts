/** The archive's chore: what every run of the cron does for it, and how much at most. */

import { LOGS } from "../../core/archive-piece.ts";
import { CLICKS_KEPT_AT_LEAST_MS, POSTBACKS_KEPT_MS } from "../../core/retention.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { isLogMoved } from "../move-log.ts";
import { type ArchiveLimits, type ArchiveParts, archiveHours } from "./archive-hours.ts";
import { deleteExpired } from "./delete-expired.ts";
import { type ArchiveQueue, sendDueHours } from "./due-pieces.ts";
import { endDays } from "./end-days.ts";
import { evictStrangers } from "./evict-strangers.ts";
import type { PieceLimits } from "./write-piece.ts";

const GB = 1e9;
const CLICK_DAYS_AT_LEAST = CLICKS_KEPT_AT_LEAST_MS / DAY_MS;

/** A piece is made and read back as a whole, in a Worker's memory; a run ends within a Worker's time. */
export const PIECE_LIMITS: PieceLimits = { rows: 50_000, length: 16_000_000 };
const ARCHIVE_LIMITS: ArchiveLimits = { piece: PIECE_LIMITS, rows: 100_000, hours: 20 };
const DELETED_ROWS = 100_000;
/** Hours of clicks that are begun in a run; each goes on by itself. */
const CLICK_HOURS = 100;

/** How long logs are kept: clicks in objects for days; postbacks so long as is promised, within gigabytes of their database. */
export interface LogRetention {
  CLICK_DAYS_HOT: string;
  LOG_KEPT_GB: string;
}

interface TendParts extends ArchiveParts, LogRetention {
  CLICK_LOG: ArchiveQueue;
}

/** Archives what is closed, then deletes what is past its time. One after the other, since either needs memory. */
export async function tendArchive(env: TendParts, nowMs: number): Promise<void> {
  const hotDays = Math.max(CLICK_DAYS_AT_LEAST, positive("CLICK_DAYS_HOT", env.CLICK_DAYS_HOT));
  const maxBytes = positive("LOG_KEPT_GB", env.LOG_KEPT_GB) * GB;
  const postbacks = { log: "postbacks", keptMs: POSTBACKS_KEPT_MS, maxBytes, keptAtLeastMs: 0 } as const;
  const evictedRows = await evictStrangers(env.LOG, maxBytes, DELETED_ROWS);
  // An hour of which only a part has been moved would take the place of the whole one in the archive.
  const isMoved = await isLogMoved(env.DB);
  const logs = LOGS.filter((log) => log !== "clicks" && (log !== "postbacks" || isMoved));
  const clickHours = await sendDueHours(env, env.CLICK_LOG, CLICK_HOURS, nowMs);
  const archivedRows = await archiveHours(env, logs, ARCHIVE_LIMITS, nowMs);
  const clickDays = await endDays(env, hotDays, DELETED_ROWS, nowMs);
  const deletedPieces = isMoved ? await deleteExpired(env, postbacks, DELETED_ROWS, nowMs) : 0;
  if (clickHours + archivedRows + clickDays + deletedPieces + evictedRows > 0)
    console.log({ event: "archive_tended", archivedRows, deletedPieces, evictedRows, clickHours, clickDays });
}

/** A limit that cannot be read must not be taken for none, nor for nothing to keep. */
function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} is a number above zero, and not ${JSON.stringify(text)}`);
  return value;
}

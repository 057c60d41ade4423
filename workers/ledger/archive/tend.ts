/** The archive's chore: what every run of the cron does for it, and how much at most. */
import { LOGS } from "../../core/archive-piece.ts";
import { CLICKS_KEPT_AT_LEAST_MS, POSTBACKS_KEPT_MS } from "../../core/retention.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { isLogMoved } from "../move-log.ts";
import { type ArchiveLimits, type ArchiveParts, archiveHours } from "./archive-hours.ts";
import { deleteExpired } from "./delete-expired.ts";
import { evictStrangers } from "./evict-strangers.ts";

const GB = 1e9;

/** A piece is made and read back as a whole, in a Worker's memory; a run ends within a Worker's time. */
const ARCHIVE_LIMITS: ArchiveLimits = { piece: { rows: 50_000, length: 16_000_000 }, rows: 100_000, hours: 20 };
const DELETED_ROWS = 100_000;

/** How long logs are kept: clicks for days, or gigabytes of their database, whichever comes first; postbacks so long as is promised, within gigabytes too. */
export interface LogRetention {
  CLICKS_KEPT_DAYS: string;
  CLICKS_KEPT_GB: string;
  LOG_KEPT_GB: string;
}

/** Archives what is closed, then deletes what is past its time. One after the other, since either needs memory. */
export async function tendArchive(env: ArchiveParts & LogRetention, nowMs: number): Promise<void> {
  const clicks = {
    log: "clicks",
    keptMs: Math.max(CLICKS_KEPT_AT_LEAST_MS, positive("CLICKS_KEPT_DAYS", env.CLICKS_KEPT_DAYS) * DAY_MS),
    maxBytes: positive("CLICKS_KEPT_GB", env.CLICKS_KEPT_GB) * GB,
    keptAtLeastMs: CLICKS_KEPT_AT_LEAST_MS,
  } as const;
  const maxBytes = positive("LOG_KEPT_GB", env.LOG_KEPT_GB) * GB;
  const postbacks = { log: "postbacks", keptMs: POSTBACKS_KEPT_MS, maxBytes, keptAtLeastMs: 0 } as const;
  const evictedRows = await evictStrangers(env.LOG, maxBytes, DELETED_ROWS);
  // An hour of which only a part has been moved would take the place of the whole one in the archive.
  const tended = (await isLogMoved(env.DB)) ? [clicks, postbacks] : [clicks];
  const logs = LOGS.filter((log) => log !== "postbacks" || tended.length > 1);
  const archivedRows = await archiveHours(env, logs, ARCHIVE_LIMITS, nowMs);
  const deletedPieces = [];
  for (const retention of tended) deletedPieces.push(await deleteExpired(env, retention, DELETED_ROWS, nowMs));
  const [clickPieces = 0, postbackPieces = 0] = deletedPieces;
  if (archivedRows + clickPieces + postbackPieces + evictedRows > 0)
    console.log({
      event: "archive_tended",
      archivedRows,
      deletedPieces: { clicks: clickPieces, postbacks: postbackPieces },
      evictedRows,
    });
}

/** A limit that cannot be read must not be taken for none, nor for nothing to keep. */
function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} is a number above zero, and not ${JSON.stringify(text)}`);
  return value;
}

/** Writes closed hours into the archive, a bounded number of rows at a time. Wherever it dies, the next run does it again and nothing is there twice. */
import { type Log, pieceName } from "../../core/archive-piece.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { Bucket } from "./bucket.ts";
import {
  findDueHours,
  finishHour,
  notePiece,
  pauseHour,
  surplusPieces,
  type TakenHour,
  takeHour,
} from "./due-hours.ts";
import { ARCHIVED } from "./logs.ts";
import { type KnownSlugs, type LogDatabases, readHour } from "./read-hour.ts";
import { makePiece, type PieceLimits, putPiece } from "./write-piece.ts";

/** An hour is closed a while after its end, when what was received in it is settled as a rule. What comes later makes it due again. */
export const CLOSED_AFTER_MS = 600_000;

export interface ArchiveLimits {
  piece: PieceLimits;
  /** Rows in a run. */
  rows: number;
  /** Hours of a log in a run. */
  hours: number;
}

export interface ArchiveParts extends LogDatabases {
  ARCHIVE: Bucket;
}

type TakenPiece = TakenHour & { log: Log };

/** What is still to be spent in this run. */
interface Budget {
  rows: number;
}

/** Says how many rows it wrote. An hour that fails is logged and comes again; it does not keep the others from being archived. */
export async function archiveHours(
  env: ArchiveParts,
  logs: readonly Log[],
  limits: ArchiveLimits,
  nowMs: number,
): Promise<number> {
  const budget = { rows: limits.rows };
  const slugs: KnownSlugs = new Map();
  const beforeHour = Math.floor((nowMs - CLOSED_AFTER_MS) / HOUR_MS);
  for (const log of logs) {
    const db = env[ARCHIVED[log].database];
    for (const hour of await findDueHours(db, log, beforeHour, nowMs, limits.hours)) {
      if (budget.rows <= 0) return limits.rows - budget.rows;
      try {
        const taken = await takeHour(db, log, hour, nowMs);
        if (taken) await archiveHour(env, taken, slugs, limits, budget);
      } catch (error) {
        console.error({ event: "hour_not_archived", log, hour, error: String(error) });
      }
    }
  }
  return limits.rows - budget.rows;
}

/** Writes one piece of a due hour. True when the hour has more; false as well where somebody else has taken it. */
export async function archivePiece(
  env: ArchiveParts,
  log: Log,
  hour: number,
  piece: PieceLimits,
  nowMs: number,
): Promise<boolean> {
  const taken = await takeHour(env[ARCHIVED[log].database], log, hour, nowMs);
  if (!taken) return false;
  return !(await archiveHour(env, taken, new Map(), { piece, rows: 1, hours: 1 }, { rows: 1 }));
}

/** True when the hour is done. Object first, then the manifest: an object that no manifest names is written again, a manifest never names what is not there. */
async function archiveHour(
  env: ArchiveParts,
  taken: TakenPiece,
  slugs: KnownSlugs,
  limits: ArchiveLimits,
  budget: Budget,
): Promise<boolean> {
  const log = ARCHIVED[taken.log];
  const db = env[log.database];
  for (let here = taken; ; ) {
    const span = { hour: here.hour, after: here.after, through: null };
    const made = await makePiece(log, readHour(env, log, span, slugs), limits.piece);
    if (!made) {
      await finish(env, db, here);
      return true;
    }
    budget.rows -= made.rowCount;
    const place = { log: here.log, hour: here.hour, piece: here.piece + 1 };
    await notePiece(db, here, await putPiece(env.ARCHIVE, place, made), here.takenAtMs);
    here = { ...here, piece: place.piece, after: made.lastKey };
    if (budget.rows <= 0) {
      await pauseHour(db, here);
      return false;
    }
  }
}

async function finish(env: ArchiveParts, db: D1Database, taken: TakenPiece): Promise<void> {
  const surplus = await surplusPieces(db, taken);
  if (surplus.length > 0) await env.ARCHIVE.delete(surplus.map((piece) => pieceName({ ...taken, piece })));
  await finishHour(db, taken);
}

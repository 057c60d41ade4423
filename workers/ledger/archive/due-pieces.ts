/** Pieces of the click log are written by a message each, as many at once as there are consumers: a cron could not keep up with a busy log. */
import type { ArchiveMessage } from "../../../schema/messages.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import { type ArchiveLimits, type ArchiveParts, archivePiece, CLOSED_AFTER_MS } from "./archive-hours.ts";
import { findDueHours } from "./due-hours.ts";

/** The part of a queue that is used. */
export interface ArchiveQueue {
  send(message: ArchiveMessage): Promise<unknown>;
  sendBatch(messages: { body: ArchiveMessage }[]): Promise<unknown>;
}

/** Has hours of clicks that are due archived. Says how many. */
export async function sendDueHours(
  { DB }: Pick<ArchiveParts, "DB">,
  queue: ArchiveQueue,
  hours: number,
  nowMs: number,
): Promise<number> {
  const due = await findDueHours(DB, "clicks", Math.floor((nowMs - CLOSED_AFTER_MS) / HOUR_MS), nowMs, hours);
  if (due.length > 0) await queue.sendBatch(due.map((hour) => ({ body: { kind: "archive", hour } })));
  return due.length;
}

/** Writes the next piece of an hour, and has the one behind it written. An hour that somebody else has taken is his. */
export async function takeArchive(
  env: ArchiveParts,
  queue: ArchiveQueue,
  { hour }: ArchiveMessage,
  limits: ArchiveLimits["piece"],
  nowMs: number,
): Promise<void> {
  if (await archivePiece(env, "clicks", hour, limits, nowMs)) await queue.send({ kind: "archive", hour });
}

/**
 * Writes the signed log, a minute at a time: finish the minute before → gather what changed → claim the next minute in the bucket → enter it in the tree → mark what it has → sign and publish.
 * The bucket takes a minute once, and what it has decides; all that follows gives the same whenever and however often it is done. So wherever this dies, or runs beside itself, nothing is
 * logged twice, and no two trees are signed.
 */
import { must } from "../../core/must.ts";
import { minuteName } from "../../core/signed-log/log-names.ts";
import { entryOf, inOrder, type LoggedMinute } from "../../core/signed-log/minute.ts";
import { readMinute } from "../../core/signed-log/minute-file.ts";
import { grow } from "../../core/signed-log/stored-tree.ts";
import { gatherHeads } from "./heads.ts";
import { putOnce } from "./log-bucket.ts";
import { publishMinute } from "./publish-minute.ts";
import { type SignedLogParts, tilesOf } from "./signed-log-parts.ts";

/** A minute as its row has it. */
export interface CheckpointRow {
  number: number;
  at: number;
  minute: string;
  root: string;
  hashes: string;
  published_at: number | null;
}

const LAST = "SELECT * FROM checkpoints ORDER BY number DESC LIMIT 1";
const ENTER = "INSERT INTO checkpoints (number, at, minute, root, hashes) VALUES (?, ?, ?, ?, ?)";

/** Gives the number of the checkpoint that it made; null where nothing had changed. */
export async function logMinute(parts: SignedLogParts, nowMs: number): Promise<number | null> {
  const last = await lastCheckpoint(parts.DB);
  if (last && last.published_at === null) await publish(parts, last, nowMs);
  const heads = await gatherHeads(parts, nowMs);
  if (heads.length === 0) return null;
  // A clock that goes back makes no minute before the last one.
  const atMs = Math.max(nowMs, last?.at ?? 0);
  const minute = await claimMinute(parts, { number: (last?.number ?? 0) + 1, atMs, heads: inOrder(heads) });
  await enterMinute(parts.DB, minute);
  await publish(parts, must(await lastCheckpoint(parts.DB), "checkpoint", minute.number), nowMs);
  return minute.number;
}

export async function lastCheckpoint(DB: D1Database): Promise<CheckpointRow | null> {
  return (await DB.prepare(LAST).all<CheckpointRow>()).results[0] ?? null;
}

/** The minute as the bucket has it: this one, or another of its number that came first. */
async function claimMinute({ ARCHIVE }: SignedLogParts, minute: LoggedMinute): Promise<LoggedMinute> {
  await putOnce(ARCHIVE, minuteName(minute.number), JSON.stringify(minute), "application/json");
  return minuteOf(ARCHIVE, minute.number);
}

async function minuteOf(bucket: SignedLogParts["ARCHIVE"], number: number): Promise<LoggedMinute> {
  return readMinute(await must(await bucket.get(minuteName(number)), "the file of minute", number).text());
}

/** A row that is there stays. */
async function enterMinute(DB: D1Database, minute: LoggedMinute): Promise<void> {
  const { root: minuteRoot, leaf } = entryOf(minute);
  const { hashes, root } = await grow(tilesOf(DB), minute.number, leaf);
  await DB.prepare(ENTER).bind(minute.number, minute.atMs, minuteRoot, root, JSON.stringify(hashes)).run();
}

async function publish(parts: SignedLogParts, row: CheckpointRow, nowMs: number): Promise<void> {
  await publishMinute(parts, row, await minuteOf(parts.ARCHIVE, row.number), nowMs);
}

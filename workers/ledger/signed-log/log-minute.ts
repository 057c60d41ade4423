/**
 * Writes the signed log, a minute at a time: enter what the database lost → finish the minute before → gather what changed → claim the next minute in the bucket → enter it in the tree → mark what it has → sign and publish.
 * The bucket takes a minute once, and what it has decides; all that follows gives the same whenever and however often it is done. So wherever this dies, or runs beside itself, nothing is
 * logged twice, and no two trees are signed.
 */
import { must } from "../../core/must.ts";
import { minuteName } from "../../core/signed-log/log-names.ts";
import { inOrder, type LoggedMinute } from "../../core/signed-log/minute.ts";
import { readMinute } from "../../core/signed-log/minute-file.ts";
import { catchUp, noteGone } from "./catch-up.ts";
import { enterMinute, minuteOf } from "./enter-minute.ts";
import { gatherHeads } from "./heads.ts";
import { publishedSize, putOnce } from "./log-bucket.ts";
import { publishMinute } from "./publish-minute.ts";
import type { SignedLogParts } from "./signed-log-parts.ts";

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

/** Gives the number of the checkpoint that it made; null where nothing had changed. */
export async function logMinute(parts: SignedLogParts, nowMs: number): Promise<number | null> {
  // Before the row: whoever runs beside this may publish meanwhile, and nothing is published that is not entered.
  const { size } = await publishedSize(parts.ARCHIVE);
  let last = await lastCheckpoint(parts.DB);
  const held = last?.number ?? 0;
  if (held < size) {
    if ((await catchUp(parts, { held, size, nowMs })) < size) return null;
    last = await lastCheckpoint(parts.DB);
  }
  if (last && last.published_at === null) await publish(parts, last, nowMs);
  const heads = await gatherHeads(parts, nowMs);
  // A clock that goes back makes no minute before the last one.
  const atMs = Math.max(nowMs, last?.at ?? 0);
  const own: LoggedMinute = { number: (last?.number ?? 0) + 1, atMs, heads: inOrder(heads) };
  const minute = await claimMinute(parts, own);
  if (minute === null) return null;
  if (minute !== own) await noteGone(parts.DB, minute, nowMs);
  await enterMinute(parts.DB, minute);
  await publish(parts, must(await lastCheckpoint(parts.DB), "checkpoint", minute.number), nowMs);
  return minute.number;
}

export async function lastCheckpoint(DB: D1Database): Promise<CheckpointRow | null> {
  return (await DB.prepare(LAST).all<CheckpointRow>()).results[0] ?? null;
}

/** The minute as the bucket has it: this one, or another of its number that came first, be it that nothing is to be logged; null where there is none. */
async function claimMinute({ ARCHIVE }: SignedLogParts, minute: LoggedMinute): Promise<LoggedMinute | null> {
  if (minute.heads.length === 0) {
    const claimed = await ARCHIVE.get(minuteName(minute.number));
    return claimed && readMinute(await claimed.text());
  }
  const isFirst = await putOnce(ARCHIVE, minuteName(minute.number), JSON.stringify(minute), "application/json");
  return isFirst ? minute : minuteOf(ARCHIVE, minute.number);
}

async function publish(parts: SignedLogParts, row: CheckpointRow, nowMs: number): Promise<void> {
  await publishMinute(parts, row, await minuteOf(parts.ARCHIVE, row.number), nowMs);
}

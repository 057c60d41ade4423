/** Reads a minute out of the bucket, and enters it in the tree as the database has it. */
import { must } from "../../core/must.ts";
import { minuteName } from "../../core/signed-log/log-names.ts";
import { entryOf, type LoggedMinute } from "../../core/signed-log/minute.ts";
import { readMinute } from "../../core/signed-log/minute-file.ts";
import { grow } from "../../core/signed-log/stored-tree.ts";
import type { LogBucket } from "./log-bucket.ts";
import { tilesOf } from "./signed-log-parts.ts";

const ENTER = "INSERT INTO checkpoints (number, at, minute, root, hashes) VALUES (?, ?, ?, ?, ?)";

export async function minuteOf(bucket: LogBucket, number: number): Promise<LoggedMinute> {
  return readMinute(await must(await bucket.get(minuteName(number)), "the file of minute", number).text());
}

/** A row that is there stays. */
export async function enterMinute(DB: D1Database, minute: LoggedMinute): Promise<void> {
  const { root: minuteRoot, leaf } = entryOf(minute);
  const { hashes, root } = await grow(tilesOf(DB), minute.number, leaf);
  await DB.prepare(ENTER).bind(minute.number, minute.atMs, minuteRoot, root, JSON.stringify(hashes)).run();
}

/** Publishing by keys: what stands at the edge under a tracker's host, an alias or a link's number is written anew or taken away, at once and once more by the sweep. */
import type { Env } from "../env.ts";
import { put } from "./edge-record.ts";
import { recordsUnder } from "./keyed-records.ts";
import { SETTLED_MS } from "./publish.ts";

/** A Worker's request may make a thousand calls; what is beyond this is published by the sweep. */
const KEYS_AT_ONCE = 900;

type DueKey = [key: string, changedAtMs: number];

/** Writes what the books say under these keys now. */
export async function publishKeys(env: Pick<Env, "DB" | "EDGE">, keys: readonly string[]): Promise<void> {
  const records = await recordsUnder(env, keys.slice(0, KEYS_AT_ONCE));
  await Promise.all(records.map((record) => put(env, record)));
}

/** The sweep of keys: as that of links. `most` of them; gives how many it looked at. */
export async function publishDueKeys(env: Pick<Env, "DB" | "EDGE">, nowMs: number, most: number): Promise<number> {
  const due = await env.DB.prepare(
    "SELECT key, changed_at FROM due_keys WHERE changed_at <= ? ORDER BY changed_at LIMIT ?",
  )
    .bind(nowMs - SETTLED_MS, Math.min(most, KEYS_AT_ONCE))
    .raw<DueKey>();
  if (due.length === 0) return 0;
  await publishKeys(
    env,
    due.map(([key]) => key),
  );
  await env.DB.prepare(
    "DELETE FROM due_keys WHERE (key, changed_at) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
  )
    .bind(JSON.stringify(due))
    .run();
  return due.length;
}

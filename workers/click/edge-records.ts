/**
 * Records of the edge's KV namespace in the isolate's memory. Values are shared between requests, never promises: a promise belongs to the request that made it.
 *
 *     age                    what a request gets
 *     to FRESH (30 s)        the value, at once
 *     to FRESH + 20 s        the value, at once; one request reads it anew in the background
 *     older                  a new read is awaited; when KV fails, the old value
 *
 * A KV write shows everywhere within 60 s, so a change is live after at most 110.
 */
import { keepLatest } from "../core/keep-latest.ts";
import { withinTime } from "../core/time-limit.ts";

/** The least that KV takes, so that its own cache adds little to our age. */
const KV_CACHE_TTL_S = 30;
const GRACE_SHARE = 2 / 3;
const ABSENT_MS = 5_000;
const READ_ANEW_MS = 500;
/** After a failure the old value is good for this long before KV is asked again. */
const RETRY_AFTER_MS = 5_000;
const MAX_KNOWN = 5_000;
const MAX_ABSENT = 1_000;

/** KV as one request sees it. */
export interface EdgeReader {
  kv: KVNamespace;
  freshMs: number;
  waitUntil(promise: Promise<unknown>): void;
}

export interface EdgeRecords<Held> {
  /** The record under `key`, null when there is none; a promise only where it must be read first. Throws when KV fails and nothing is held. */
  find(reader: EdgeReader, key: string, nowMs: number): Held | null | Promise<Held | null>;
}

interface Entry<Held> {
  value: Held | null;
  readAtMs: number;
  /** Not read in the background before: another request is at it. */
  refreshAfterMs: number;
  /** Not read at all before: KV failed a moment ago. */
  retryAfterMs: number;
}

/** An empty memory for records of one kind. `hold` makes of a stored record what is worth keeping; a first read may take `firstReadMs`. */
export function createEdgeRecords<Stored, Held>(
  hold: (stored: Stored) => Held,
  firstReadMs: number,
): EdgeRecords<Held> {
  // Apart, so that a flood of made-up keys cannot push real records out.
  const known = new Map<string, Entry<Held>>();
  const absent = new Map<string, Entry<Held>>();

  async function read(reader: EdgeReader, key: string, nowMs: number, limitMs: number): Promise<Held | null> {
    const stored = await withinTime(
      reader.kv.get<Stored>(key, { type: "json", cacheTtl: KV_CACHE_TTL_S }),
      limitMs,
      globalThis,
    );
    const held = known.get(key) ?? absent.get(key);
    // Another request began later and was answered sooner.
    if (held && held.readAtMs > nowMs) return held.value;
    const value = stored === null ? null : hold(stored);
    const entry = { value, readAtMs: nowMs, refreshAfterMs: 0, retryAfterMs: 0 };
    known.delete(key);
    absent.delete(key);
    if (value === null) keepLatest(absent, key, entry, MAX_ABSENT);
    else keepLatest(known, key, entry, MAX_KNOWN);
    return value;
  }

  async function readAnew(reader: EdgeReader, key: string, entry: Entry<Held>, nowMs: number): Promise<Held | null> {
    try {
      return await read(reader, key, nowMs, READ_ANEW_MS);
    } catch (error) {
      entry.retryAfterMs = nowMs + RETRY_AFTER_MS;
      console.error({ event: "edge_record_stale", key, error: String(error) });
      return entry.value;
    }
  }

  return {
    find(reader, key, nowMs) {
      const entry = known.get(key) ?? absent.get(key);
      if (!entry) return read(reader, key, nowMs, firstReadMs);
      const freshMs = entry.value === null ? Math.min(ABSENT_MS, reader.freshMs) : reader.freshMs;
      const overdueMs = nowMs - entry.readAtMs - freshMs;
      if (overdueMs < 0 || nowMs < entry.retryAfterMs) return entry.value;
      if (overdueMs >= freshMs * GRACE_SHARE) return readAnew(reader, key, entry, nowMs);
      if (nowMs >= entry.refreshAfterMs) {
        entry.refreshAfterMs = nowMs + READ_ANEW_MS;
        reader.waitUntil(readAnew(reader, key, entry, nowMs));
      }
      return entry.value;
    },
  };
}

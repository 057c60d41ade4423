/**
 * Records of the edge's KV namespace in an isolate's memory. Values are shared between requests, never promises: a promise belongs to the request that made it.
 *
 *     age                    what a request gets
 *     to FRESH (30 s)        the value, at once
 *     to FRESH + 20 s        the value, at once; one request reads it anew in the background
 *     older                  a new read is awaited; when KV fails, the old value
 *
 * A KV write shows everywhere within 60 s, so a change is live after at most 110.
 */
import { keepLatest } from "./keep-latest.ts";
import { type Timers, withinTime } from "./time-limit.ts";

const DEFAULT_FRESH_S = 30;
/** The least that KV takes, so that its own cache adds little to our age. */
const READ_OPTIONS = { cacheTtl: 30 };
const GRACE_SHARE = 2 / 3;
const ABSENT_MS = 5_000;
/** After a failure the old value is good for so many times what a read may take: waiting for a KV that hangs is then the lot of few. */
const REST_AFTER_FAILURE = 10;
const MAX_ENTRIES = 5_000;

/** KV as one request sees it. */
export interface EdgeReader {
  /** A KV namespace. */
  kv: { get(key: string, options: { cacheTtl: number }): Promise<string | null> };
  freshMs: number;
  /** Where work goes that the answer does not wait for. */
  ctx: { waitUntil(promise: Promise<unknown>): void };
}

/** How records of one kind are kept. */
export interface Keeping<Held> {
  /** Makes of a stored record what is worth keeping. What is stored as it was before is not made anew. */
  hold(stored: string): Held | Promise<Held>;
  /** What reading may take where nothing is held. */
  firstReadMs: number;
  /** What reading may take where an old value would do. */
  readAnewMs: number;
  /** Whether what was not there counts as not there while KV fails. If not, it is as if it had never been looked for. */
  absenceLasts: boolean;
  clock: Timers;
  /** Hears that KV failed and an old value is used. */
  onStale(key: string, error: unknown): void;
}

export interface RecordMemory<Held> {
  /** The record under `key`, null when there is none; a promise only where it must be read first. Throws when KV fails and nothing is held. */
  find(reader: EdgeReader, key: string, nowMs: number): Held | null | Promise<Held | null>;
}

interface Remembered<Held> {
  stored: string | null;
  value: Held | null;
  readAtMs: number;
  /** Not read in the background before: another request is at it. */
  refreshAfterMs: number;
  /** Not read at all before: KV failed a moment ago. */
  retryAfterMs: number;
}

/** The setting `EDGE_CACHE_S`, seconds that a record counts as fresh, as milliseconds: 30 s where it is no such number. */
export function readFreshMs(setting: string): number {
  const seconds = Number.parseFloat(setting);
  return (seconds >= 0 ? seconds : DEFAULT_FRESH_S) * 1_000;
}

/** An empty memory for records of one kind. */
export function createRecordMemory<Held>(keeping: Keeping<Held>): RecordMemory<Held> {
  const { hold, firstReadMs, readAnewMs, absenceLasts, clock } = keeping;
  // Apart, so that a flood of made-up keys cannot push real records out.
  const known = new Map<string, Remembered<Held>>();
  const absent = new Map<string, Remembered<Held>>();
  const entryOf = (key: string) => known.get(key) ?? absent.get(key);

  async function read(reader: EdgeReader, key: string, nowMs: number, limitMs: number): Promise<Held | null> {
    const stored = await withinTime(reader.kv.get(key, READ_OPTIONS), limitMs, clock);
    const before = entryOf(key);
    const value = stored === null ? null : before?.stored === stored ? before.value : await hold(stored);
    const held = entryOf(key);
    // Another request began later and was answered sooner.
    if (held && held.readAtMs > nowMs) return held.value;
    const entry = { stored, value, readAtMs: nowMs, refreshAfterMs: 0, retryAfterMs: 0 };
    const [place, other] = value === null ? [absent, known] : [known, absent];
    other.delete(key);
    keepLatest(place, key, entry, MAX_ENTRIES);
    return value;
  }

  async function readAnew(
    reader: EdgeReader,
    key: string,
    entry: Remembered<Held>,
    nowMs: number,
  ): Promise<Held | null> {
    try {
      return await read(reader, key, nowMs, readAnewMs);
    } catch (error) {
      entry.retryAfterMs = nowMs + readAnewMs * REST_AFTER_FAILURE;
      keeping.onStale(key, error);
      return entry.value;
    }
  }

  return {
    find(reader, key, nowMs) {
      const entry = entryOf(key);
      if (!entry) return read(reader, key, nowMs, firstReadMs);
      const isAbsent = entry.value === null;
      const freshMs = isAbsent ? Math.min(ABSENT_MS, reader.freshMs) : reader.freshMs;
      const overdueMs = nowMs - entry.readAtMs - freshMs;
      if (overdueMs < 0 || nowMs < entry.retryAfterMs) return entry.value;
      if (isAbsent && !absenceLasts) return read(reader, key, nowMs, firstReadMs);
      if (overdueMs >= freshMs * GRACE_SHARE) return readAnew(reader, key, entry, nowMs);
      if (nowMs >= entry.refreshAfterMs) {
        entry.refreshAfterMs = nowMs + readAnewMs;
        reader.ctx.waitUntil(readAnew(reader, key, entry, nowMs));
      }
      return entry.value;
    },
  };
}
